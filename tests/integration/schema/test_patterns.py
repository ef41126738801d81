# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A column added, a table renamed and a type changed in two phases, by the playbooks, under clients of both schemas."""

from __future__ import annotations

import json
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from psycopg2.extensions import make_dsn

from demo.environment import DemoEnvironment
from demo.shop import APPLICATION, OWNER
from demo.story import prove, writing

_FILES = {
    # The first phases keep old clients and both directions working.
    "0001_add_phone.up": (
        "ALTER TABLE users ADD COLUMN phone varchar(50);\nCREATE INDEX idx_users_phone ON users (phone);\n"
    ),
    "0001_add_phone.down": "DROP INDEX idx_users_phone;\nALTER TABLE users DROP COLUMN phone;\n",
    "0002_members_beside_users.up": (
        f"SET ROLE {OWNER};\nCREATE VIEW members AS SELECT * FROM users;\n"
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON members TO {APPLICATION};\n"
    ),
    "0002_members_beside_users.down": "DROP VIEW members;\n",
    "0003_wide_revision_beside.up": (
        "ALTER TABLE heartbeats ADD COLUMN revision_wide bigint GENERATED ALWAYS AS (revision::bigint) STORED;\n"
    ),
    "0003_wide_revision_beside.down": "ALTER TABLE heartbeats DROP COLUMN revision_wide;\n",
    # The second phase of the type change: it can be taken back too.
    "0004_wide_revision_instead.up": (
        "-- bluegreen: at_cutover\n"
        "ALTER TABLE heartbeats ALTER COLUMN revision_wide DROP EXPRESSION, DROP COLUMN revision;\n"
        "ALTER TABLE heartbeats RENAME COLUMN revision_wide TO revision;\n"
        "ALTER TABLE heartbeats ALTER COLUMN revision SET DEFAULT 0;\n"
    ),
    "0004_wide_revision_instead.down": (
        "ALTER TABLE heartbeats ALTER COLUMN revision TYPE integer;\n"
        "ALTER TABLE heartbeats ADD COLUMN revision_wide bigint GENERATED ALWAYS AS (revision::bigint) STORED;\n"
    ),
    # The second phase of the renaming ends the way back of that table.
    "0005_members_instead_of_users.up": (
        f"-- bluegreen: at_cutover\nSET ROLE {OWNER};\nDROP VIEW members;\nALTER TABLE users RENAME TO members;\n"
        "CREATE VIEW users AS SELECT * FROM members;\n"
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON users TO {APPLICATION};\n"
    ),
    "0006_late_index.up": (
        "-- bluegreen: after_cutover, no-transaction\n"
        "CREATE INDEX CONCURRENTLY IF NOT EXISTS members_phone ON members (lower(phone));\n"
    ),
}
_NEW_CLIENT = (
    "INSERT INTO members (username, email, phone, operation_id, revision) VALUES (%s, %s, '1', %s, 1)",
    "INSERT INTO heartbeats (operation_id, revision) VALUES (%s, 2)",
)
_TYPE = """
SELECT format_type(atttypid, NULL) FROM pg_attribute WHERE attrelid = 'heartbeats'::regclass AND attname = 'revision'
"""
_KIND = "SELECT relkind::text FROM pg_class WHERE oid = 'members'::regclass"


class NewClients(threading.Thread):
    """Writes with the new schema's names, through the application's route, until told to stop."""

    def __init__(self, dsn: str, name: str) -> None:
        super().__init__()
        self._dsn = dsn
        self._name = name
        self._ending = threading.Event()
        self.acknowledged: list[str] = []
        self.errors: list[str] = []

    def run(self) -> None:
        with closing(psycopg2.connect(self._dsn)) as opened:
            number = 0
            while not self._ending.wait(0.05):
                number += 1
                row = f"{self._name}-{number}"
                try:
                    with opened.cursor() as cursor:
                        cursor.execute(_NEW_CLIENT[0], (row, f"{row}@example.com", row))
                        cursor.execute(_NEW_CLIENT[1], (row,))
                    opened.commit()
                    self.acknowledged.append(row)
                except psycopg2.Error as error:
                    self.errors.append(str(error))
                    return

    def stop(self) -> None:
        """End it, and check that it has written without an error."""
        self._ending.set()
        self.join()
        assert self.acknowledged
        assert not self.errors


class Patterns:
    """The playbooks on the demo's pair, with the files above."""

    def __init__(self, environment: DemoEnvironment, folder: Path) -> None:
        self.environment = environment
        self._folder = folder
        folder.mkdir()
        for name, text in _FILES.items():
            (folder / f"{name}.sql").write_text(text, encoding="utf-8")

    def play(self, name: str, **more: Any) -> None:
        """Run a playbook; it must succeed."""
        told = {"bluegreen_schema_migrations": str(self._folder), "bluegreen_schema_version": "4", **more}
        run = self.environment.run_playbook(name, "-e", json.dumps(told))
        assert run.succeeded, run.tail

    def green(self, query: str) -> Any:
        """Return the first value from green."""
        with (
            closing(psycopg2.connect(make_dsn(None, **self.environment.green.superuser()))) as opened,
            opened.cursor() as cursor,
        ):
            cursor.execute(query)
            return cursor.fetchone()[0]  # type: ignore[index]

    def missing(self, rows: list[str]) -> set[str]:
        """Return those of new clients' rows that the side in service does not have exactly once, in either table."""
        side = self.environment.side_in_service()
        with closing(psycopg2.connect(make_dsn(None, **side.superuser()))) as opened, opened.cursor() as cursor:
            found = []
            for table in ("users", "heartbeats"):
                cursor.execute(f"SELECT operation_id FROM {table} WHERE operation_id = ANY (%s)", (rows,))
                found.append(sorted(row[0] for row in cursor.fetchall()))
        return {row for row in rows if any(ids.count(row) != 1 for ids in found)}


@pytest.mark.soak
def test_the_three_patterns_there_and_back_and_there_again(tmp_path: Path) -> None:
    with DemoEnvironment(tmp_path / "demo", "multihost") as environment:
        patterns = Patterns(environment, tmp_path / "migrations")
        rows: list[str] = []
        with writing(environment) as old_clients:
            for phase in ("prepare", "setup", "replicate", "sync"):
                patterns.play(phase)
            assert (patterns.green(_TYPE), patterns.green(_KIND)) == ("integer", "v")
            for turn, target in enumerate(("cutover", "rollback", "cutover")):
                last = turn == 2
                named = {"bluegreen_schema_version": "latest", "bluegreen_accept_one_way": [5]} if last else {}
                patterns.play(target, bluegreen_accept_loss_of=["public.users.phone"], **named)
                at_green = target == "cutover"
                assert patterns.green(_TYPE) == ("bigint" if at_green else "integer")
                assert patterns.green(_KIND) == ("r" if last else "v")
                if at_green:
                    new_clients = NewClients(environment.dsn, f"new{turn}")
                    new_clients.start()
                    patterns.play("monitor")
                    new_clients.stop()
                    rows += new_clients.acknowledged
                assert patterns.missing(rows) == set(), target
            patterns.play("cleanup", bluegreen_schema_version="latest")
        assert patterns.green("SELECT max(version) FROM schema_version") == 6
        assert patterns.green("SELECT count(*) FROM pg_index WHERE indexrelid = 'members_phone'::regclass") == 1
        proof = prove(environment)
        assert proof.holds, proof.verdict
        assert proof.verdict.acknowledged > 0
        assert not old_clients.results().fatal_errors

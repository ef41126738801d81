# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A column added, a table renamed and a type changed in two phases, while clients of the old schema write on."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import psycopg2
import pytest
from psycopg2.extensions import make_dsn

from demo.ledger_check import hold_against
from demo.shop import APPLICATION, OWNER
from demo.writers import WriterPool
from tests.live.migration import LiveMigration
from tests.live.modules import ModuleFailed

# The first phase keeps old clients and both directions working; the second one is for when no way back is needed.
_PHASE_ONE = {
    "0001_add_phone": (
        "ALTER TABLE users ADD COLUMN phone varchar(50);\nCREATE INDEX idx_users_phone ON users (phone);\n"
    ),
    "0002_members_beside_users": (
        f"SET ROLE {OWNER};\nCREATE VIEW members AS SELECT * FROM users;\n"
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON members TO {APPLICATION};\n"
    ),
    "0003_wide_revision_beside": (
        "ALTER TABLE heartbeats ADD COLUMN revision_wide bigint GENERATED ALWAYS AS (revision::bigint) STORED;\n"
    ),
}
_PHASE_TWO = {
    "0004_members_instead_of_users": (
        f"SET ROLE {OWNER};\nDROP VIEW members;\nALTER TABLE users RENAME TO members;\n"
        "CREATE VIEW users AS SELECT * FROM members;\n"
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON users TO {APPLICATION};\n"
    ),
    "0005_wide_revision_instead": (
        "ALTER TABLE heartbeats ALTER COLUMN revision_wide DROP EXPRESSION, DROP COLUMN revision;\n"
        "ALTER TABLE heartbeats RENAME COLUMN revision_wide TO revision;\n"
        "ALTER TABLE heartbeats ALTER COLUMN revision SET DEFAULT 0;\n"
    ),
}
_NEW_CLIENT = "INSERT INTO members (username, email, phone) VALUES (%s, %s, '1') RETURNING phone"
_TYPE = "SELECT format_type(atttypid, NULL) FROM pg_attribute WHERE attrelid = 'heartbeats'::regclass AND attname = %s"


def _bring(live: LiveMigration, folder: Path, scripts: dict[str, str]) -> None:
    for name, text in scripts.items():
        (folder / f"{name}.up.sql").write_text(text, encoding="utf-8")
    programs = str(live.environment.green.server.pg_bin)
    done = live.run("schema_version", side="green", directory=str(folder), pg_bindir=programs)
    assert (done["changed"], done["pending"]) == (True, [])


def _write_as_a_new_client(live: LiveMigration, number: int) -> None:
    green = make_dsn(None, **live.environment.green.application())
    with closing(psycopg2.connect(green)) as opened, opened.cursor() as cursor:
        cursor.execute(_NEW_CLIENT, (f"new {number}", f"new{number}@example.com"))
        assert cursor.fetchone() == ("1",)
        opened.commit()


def _assert_ledger_is_clean(live: LiveMigration, side: str, ledger: Path) -> None:
    with closing(psycopg2.connect(make_dsn(None, **live.side(side).superuser()))) as opened:
        verdict = hold_against(opened, ledger)
    assert verdict.clean, f"{side}: {verdict}"
    assert verdict.acknowledged > 0


@pytest.mark.soak
def test_the_three_patterns_there_and_back_and_there_again(tmp_path: Path) -> None:
    ledger, folder = tmp_path / "ledger", tmp_path / "migrations"
    folder.mkdir()
    with LiveMigration("multihost", links=False) as live:
        writers = WriterPool(live.environment.dsn, ledger, writers=2, rate=60.0)
        writers.start()
        writers.wait_until_writing()

        _bring(live, folder, _PHASE_ONE)
        found = live.run("schema_lint_info", exclude_tables=[])["differences"]
        assert [one for one in found if one["verdict"] == "stops"] == []
        live.run("write_gate", state="present")
        live.run("replication_link", direction="forward", state="present", timeout=300)
        live.run("replication_catchup", direction="forward", timeout=300)
        live.run("replication_link", direction="reverse", state="present")

        for number, target in enumerate(("green", "blue", "green")):
            if target == "blue":
                with pytest.raises(ModuleFailed, match=r"BG534.*users\.phone"):
                    live.switch(target)
            accepted = (
                {"accept_loss_of": ["public.users.phone"], "loss_file": str(tmp_path / "loss.json")}
                if target == "blue"
                else {}
            )
            assert live.switch(target, **accepted)["in_service"] == target
            if target == "green":
                _write_as_a_new_client(live, number)
        live.run("replication_catchup", direction="reverse", timeout=120)
        assert live.execute("blue", "SELECT count(*) FROM users WHERE username LIKE 'new %'") == [(2,)]

        writers.stop()
        live.run("replication_catchup", direction="reverse", timeout=120)
        for side in ("blue", "green"):
            _assert_ledger_is_clean(live, side, ledger)

        for direction in ("forward", "reverse"):
            live.run("replication_link", direction=direction, state="absent")
        later = WriterPool(live.environment.dsn, tmp_path / "later", writers=2, rate=60.0)
        later.start()
        later.wait_until_writing()
        _bring(live, folder, _PHASE_TWO)
        _write_as_a_new_client(live, 3)
        assert live.execute("green", _TYPE.replace("%s", "'revision'")) == [("bigint",)]
        later.stop()
        _assert_ledger_is_clean(live, "green", tmp_path / "later")
    assert not writers.results().fatal_errors
    assert not later.results().fatal_errors

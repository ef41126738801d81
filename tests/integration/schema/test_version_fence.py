# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Versioned migrations on a fenced green: they pass, and nothing else ever does."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg2
import pytest

from tests.fixtures.databases import DatabaseFactory
from tests.fixtures.modules import ModuleRunner
from tests.fixtures.schema_versions import USERS, Versions

_FENCED = "25006"


@pytest.fixture
def versions(database: DatabaseFactory, run_module: ModuleRunner, tmp_path: Path) -> Versions:
    """Give blue and a fenced green, both with the first two versions."""
    made = Versions(database(17), database(18), tmp_path, run_module)
    made.write(USERS)
    for side in ("blue", "green"):
        assert made.move(side=side)["version"] == 2
    made.fence_green()
    return made


class Intruder(threading.Thread):
    """An application that tries to write to green all the time, in transactions that read nothing first."""

    def __init__(self, versions: Versions) -> None:
        super().__init__()
        self._endpoint = versions.green.endpoint("superuser")
        self._ending = threading.Event()
        self.outcomes: list[str | None] = []

    def run(self) -> None:
        """Write until stopped; an outcome is the SQLSTATE (or text) of the refusal, `None` for a write that passed."""
        session = psycopg2.connect(options="-c default_transaction_read_only=off", **self._endpoint)
        session.autocommit = True
        while not self._ending.is_set():
            try:
                session.cursor().execute("INSERT INTO public.users (id) VALUES (-1)")
                self.outcomes.append(None)
            except psycopg2.Error as error:
                self.outcomes.append(error.pgcode or str(error))
        session.close()

    def stop(self) -> None:
        """Stop it, and wait for its end."""
        self._ending.set()
        self.join()


@contextmanager
def _intruder(versions: Versions) -> Iterator[Intruder]:
    thread = Intruder(versions)
    thread.start()
    try:
        yield thread
    finally:
        thread.stop()


def _require_fence(versions: Versions) -> None:
    with pytest.raises(psycopg2.Error) as caught:
        versions.green.query("SET default_transaction_read_only = off; INSERT INTO users VALUES (0)")
    assert caught.value.pgcode == _FENCED


def test_a_migration_writes_rows_and_nobody_else_does(versions: Versions) -> None:
    _require_fence(versions)
    # It writes, then stays open for a while: long enough for others to see anything visible.
    slow = "INSERT INTO users VALUES (1, 'one');\nSELECT pg_sleep(1);\nUPDATE users SET name = 'two';\n"
    versions.write({"0003_rows.up.sql": slow, "0003_rows.down.sql": "DELETE FROM users;\n"})

    with _intruder(versions) as other:
        result = versions.move()
        back = versions.move("2")

    assert not result.get("failed"), result["msg"]
    assert (result["version"], back["version"]) == (3, 2)
    assert set(other.outcomes) == {_FENCED}
    assert len(other.outcomes) > 100
    _require_fence(versions)


@pytest.mark.parametrize(
    "text",
    [
        "INSERT INTO users VALUES (1);\nSELECT 1/0;\n",
        "INSERT INTO users VALUES (1);\nCOMMIT;\nSELECT pg_sleep(1);\n",
        "INSERT INTO users VALUES (1);\nROLLBACK;\nINSERT INTO users VALUES (2);\n",
        "INSERT INTO users VALUES (1);\nSELECT pg_terminate_backend(pg_backend_pid());\n",
    ],
)
def test_whatever_a_file_does_the_fence_stands(versions: Versions, text: str) -> None:
    versions.write({"0003_bad.up.sql": text})

    with _intruder(versions) as other:
        assert versions.move()["failed"]

    assert set(other.outcomes) == {_FENCED}
    _require_fence(versions)
    assert versions.green.query("SELECT count(*) FROM users") == [(0,)]


def test_what_is_checked_at_the_end_of_the_transaction_may_write(versions: Versions) -> None:
    versions.write(
        {
            "0003_deferred.up.sql": (
                "CREATE TABLE log (id int);\n"
                "CREATE FUNCTION log() RETURNS trigger LANGUAGE plpgsql AS\n"
                "$$BEGIN UPDATE public.users SET name = 'logged'; RETURN NULL; END$$;\n"
                "CREATE CONSTRAINT TRIGGER log AFTER INSERT ON users DEFERRABLE INITIALLY DEFERRED\n"
                "FOR EACH ROW EXECUTE FUNCTION log();\nINSERT INTO users VALUES (1, 'one');\n"
            )
        }
    )

    result = versions.move()

    assert not result.get("failed"), result["msg"]
    assert versions.green.query("SELECT name FROM users") == [("logged",)]
    _require_fence(versions)


def test_without_a_transaction_rows_are_refused_and_the_fence_stands(versions: Versions) -> None:
    versions.write({"0003_rows.up.sql": "-- bluegreen: no-transaction\nINSERT INTO users VALUES (1);\n"})

    result = versions.move()

    assert (result["failed"], result["details"]["sqlstate"]) == (True, _FENCED)
    _require_fence(versions)


def test_an_index_can_be_built_without_a_transaction_on_a_fenced_side(versions: Versions) -> None:
    versions.write(
        {"0003_index.up.sql": "-- bluegreen: no-transaction\nCREATE INDEX CONCURRENTLY late ON users (name);\n"}
    )

    assert versions.move()["version"] == 3
    _require_fence(versions)

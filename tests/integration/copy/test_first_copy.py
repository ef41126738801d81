# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The first copy from a snapshot: every shape of table, everything recreated, and whatever dies, no row twice."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from psycopg2 import sql

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.copy import first_copy as domain
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.errors import DatabaseError
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.copy import snapshot
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.sides import Sides
from ansible_collections.bluegreen.postgresql.plugins.module_utils._workflows.copy import stream as copy_stream
from tests.fixtures.conditions import wait_for
from tests.fixtures.databases import Database, DatabaseFactory
from tests.fixtures.migrations import ROWS as PAIR_ROWS
from tests.fixtures.migrations import SCHEMA, Pair, PairFactory
from tests.fixtures.modules import ModuleRunner
from tests.fixtures.processes import children_of, kill
from tests.fixtures.servers import ServerFactory
from tests.integration.replication.test_link import left

SHAPES = Path(__file__).parents[2] / "fixtures" / "first_copy_shapes.sql"
ROWS = Path(__file__).parents[2] / "fixtures" / "first_copy_rows.sql"
TABLES = """
SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname NOT IN ('information_schema', 'bluegreen')"""

END_KEEPER = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND application_name LIKE 'bluegreen % copy' ORDER BY backend_start LIMIT 1"""


def content(side: Database) -> dict[str, object]:
    """Return number and hash of every table's rows."""
    hashed = "SELECT count(*), sum(hashtextextended(x::text, 0)) FROM ONLY {} x"
    return {table: side.query(hashed.format(table)) for (table,) in side.query(TABLES)}


def schema(pair: Pair) -> str:
    """Return green's schema without our objects and without the numbers of its settings."""
    embedded, ends = pair.green.server.embedded, pair.green.endpoint("superuser")
    status, output, error = embedded.run(
        [str(embedded.pg_bin / "pg_dump"), "--schema-only", "--exclude-schema=bluegreen", "--no-publications",
         "--no-subscriptions", "-h", ends["host"], "-p", str(ends["port"]), "-U", ends["user"], pair.green.name],
        environ_update={"PGPASSWORD": ends["password"]},
    )  # fmt: skip
    assert status == 0, error
    return "\n".join(line for line in output.splitlines() if not line.startswith(("\\restrict", "\\unrestrict")))


@pytest.fixture
def shapes(pair: PairFactory, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Pair]:
    """Give `shapes(blue, green)`: a pair with every shape of table, cut into small pieces, all indexes late."""

    def make(blue: int = 17, green: int = 18) -> Pair:
        monkeypatch.setattr(domain, "LATE_BYTES", -1)
        monkeypatch.setattr(domain.chunks_of, "__defaults__", (16384,))
        made = pair(blue, green)
        for side in (made.blue, made.green):
            side.query(SHAPES.read_text(encoding="utf-8").replace("{owner}", side.roles["owner"].name))
        made.blue.query(ROWS.read_text(encoding="utf-8"))
        made.succeed("write_gate")
        return made

    return make


class Hold:
    """Lets the copy stop before it copies a table, until :meth:`release`; the worker is forked with it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, folder: Path, table: str) -> None:
        self._reached, self._go = folder / "reached", folder / "go"
        copy_rows = snapshot.copy_rows

        def held(reader: object, writer: object, item: object) -> int:
            if item.table.name == table and not self._go.exists():  # type: ignore[attr-defined]
                self._reached.touch()
                wait_for(self._go.exists)
            return copy_rows(reader, writer, item)  # type: ignore[arg-type]

        monkeypatch.setattr(copy_stream, "copy_rows", held)

    def reached(self) -> bool:
        """Tell whether the copy has reached that point."""
        return self._reached.exists()

    def release(self) -> None:
        """Let it go on."""
        self._go.touch()


@pytest.fixture
def hold(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Hold:
    """Give a hold on the table `users`."""
    return Hold(monkeypatch, tmp_path, "users")


def facts(made: Pair) -> dict[str, object]:
    """Return what the first copy reports."""
    found: dict[str, object] = made.succeed("replication_lag_info")["first_copy"]
    return found


@pytest.mark.parametrize(("blue", "green"), [pytest.param(14, 18, marks=pytest.mark.soak), (17, 18)])
def test_every_shape_arrives_once_and_everything_is_put_back(
    shapes: Callable[..., Pair], blue: int, green: int
) -> None:
    made = shapes(blue, green)
    before = schema(made)
    result = made.succeed("replication_link", direction="forward")
    assert result["first_copy"]["attempt"] == 1
    assert made.write(made.blue, "UPDATE users SET name = 'during' WHERE id = 7") is None
    made.succeed("replication_catchup", timeout=120)
    assert content(made.green) == content(made.blue)
    assert schema(made) == before
    assert made.green.query("SELECT count(*) FROM audit") == made.blue.query("SELECT count(*) FROM audit")
    copy = facts(made)
    assert (copy["phase"], copy["alive"], copy["bytes_done"]) == ("done", False, copy["bytes"])
    assert copy["snapshot_seconds"] is None
    assert not made.changes("replication_link", direction="forward")
    assert made.write(made.green, "INSERT INTO users (name) VALUES ('x')") == "25006"
    made.succeed("replication_link", direction="forward", state="absent")
    assert made.green.query("SELECT to_regclass('bluegreen.first_copy'), to_regclass('bluegreen.first_copy_work')") == [
        (None, None)
    ]


def test_a_worker_that_is_killed_is_followed_by_another_on_emptied_tables(
    shapes: Callable[..., Pair], hold: Hold
) -> None:
    made = shapes()
    before = schema(made)
    made.succeed("replication_link", direction="forward")
    wait_for(hold.reached)
    assert not made.changes("replication_link", direction="forward"), "a worker is at it"
    assert made.succeed("migration_info")["first_copy"]["snapshot_seconds"] > 0, "blue's vacuum is held back"
    assert made.green.query("SELECT count(*) FROM plain")[0][0] > 0
    (killed,) = children_of(os.getpid())
    kill(killed)
    wait_for(lambda: facts(made)["alive"] is False)
    hold.release()
    made.succeed("replication_catchup", timeout=120)
    assert content(made.green) == content(made.blue)
    assert schema(made) == before
    assert facts(made)["attempt"] == 2
    assert left(made.blue) == 2


@pytest.mark.parametrize("blue", [14, *(pytest.param(major, marks=pytest.mark.soak) for major in (15, 16)), 17])
def test_a_stream_that_comes_too_late_for_the_snapshot_misses_nothing_or_says_so(pair: PairFactory, blue: int) -> None:
    """It is started while a table is still being copied, and connects after the worker has released the snapshot."""
    made = pair(blue, 18)
    made.replicate()
    sides = Sides.from_parameters(**{"migration": made.migration, **made.ends()})
    stream = copy_stream.Stream(copy_stream.CopyJob(sides, (), 1), 1, "00000003-0000001B-1", os.getppid())
    with pytest.raises(copy_stream.Superseded):
        stream.run()  # sees that the copy is over
    made.green.query("INSERT INTO bluegreen.first_copy_work (stage, title) VALUES (%s, 'late')", domain.ROWS)
    with pytest.raises(DatabaseError, match=r"does not exist|invalid snapshot"):
        stream.run()


def test_a_snapshot_that_is_lost_is_followed_by_another_on_emptied_tables(
    shapes: Callable[..., Pair], hold: Hold
) -> None:
    """A stream notices it before the worker does."""
    made = shapes(14)
    made.succeed("replication_link", direction="forward", copy_streams=1)
    wait_for(hold.reached)
    (stream,) = children_of(children_of(os.getpid())[0])
    assert made.blue.query(END_KEEPER) == [(True,)]
    os.kill(stream, signal.SIGKILL)
    hold.release()
    made.succeed("replication_catchup", timeout=120)
    assert content(made.green) == content(made.blue)
    assert facts(made)["attempt"] == 2


def test_what_nobody_has_foreseen_is_written_down_and_the_copy_begins_anew(
    shapes: Callable[..., Pair], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    made = shapes()
    copy_rows, password = snapshot.copy_rows, made.ends()["green"]["password"]

    def stumbles(reader: object, writer: object, item: object) -> int:
        if not (tmp_path / "stumbled").exists():
            (tmp_path / "stumbled").touch()
            raise RuntimeError(f"no room at {password}")
        return copy_rows(reader, writer, item)  # type: ignore[arg-type]

    monkeypatch.setattr(copy_stream, "copy_rows", stumbles)
    made.succeed("replication_link", direction="forward")
    made.succeed("replication_catchup", timeout=120)
    assert content(made.green) == content(made.blue)
    copy = facts(made)
    assert copy["attempt"] == 2
    assert str(copy["died"]).startswith("attempt 1: RuntimeError at test_first_copy.py:")
    assert str(copy["died"]).endswith("no room at ********")


def test_a_worker_that_cannot_begin_says_why(pair: PairFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    made = pair()
    made.succeed("write_gate")

    def stumbles(*_arguments: object) -> None:
        raise LookupError("nobody has foreseen this")

    monkeypatch.setattr(snapshot.Keeper, "take", stumbles)
    failed = made.run("replication_link", direction="forward")
    assert failed["code"] == "BG323"
    assert "keeps the publication, and perhaps a slot" in failed["msg"]
    assert "LookupError" in failed["msg"]
    assert "nobody has foreseen this" in failed["msg"]
    assert left(made.blue) == 1, "no slot keeps WAL"


def test_a_stream_that_is_killed_is_followed_by_another(shapes: Callable[..., Pair], hold: Hold) -> None:
    made = shapes()
    made.succeed("replication_link", direction="forward", copy_streams=1)
    wait_for(hold.reached)
    (stream,) = children_of(children_of(os.getpid())[0])
    os.kill(stream, signal.SIGKILL)
    hold.release()
    made.succeed("replication_catchup", timeout=120)
    assert content(made.green) == content(made.blue)
    assert facts(made)["attempt"] == 1


@pytest.mark.soak
def test_a_green_that_is_restarted_is_filled_to_the_end(
    own_server: ServerFactory, database: DatabaseFactory, run_module: ModuleRunner, hold: Hold
) -> None:
    server = own_server(18)
    sides = database(17, "blue"), database(18, "green", server)
    for side in sides:
        side.query(sql.SQL(SCHEMA).format(**{kind: sql.Identifier(role.name) for kind, role in side.roles.items()}))
    made = Pair(*sides, run_module, "migrator", sides[0].name)
    made.blue.query(PAIR_ROWS)
    made.succeed("write_gate")
    made.succeed("replication_link", direction="forward", copy_streams=1)
    wait_for(hold.reached)
    server.embedded.stop()
    server.embedded.start()
    hold.release()
    made.succeed("replication_catchup", timeout=120)
    assert content(made.green) == content(made.blue)


def test_a_copy_that_is_taken_back_leaves_nothing(shapes: Callable[..., Pair], hold: Hold) -> None:
    made = shapes()
    before = schema(made)
    made.succeed("replication_link", direction="forward")
    wait_for(hold.reached)
    assert schema(made) != before, "indexes are out of the way"
    assert made.changes("replication_link", direction="forward", state="absent")
    hold.release()
    assert schema(made) == before
    assert made.green.query("SELECT count(*) FROM plain") == [(0,)]
    assert (left(made.blue), left(made.green)) == (0, 0)
    wait_for(lambda: not children_of(os.getpid()))
    assert not made.changes("replication_link", direction="forward", state="absent")
    made.succeed("replication_link", direction="forward")
    made.succeed("replication_catchup", timeout=120)
    assert content(made.green) == content(made.blue)


def test_only_our_own_role_writes_while_green_is_filled(shapes: Callable[..., Pair], hold: Hold) -> None:
    made = shapes()
    made.succeed("replication_link", direction="forward")
    wait_for(hold.reached)
    assert made.write(made.green, "INSERT INTO users (name) VALUES ('x')") == "25006"
    assert made.succeed("write_gate")["changed"] is False
    hold.release()
    made.succeed("replication_catchup", timeout=120)
    assert content(made.green) == content(made.blue)


def test_tables_that_hold_rows_are_refused(pair: PairFactory) -> None:
    made = pair()
    made.green.query("INSERT INTO users (name) VALUES ('mine')")
    made.succeed("write_gate")
    failed = made.run("replication_link", direction="forward")
    assert failed["code"] == "BG306"
    assert made.green.query("SELECT name FROM users") == [("mine",)]
    assert left(made.blue) == 0


def test_rows_of_which_nothing_is_stored_and_an_empty_tsquery_are_copied_and_flow(pair: PairFactory) -> None:
    made = pair(17, 17)
    for side in (made.blue, made.green):
        side.query(
            f"SET ROLE {side.roles['owner'].name};"
            "CREATE TABLE nothing (); ALTER TABLE nothing REPLICA IDENTITY FULL;"
            "CREATE FUNCTION one() RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1';"
            "CREATE TABLE made (a int GENERATED ALWAYS AS (one()) STORED); ALTER TABLE made REPLICA IDENTITY FULL;"
            "CREATE TABLE asked (id int PRIMARY KEY, q tsquery, qs tsquery[])"
        )
    insert = (
        "INSERT INTO nothing SELECT FROM generate_series(1, 3); INSERT INTO made SELECT FROM generate_series(1, 4);"
        "INSERT INTO asked SELECT g, q::tsquery, ARRAY[q::tsquery] FROM unnest(ARRAY['', 'a & !b']) WITH ORDINALITY "
        "AS x (q, g)"
    )
    made.blue.query(insert)
    made.succeed("write_gate")
    made.succeed("replication_link", direction="forward")
    made.succeed("replication_catchup", timeout=60)
    assert content(made.green) == content(made.blue)
    made.blue.query(insert.replace("SELECT g,", "SELECT g + 10,"))
    made.succeed("replication_catchup")
    assert content(made.green) == content(made.blue)
    assert made.succeed("consistency_check")["consistent"]
    made.green.query("SET session_replication_role = replica; INSERT INTO nothing DEFAULT VALUES")
    assert not made.succeed("consistency_check")["consistent"]

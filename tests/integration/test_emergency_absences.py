# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Blue is opened within 30 s however green is away, and whatever was under way; and nothing of green overwrites it."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.clock import Deadline
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.sides import Sides
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.switch import take_lock
from tests.fixtures import absences
from tests.fixtures.absences import Network
from tests.fixtures.databases import Database, DatabaseFactory, RoleName
from tests.fixtures.migrations import ROWS, SCHEMA, Pair
from tests.fixtures.modules import ModuleRunner
from tests.fixtures.servers import ServerFactory
from tests.live.modules import ModuleProcess

LIMIT = 30.0
NETWORKS = (absences.SILENT, absences.HALF_OPEN, absences.REFUSING, absences.DROPPING, absences.SLOW)
KINDS = ("killed", "frozen", *NETWORKS)
PHASES = ("at rest", "first copy", "comparison", "another run")
JOINED = "CREATE TABLE joined (id int PRIMARY KEY, name text)"


class Away(Pair):
    """A pair whose green is reached through a network, by us and by blue's server, that can fail."""

    ours: Network
    blues: Network

    def ends(self) -> dict[str, Any]:
        """Return the parameters that every module has."""
        ends = super().ends()
        ends["green"] = {**ends["green"], "port": self.ours.port, "peer": {"port": self.blues.port}}
        return ends


Lost = Callable[..., Away]


@pytest.fixture
def lost(own_server: ServerFactory, database: DatabaseFactory, run_module: ModuleRunner) -> Iterator[Lost]:
    """Give `lost(blue=17, green=18)`: a pair with green in service; blue's workers soon miss a green that is silent."""
    made: list[Away] = []

    def make(blue: int = 17, green: int = 18) -> Away:
        settings = {"wal_receiver_timeout": "1500ms", "wal_retrieve_retry_interval": "200ms"}
        sides = database(blue, server=own_server(blue, **settings)), database(green, server=own_server(green))
        for side in sides:
            side.query(SCHEMA.format(**{kind: role.name for kind, role in side.roles.items()}))
        sides[0].query(ROWS)
        role: RoleName = "migrator" if min(blue, green) >= 16 else "superuser"
        pair = Away(*sides, run_module, role, sides[0].name)
        pair.ours, pair.blues = Network(sides[1].server.port), Network(sides[1].server.port)
        made.append(pair)
        pair.replicate()
        pair.succeed("cutover", target="green")
        pair.succeed("canary")
        return pair

    yield make
    for pair in made:
        come_back(pair)
        pair.ours.close()
        pair.blues.close()


def go_away(pair: Away, kind: str) -> None:
    if kind == "killed":
        pair.green.server.embedded.stop("immediate")
    elif kind == "frozen":
        absences.freeze(pair.green.server.embedded)
    else:
        pair.ours.play(kind)
        pair.blues.play(kind)


def come_back(pair: Away) -> None:
    absences.thaw(pair.green.server.embedded)
    if not pair.green.server.embedded.running():
        pair.green.server.embedded.start()
    pair.ours.play(absences.THROUGH)
    pair.blues.play(absences.THROUGH)


def await_worker_in_vain(pair: Away) -> None:
    """Wait until blue's apply worker has given up the old connection, and tries a new one."""
    end = time.monotonic() + 20
    query = "SELECT pid FROM pg_stat_subscription WHERE subname = %s AND pid IS NOT NULL"
    first = pair.blue.query(query, pair.lane("reverse"))
    while time.monotonic() < end and pair.blue.query(query, pair.lane("reverse")) == first:
        time.sleep(0.1)


class Writer(threading.Thread):
    """Writes on green, past the network, until that fails; remembers what was acknowledged, and when."""

    def __init__(self, green: Database, tables: tuple[str, ...]) -> None:
        super().__init__(daemon=True)
        self._green = green
        self._tables = tables
        self.over = False
        self.written: list[tuple[str, str, float]] = []

    def run(self) -> None:
        with (
            contextlib.suppress(psycopg2.Error),
            contextlib.closing(psycopg2.connect(**self._green.endpoint("app"))) as c,
        ):
            c.autocommit = True
            number = 100_000
            while not self.over:
                number += 1
                for table in self._tables:
                    name = f"acknowledged {number}"
                    with c.cursor() as cursor:
                        columns, values = ("(id, name)", (number, name)) if table == "joined" else ("(name)", (name,))
                        cursor.execute(f"INSERT INTO {table} {columns} VALUES %s", (values,))
                    self.written.append((table, name, time.time()))
                time.sleep(0.002)


def missing_are_named(pair: Away, writer: Writer, file: Path) -> int:
    """See that the file names every acknowledged write that blue lacks; return their number."""
    told = {one["table"]: one for one in json.loads(file.read_text(encoding="utf-8"))["may_be_missing"]}
    missing = 0
    for table in {table for table, _name, _at in writer.written}:
        there = {row[0] for row in pair.blue.query(f"SELECT name FROM {table}")}
        begins = datetime.fromisoformat(told[f"public.{table}"]["committed_from"]).timestamp()
        for one, name, at in writer.written:
            if one == table and name not in there:
                assert at >= begins, (table, name)
                missing += 1
    return missing


@contextlib.contextmanager
def under_way(pair: Away, phase: str) -> Iterator[None]:
    """Let something be under way that needs green, while the block runs."""
    with contextlib.ExitStack() as stack:
        if phase == "first copy":
            for side in (pair.green, pair.blue):
                side.query(JOINED + "; GRANT ALL ON joined TO public")
            pair.green.query("INSERT INTO joined SELECT n, 'row ' || n FROM generate_series(1, 100) n")
            holder = stack.enter_context(contextlib.closing(pair.green.connect("superuser", autocommit=False)))
            with holder.cursor() as cursor:
                cursor.execute("SELECT 1")
            pair.succeed("write_gate")
            blocker = pair.green.connect("superuser", autocommit=False)
            stack.callback(blocker.close)
            threading.Thread(target=_hold, args=(blocker,), daemon=True).start()
            pair.succeed("replication_link", direction="reverse")
        if phase == "comparison":
            process = ModuleProcess("consistency_check", pair.ends())
            stack.callback(process.process.kill)
        if phase == "another run":
            sides = Sides.from_parameters(pair.migration, pair.ends()["blue"], pair.ends()["green"])
            session = sides.connect(Side.BLUE, "lock")
            take_lock(session, pair.migration, Deadline(5.0, "The lock"))
            stack.callback(session.close)
        yield


def _hold(blocker: Any) -> None:
    blocker.cursor().execute("LOCK TABLE joined IN ACCESS EXCLUSIVE MODE")


def opens(pair: Away, file: Path, **more: Any) -> dict[str, Any]:
    """Open blue, and see that it takes 30 s at most."""
    began = time.monotonic()
    process = ModuleProcess("emergency_rollback", {**pair.ends(), "accept_loss": True, "file": str(file), **more})
    result = process.wait(90.0)
    took = time.monotonic() - began
    assert pair.write(pair.blue) is None, result["msg"]
    assert took < LIMIT, result
    return result


def opened_without_green(pair: Away, kind: str, phase: str, file: Path) -> None:
    writer = Writer(pair.green, ("users", "joined") if phase == "first copy" else ("users",))
    with under_way(pair, phase):
        writer.start()
        while len(writer.written) < 50:
            time.sleep(0.05)
        go_away(pair, kind)
        await_worker_in_vain(pair)
        done = opens(pair, file)
        assert (done["in_service"], done["changed"]) == ("blue", True), done
    writer.over = True
    if kind == "frozen":
        absences.thaw(pair.green.server.embedded)
    writer.join(20)
    missing_are_named(pair, writer, file)


@pytest.mark.soak
def test_a_green_that_is_frozen_is_no_reason_to_wait(lost: Lost, tmp_path: Path) -> None:
    opened_without_green(lost(), "frozen", "at rest", tmp_path / "missing.json")

# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Blue is opened within 30 s however green is away and whatever was under way; and nothing of green's overwrites it."""

from __future__ import annotations

import contextlib
import json
import random
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.clock import Deadline
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side
from ansible_collections.bluegreen.postgresql.plugins.module_utils._embedded.server import free_port
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.lock import take_lock
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.sides import Sides
from tests.fixtures import absences
from tests.fixtures.away import KINDS, Away, Lost, Writer, await_worker_in_vain, come_back, go_away
from tests.fixtures.databases import Database
from tests.live.modules import ModuleProcess

LIMIT = 30.0
Recorder = Callable[[str, object], None]
PHASES = ("at rest", "first copy", "comparison", "another run")
JOINED = "CREATE TABLE joined (id int PRIMARY KEY, name text)"


def missing_are_named(pair: Away, writer: Writer, file: Path) -> int:
    """Check that the file names every acknowledged write that blue lacks; return their number."""
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
    """Keep something under way that needs green, while the block runs."""
    with contextlib.ExitStack() as stack:
        if phase == "first copy":
            for side in (pair.green, pair.blue):
                side.query(f"{JOINED}; GRANT ALL ON joined TO public", role="owner")
            pair.green.query("INSERT INTO joined SELECT n, 'row ' || n FROM generate_series(1, 100) n", role="app")
            pair.succeed("write_gate")
            holder = stack.enter_context(contextlib.closing(pair.blue.connect(autocommit=False)))
            with holder.cursor() as cursor:
                cursor.execute("LOCK TABLE joined IN SHARE MODE")  # rows cannot be copied into it
            pair.succeed("replication_link", direction="reverse")
        if phase == "comparison":
            process = ModuleProcess("consistency_check", pair.ends())
            stack.callback(process.process.communicate)
            stack.callback(process.process.kill)
        if phase == "another run":
            sides = Sides.from_parameters(pair.migration, pair.ends()["blue"], pair.ends()["green"])
            session = sides.connect(Side.BLUE, "lock")
            take_lock(session, pair.migration, Deadline(5.0, "The lock"))
            stack.callback(session.close)
        yield


def opens(pair: Away, file: Path, record_property: Recorder, **more: Any) -> dict[str, Any]:
    """Open blue, and check that it takes 30 s at most; --junitxml=FILE shows how long."""
    began = time.monotonic()
    process = ModuleProcess("emergency_rollback", {**pair.ends(), "accept_loss": True, "file": str(file), **more})
    result = process.wait(90.0)
    took = time.monotonic() - began
    record_property("opened_after", round(took, 1))
    assert pair.write(pair.blue) is None, result["msg"]
    assert took < LIMIT, result
    return result


def opened_without_green(pair: Away, kind: str, phase: str, file: Path, record_property: Recorder) -> None:
    writer = Writer(pair.green, ("users", "joined") if phase == "first copy" else ("users",))
    with under_way(pair, phase):
        writer.start()
        while len(writer.written) < 50:
            time.sleep(0.05)
        go_away(pair, kind)
        await_worker_in_vain(pair)
        done = opens(pair, file, record_property)
        assert (done["in_service"], done["changed"]) == ("blue", True), done
    writer.over = True
    if kind == "frozen":
        absences.thaw(pair.green.server.embedded)
    writer.join(20)
    missing = missing_are_named(pair, writer, file)
    record_property("missing", missing)
    assert missing > 0 or phase != "first copy", "nothing of what is not copied yet is there"


def rows_of(side: Database) -> dict[str, list[Any]]:
    """Return all rows of the application."""
    tables = ("users", '"Odd ""Name"."Täble 1"', "events")
    return {table: side.query(f"SELECT t::text FROM {table} t ORDER BY 1") for table in tables}


def orders(pair: Away, file: Path) -> list[tuple[str, dict[str, Any]]]:
    """Return all orders that a playbook could give, and more."""
    links = [
        ("replication_link", {"direction": direction, "state": state})
        for direction in ("forward", "reverse")
        for state in ("present", "enabled", "disabled", "absent")
    ]
    return [
        *links,
        ("replication_link", {"direction": "forward", "copy": "native"}),
        ("replication_catchup", {"direction": "reverse", "timeout": 1.0}),
        ("cutover", {"target": "green", "deadline": 3.0}),
        ("cutover", {"target": "blue", "deadline": 3.0}),
        ("write_gate", {}),
        ("canary", {"timeout": 1.0}),
        ("consistency_check", {"timeout": 3.0}),
        ("consistency_repair", {"timeout": 3.0}),
        ("schema_copy", {"pg_bindir": str(pair.green.server.pg_bin)}),
        ("circuit_breaker", {}),
        ("emergency_rollback", {"accept_loss": True, "file": str(file), "patience": 0.0}),
        ("migration_info", {}),
    ]


def nothing_of_green_overwrites_blue(pair: Away, file: Path, chance: random.Random) -> None:
    """Whatever is asked in whatever order once green is back."""
    with contextlib.suppress(psycopg2.Error):  # it may be open still, and have taken writes
        pair.green.query("UPDATE users SET name = 'older'", role="app")
    pair.blue.query("UPDATE users SET name = 'newer'", role="app")
    before, asked = rows_of(pair.blue), orders(pair, file)
    chance.shuffle(asked)
    told = []
    for module, arguments in asked:
        result = pair.run(module, **arguments)
        told.append((module, arguments, result.get("code")))
        assert rows_of(pair.blue) == before, told
        assert pair.write(pair.blue, "UPDATE users SET name = 'newer' WHERE id = 1") is None, told
    time.sleep(1.0)
    assert rows_of(pair.blue) == before, told


@pytest.mark.soak
@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("kind", KINDS)
def test_however_green_is_away_blue_is_open_soon_and_stays_as_it_is(
    lost: Lost, tmp_path: Path, kind: str, phase: str, record_property: Recorder
) -> None:
    pair = lost(17 if (KINDS.index(kind) + PHASES.index(phase)) % 2 else 15)
    file = tmp_path / "missing.json"
    opened_without_green(pair, kind, phase, file, record_property)
    come_back(pair)
    nothing_of_green_overwrites_blue(pair, file, random.Random(f"{kind} {phase}"))


@pytest.mark.soak
@pytest.mark.parametrize("blue", [17, 15])
def test_a_green_that_only_this_host_reaches_is_fenced(
    lost: Lost, tmp_path: Path, blue: int, record_property: Recorder
) -> None:
    pair, file = lost(blue), tmp_path / "missing.json"
    writer = Writer(pair.green, ("users",))
    writer.start()
    while len(writer.written) < 50:
        time.sleep(0.05)
    pair.blues.play(absences.SILENT)
    await_worker_in_vain(pair)
    done = opens(pair, file, record_property)
    assert (done["in_service"], done["changed"]) == ("blue", True), done
    assert pair.write(pair.green) == "25006", "at most one side takes writes"
    writer.join(20)
    assert missing_are_named(pair, writer, file) > 0
    stands = pair.succeed("migration_info")
    assert (stands["in_service"], stands["contradiction"]) == ("blue", None)
    come_back(pair)
    nothing_of_green_overwrites_blue(pair, file, random.Random(blue))


@pytest.mark.soak
@pytest.mark.parametrize("blue", [17, 15])
def test_beside_a_green_that_only_blue_reaches_blue_stays_closed(lost: Lost, tmp_path: Path, blue: int) -> None:
    """Green is alive, and nothing can fence it from here. On blue's host a rollback loses nothing."""
    pair, file = lost(blue), tmp_path / "missing.json"
    writer = Writer(pair.green, ("users",))
    writer.start()
    refused_soon(pair, file)
    assert (pair.write(pair.green), pair.write(pair.blue), file.exists()) == (None, "25006", False)
    on_blues_host = {**pair.ends(), "green": {**pair.ends()["green"], "port": pair.blues.port}}
    done = ModuleProcess("cutover", {**on_blues_host, "target": "blue"}).wait(60.0)
    assert done.get("in_service") == "blue", done
    writer.join(20)
    there = {row[0] for row in pair.blue.query("SELECT name FROM users")}
    assert len(writer.written) > 50
    assert [one for one in writer.written if one[1] not in there] == []


@pytest.mark.soak
@pytest.mark.parametrize("blue", [17, 15])
def test_once_the_green_that_only_blue_reaches_is_stopped_blue_is_opened(
    lost: Lost, tmp_path: Path, blue: int, record_property: Recorder
) -> None:
    pair, file = lost(blue), tmp_path / "missing.json"
    writer = Writer(pair.green, ("users",))
    writer.start()
    refused_soon(pair, file)
    pair.green.server.embedded.stop("immediate")
    writer.join(20)
    done = opens(pair, file, record_property)
    assert (done["in_service"], done["changed"]) == ("blue", True), done
    missing_are_named(pair, writer, file)


def refused_soon(pair: Away, file: Path) -> None:
    """Cut green off from this host only, and check that the refusal says who reaches it."""
    pair.ours.play(absences.REFUSING)
    began = time.monotonic()
    refused = pair.run("emergency_rollback", accept_loss=True, file=str(file), patience=0.0)
    assert (refused.get("code"), time.monotonic() - began < LIMIT) == ("BG561", True), refused
    assert "on blue's host" in refused["todo"]


@pytest.mark.soak
@pytest.mark.parametrize("after", [0.0, 6.0, 11.0, 13.0, 15.0, 16.5])
def test_a_green_that_comes_back_in_the_middle_is_let_go_on_or_shut_out(
    lost: Lost, tmp_path: Path, after: float
) -> None:
    pair, file = lost(), tmp_path / "missing.json"
    go_away(pair, "frozen")
    await_worker_in_vain(pair)
    wish = {**pair.ends(), "accept_loss": True, "file": str(file), "patience": 0.0}
    process = ModuleProcess("emergency_rollback", wish)
    time.sleep(after)
    come_back(pair)
    result = process.wait(60.0)
    if result.get("failed"):
        assert result["code"] in ("BG551", "BG561"), result
        assert (pair.write(pair.green), pair.write(pair.blue)) == (None, "25006")
        pair.succeed("replication_catchup", direction="reverse", timeout=30)
        assert pair.succeed("cutover", target="blue")["in_service"] == "blue"
        return
    assert pair.write(pair.blue) is None
    assert pair.succeed("migration_info")["in_service"] == "blue"
    nothing_of_green_overwrites_blue(pair, file, random.Random(after))


@pytest.mark.soak
def test_a_bouncer_that_is_down_is_said_and_blue_is_open(lost: Lost, tmp_path: Path, record_property: Recorder) -> None:
    pair, file = lost(), tmp_path / "missing.json"
    for side in ("blue", "green", "live"):
        (tmp_path / f"{side}.ini").write_text(f"[databases]\nshop = host=127.0.0.1 port=1 dbname={side}\n")
    route = {
        "type": "pgbouncer",
        "console": {"host": "127.0.0.1", "port": free_port(), "user": "pooler"},
        "databases": ["shop"],
        **{f"{side}_file": str(tmp_path / f"{side}.ini") for side in ("blue", "green", "live")},
    }
    go_away(pair, "frozen")
    result = opens(pair, file, record_property, routes=[route])
    assert (result["code"], "lead the routes" in result["msg"]) == ("BG557", True)
    assert pair.blue.query("SELECT count(*) FROM pg_replication_slots WHERE database = current_database()") == [(0,)]

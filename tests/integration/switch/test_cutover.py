# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module cutover: to and fro, again, check mode, every reason not to, two runs at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from psycopg2 import sql

from tests.fixtures.chosen import BLUE
from tests.fixtures.databases import Database, run_statement
from tests.fixtures.migrations import Pair, PairFactory
from tests.live.modules import ModuleProcess
from tests.live.stop import Act, Moment, Stop

REFUSED = "25006"
NAMES = "SELECT string_agg(name, ',' ORDER BY id) FROM users"


@pytest.fixture
def ready(pair: PairFactory) -> Pair:
    """Give a pair of 17 and 18 whose links live in both directions; green has a column that blue lacks."""
    made = pair(green_ddl="ALTER TABLE users ADD COLUMN phone text")
    made.replicate()
    return made


def serves(made: Pair) -> str | None:
    """Return the only side that takes a write, ``None`` if none does; fail if both do."""
    open_sides = [name for name, side in (("blue", made.blue), ("green", made.green)) if made.write(side) is None]
    assert len(open_sides) < 2, "both sides accept writes"
    return open_sides[0] if open_sides else None


def test_to_green_again_back_and_forth(ready: Pair) -> None:
    would = ready.succeed("cutover", target="green", check=True)
    assert would["changed"]
    assert would["steps"] == [{"title": "switch from blue to green", "milliseconds": None, "changed": True}]
    assert serves(ready) == "blue"
    for turn, target in enumerate(("green", "blue", "green"), start=1):
        done = ready.succeed("cutover", target=target)
        assert (done["changed"], done["in_service"], done["epoch"]) == (True, target, turn)
        assert all(step["milliseconds"] >= 0 for step in done["steps"])
        assert serves(ready) == target
        again = ready.succeed("cutover", target=target)
        assert (again["changed"], again["in_service"], again["steps"]) == (False, target, [])
    ready.succeed("replication_catchup", direction="reverse", timeout=30)
    assert ready.blue.query(NAMES) == ready.green.query(NAMES)


@pytest.mark.skipif(BLUE < 16, reason="below 16 our role is a superuser, whom the fence does not fail for that")
def test_what_the_fence_would_fail_for_shows_before_anybody_is_held(ready: Pair) -> None:
    ready.blue.query(sql.SQL("ALTER DATABASE {} OWNER TO CURRENT_USER").format(sql.Identifier(ready.blue.name)))
    refused = ready.run("cutover", target="green")
    assert (refused["failed"], refused["code"]) == (True, "BG008"), refused
    assert serves(ready) == "blue"
    events = ready.blue.query("SELECT count(*) FROM bluegreen.journal WHERE event IN ('fenced', 'undone')")
    assert events == [(0,)], "nothing was begun, so that nothing had to be undone"


@pytest.mark.parametrize(
    ("blue", "green"), [*(pytest.param(*majors, marks=pytest.mark.soak) for majors in [(15, 18), (14, 16)]), (16, 18)]
)
def test_other_pairs_go_to_green_and_back_without_losing_a_row(pair: PairFactory, blue: int, green: int) -> None:
    made = pair(blue, green)
    made.replicate()
    for turn, target in enumerate(("green", "blue", "green")):
        ready = made.succeed("cutover", target=target)
        assert ready["in_service"] == target
        side, other = (made.green, made.blue) if target == "green" else (made.blue, made.green)
        assert made.write(side, f"INSERT INTO users (name) VALUES ('turn {turn}')") is None
        direction = "reverse" if target == "green" else "forward"
        made.succeed("replication_catchup", direction=direction, timeout=30)
        assert other.query(NAMES) == side.query(NAMES)
        assert f"turn {turn}" in side.query(NAMES)[0][0]
        assert made.wide_open() == {"blue": target == "blue", "green": target == "green"}


def test_sequences_go_on_and_never_repeat_a_value(ready: Pair) -> None:
    seen: set[Any] = set()
    for side, target in ((ready.blue, "green"), (ready.green, "blue"), (ready.blue, "green")):
        new = {(name, side.query(f"SELECT nextval('{name}')")[0][0]) for name in ("users_id_seq", "tickets")}
        assert not seen & new
        seen |= new
        ready.succeed("cutover", target=target)
    assert ready.green.query("SELECT last_value FROM tickets")[0][0] < 900, "descending sequences descend"


def test_the_journal_tells_the_story_on_both_sides(ready: Pair) -> None:
    ready.succeed("cutover", target="green")
    ready.succeed("cutover", target="blue")
    rows = "SELECT epoch, event, target FROM bluegreen.journal WHERE event <> 'guarded' ORDER BY id"
    assert ready.blue.query(rows) == [(1, "fenced", "green"), (2, "opened", "blue"), (2, "switch", "blue")]
    assert ready.green.query(rows) == [(1, "opened", "green"), (1, "switch", "green"), (2, "fenced", "blue")]


@contextmanager
def open_transaction(side: Database) -> Iterator[None]:
    """Hold a transaction open on that side."""
    holder = side.connect("app", autocommit=False)
    run_statement(holder, "SELECT 1")
    yield
    holder.rollback()


@pytest.mark.soak
def test_every_reason_not_to_switch_comes_at_once_and_nothing_is_touched(ready: Pair) -> None:
    ready.succeed("replication_link", direction="reverse", state="disabled")
    ready.succeed("replication_link", direction="forward", state="disabled")
    ready.blue.query("CREATE TABLE late (id int PRIMARY KEY)", role="owner")
    with open_transaction(ready.blue):
        time.sleep(0.3)
        failed = ready.run("cutover", target="green", max_transaction_seconds=0.2)
    assert failed["code"] == "BG500"
    found = {reason["code"] for reason in failed["details"]["reasons"]}
    assert found == {"BG510", "BG511", "BG513", "BG515"}
    assert serves(ready) == "blue"


@pytest.mark.soak
@pytest.mark.parametrize(("direction", "code"), [("forward", "BG510"), ("reverse", "BG511")])
def test_a_link_that_is_down_is_its_own_reason(ready: Pair, direction: str, code: str) -> None:
    ready.succeed("replication_link", direction=direction, state="disabled")
    failed = ready.run("cutover", target="green")
    assert [reason["code"] for reason in failed["details"]["reasons"]] == [code]


def test_without_a_gate_there_is_no_switch(pair: PairFactory) -> None:
    made = pair()
    failed = made.run("cutover", target="green")
    assert failed["code"] == "BG500"
    assert "BG515" in {reason["code"] for reason in failed["details"]["reasons"]}


def test_two_runs_at_once_are_one_switch(ready: Pair) -> None:
    runs = [ModuleProcess("cutover", {**ready.ends(), "target": "green"}) for _number in range(3)]
    results = [run.wait() for run in runs]
    refused = [result["code"] for result in results if result.get("failed")]
    assert set(refused) <= {"BG500", "BG501"}, "a run that meets another's switch is refused by name, or waits for it"
    assert [result["epoch"] for result in results if not result.get("failed")] == [1] * (3 - len(refused))
    assert sum(bool(result.get("steps")) for result in results if not result.get("failed")) == 1
    assert serves(ready) == "green"


def test_a_held_lock_makes_the_fence_give_up_and_blue_goes_on(ready: Pair) -> None:
    """A writer inside its transaction has passed the gate: the fence waits for it up to the limit, and no longer."""
    holder = ready.blue.connect("app", autocommit=False)
    run_statement(holder, "UPDATE users SET name = 'mine' WHERE id = 1")
    stalls: list[float] = []
    done = threading.Event()

    def keep_writing() -> None:
        while not done.is_set():
            started = time.monotonic()
            assert ready.write(ready.blue, "UPDATE users SET name = 'w' WHERE id = 2") is None
            stalls.append(time.monotonic() - started)

    writer = threading.Thread(target=keep_writing)
    writer.start()
    failed = ready.run("cutover", target="green", hold_limit=0.5)
    done.set()
    writer.join()
    assert failed["code"] == "BG520"
    assert "fence blue" in failed["msg"]
    assert "blue is in service and accepts writes" in failed["msg"]
    assert max(stalls) < 1.5
    run_statement(holder, "COMMIT")
    (undone,) = ready.blue.query("SELECT details->>'step' FROM bluegreen.journal WHERE event = 'undone'")
    assert undone == ("fence blue",)
    assert ready.succeed("cutover", target="green")["in_service"] == "green"


def test_a_blue_of_15_keeps_its_link_until_the_last_row_has_arrived(pair: PairFactory) -> None:
    """Its forward link is given up for the way back inside the switch, which must not happen before a slow drain
    ends."""
    made = pair(15, 18)
    made.replicate()
    place = Stop("fence blue", Moment.AFTER, Act.ASK)
    switch = ModuleProcess("cutover", {**made.ends(), "target": "green", "deadline": 60.0}, place)
    assert switch.await_hit() is not None
    holder = made.green.connect(made.role, autocommit=False)
    run_statement(holder, "LOCK TABLE bluegreen.marker_1 IN EXCLUSIVE MODE")
    switch.go_on()
    time.sleep(0.5)
    holder.rollback()
    done = switch.wait()
    assert done.get("in_service") == "green", done
    assert made.write(made.green, "INSERT INTO users (name) VALUES ('after')") is None
    made.succeed("replication_catchup", direction="reverse", timeout=30)
    assert made.blue.query(NAMES) == made.green.query(NAMES)

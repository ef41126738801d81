# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Transactions of a table's owner that bypass the gate, at each point of a switch: nothing acknowledged is lost."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable

import psycopg2
import pytest
from psycopg2.extensions import connection

from tests.chaos.steps import STEPS, named, other
from tests.fixtures.databases import Database, run_statement
from tests.fixtures.migrations import Pair, PairFactory
from tests.live.modules import ModuleProcess
from tests.live.stop import Act, Moment, Stop

_PAIRS = [(17, 18), (15, 17)]
_MEND = (
    "ALTER TABLE users DISABLE TRIGGER USER",
    "INSERT INTO users (name) VALUES ('{word}')",
    "ALTER TABLE users ENABLE TRIGGER USER",
)
_MAKE = ("CREATE TABLE made_{word} (name text)", "INSERT INTO made_{word} VALUES ('{word}')")
_ALIEN = (
    "CREATE OR REPLACE TRIGGER bluegreen_gate BEFORE INSERT ON users FOR EACH STATEMENT WHEN (false) "
    "EXECUTE FUNCTION pg_catalog.suppress_redundant_updates_trigger()"
)
_REPLACE = (_ALIEN, "INSERT INTO users (name) VALUES ('{word}')")
_OUTLASTING = 1.0  # seconds; longer than a switch holds its clients


class Owner:
    """A session of the tables' owner that was there before the switch, and writes past the gate once."""

    def __init__(self, side: Database, statements: tuple[str, ...], word: str) -> None:
        self.opened: connection = psycopg2.connect(**side.endpoint("owner"))
        self._statements = [one.format(word=word) for one in statements]
        self.acknowledged = False
        self.refused: str | None = None

    def begin(self, statements: int) -> None:
        """Run the first statements of the transaction; record a refusal or the end of the session."""
        try:
            while statements:
                run_statement(self.opened, self._statements.pop(0))
                statements -= 1
        except psycopg2.Error as error:
            self.refused = str(error)

    def finish(self) -> None:
        """Run the rest, and commit, unless it was refused."""
        self.begin(0 if self.refused else len(self._statements))
        if self.refused:
            return
        try:
            self.opened.commit()
            self.acknowledged = True
        except psycopg2.Error as error:
            self.refused = str(error)

    def close(self) -> None:
        """End the session."""
        self.opened.close()


def _is_there(side: Database, statements: tuple[str, ...], word: str) -> bool:
    if statements is _MAKE:
        return bool(side.query("SELECT to_regclass(%s) IS NOT NULL", f"made_{word}")[0][0])
    return bool(side.query("SELECT EXISTS (SELECT FROM users WHERE name = %s)", word)[0][0])


def _sides(made: Pair, target: str) -> tuple[Database, Database]:
    return (made.blue, made.green) if target == "green" else (made.green, made.blue)


def _ready(pair: PairFactory, majors: tuple[int, int]) -> Pair:
    made = pair(*majors)
    made.succeed("write_gate", ddl_guard="off")
    made.replicate()
    return made


def _converge(made: Pair, target: str) -> None:
    """Complete the switch if it was undone: objects created meanwhile must exist on both sides for that."""
    for side in (made.blue, made.green):
        for (name,) in side.query("SELECT relname FROM pg_class WHERE relname LIKE 'made\\_%%' AND relkind = 'r'"):
            side.query(f"DROP TABLE {name}")
    made.succeed("write_gate", ddl_guard="off")
    _follow(made)
    if made.succeed("migration_info")["in_service"] != target:
        made.succeed("cutover", target=target, max_lag_seconds=30)
        _follow(made)


def _follow(made: Pair) -> None:
    """Wait until the side out of service follows: below 16 its worker is started with each switch and each undo."""
    serves = made.succeed("migration_info")["in_service"]
    made.succeed("replication_catchup", direction="forward" if serves == "blue" else "reverse", timeout=30)


@pytest.mark.parametrize("majors", [(17, 18), pytest.param((15, 17), marks=pytest.mark.soak)])
@pytest.mark.parametrize("statements", [_MEND, _MAKE], ids=["mend", "make"])
def test_whoever_is_past_the_gate_under_the_fence_undoes_it_by_name(
    pair: PairFactory, majors: tuple[int, int], statements: tuple[str, ...]
) -> None:
    made = _ready(pair, majors)
    switch = ModuleProcess("cutover", {**made.ends(), "target": "green"}, Stop("fence blue", Moment.AFTER, Act.ASK))
    owner = Owner(made.blue, statements, "late")
    assert switch.await_hit() is not None
    owner.begin(1)
    switch.go_on()
    failed = switch.wait()
    owner.finish()
    assert (failed["code"], failed["details"]["cause"]["code"]) == ("BG520", "BG545")
    assert f"pid {owner.opened.get_backend_pid()} as {made.blue.roles['owner'].name}" in failed["msg"]
    assert owner.acknowledged, owner.refused
    assert made.succeed("migration_info")["in_service"] == "blue"
    assert _is_there(made.blue, statements, "late")
    owner.close()


def test_no_session_that_could_pass_the_gate_outlives_the_fence_and_no_other_the_switch(pair: PairFactory) -> None:
    made = _ready(pair, (17, 18))
    app = made.blue.connect("app")
    switch = ModuleProcess("cutover", {**made.ends(), "target": "green"}, Stop("open green", Moment.BEFORE, Act.ASK))
    owner = Owner(made.blue, _MEND, "late")
    assert switch.await_hit() is not None
    owner.finish()
    with pytest.raises(psycopg2.errors.ReadOnlySqlTransaction):
        run_statement(app, "INSERT INTO users (name) VALUES ('late')")
    switch.go_on()
    assert switch.wait()["in_service"] == "green"
    assert not owner.acknowledged
    with pytest.raises(psycopg2.OperationalError):
        run_statement(app, "SELECT 1")
    owner.close()


@pytest.mark.parametrize("majors", [(17, 18), pytest.param((15, 17), marks=pytest.mark.soak)])
@pytest.mark.parametrize("dies", [False, True], ids=["lives", "dies"])
def test_what_was_written_just_behind_the_commit_takes_the_fence_back(
    pair: PairFactory, majors: tuple[int, int], dies: bool
) -> None:
    """By the switch itself, or by its watchdog when the switch dies there."""
    made = _ready(pair, majors)
    stop = Stop("close blue behind its clients", Moment.BEFORE, Act.ASK)
    switch = ModuleProcess("cutover", {**made.ends(), "target": "green"}, stop)
    owner = Owner(made.blue, _MEND, "late")
    assert switch.await_hit() is not None
    owner.finish()
    if dies:
        switch.kill()
    else:
        switch.go_on()
    failed = switch.wait()
    assert switch.await_nothing_left(30)
    assert owner.acknowledged, owner.refused
    assert dies or failed["details"]["cause"]["code"] == "BG546", failed
    assert made.succeed("migration_info")["in_service"] == "blue"
    assert _is_there(made.blue, _MEND, "late")
    assert made.write(made.blue) is None
    owner.close()
    assert made.succeed("cutover", target="green", max_lag_seconds=30)["in_service"] == "green"
    assert _is_there(made.green, _MEND, "late")


_MOMENTS = [(step, moment) for step in STEPS for moment in (Moment.BEFORE, Moment.INSIDE)]


def _try_at(made: Pair, target: str, stop: Stop, statements: tuple[str, ...], begun: int, word: str) -> str:
    """Let the owner's transaction bypass the gate at that point, and return its outcome; nothing may be lost."""
    old, _new = _sides(made, target)
    owner = Owner(old, statements, word)
    switch = ModuleProcess("cutover", {**made.ends(), "target": target, "max_lag_seconds": 30}, stop)
    hit = switch.await_hit()
    owner.begin(begun)
    finishing = threading.Thread(target=owner.finish)
    finishing.start()
    finishing.join(0.2)
    switch.go_on()
    result = switch.wait()
    finishing.join()
    assert switch.await_nothing_left(30)
    assert (hit is None, result.get("code")) in ((False, None), (False, "BG520")), result
    serves = made.succeed("migration_info")["in_service"]
    if owner.acknowledged:
        side = made.green if serves == "green" else made.blue
        assert _is_there(side, statements, word), (stop, begun, hit, result.get("msg"))
    owner.close()
    _converge(made, target)
    return f"{'acknowledged' if owner.acknowledged else 'refused'}, {serves} serves"


@pytest.mark.soak
@pytest.mark.parametrize("majors", _PAIRS)
@pytest.mark.parametrize("statements", [_MEND, _MAKE, _REPLACE], ids=["mend", "make", "replace"])
def test_a_transaction_at_each_point_of_the_switch_is_carried_over_or_refused(
    pair: PairFactory, majors: tuple[int, int], statements: tuple[str, ...]
) -> None:
    made = _ready(pair, majors)
    target = "green"
    for number, (step, moment) in enumerate(_MOMENTS):
        stop = Stop(named(step, target), moment, Act.ASK)
        _try_at(made, target, stop, statements, number % 2, f"w{number}")
        target = other(target)


@pytest.mark.soak
@pytest.mark.parametrize("majors", _PAIRS)
def test_transactions_at_fifty_moments_around_the_fence(pair: PairFactory, majors: tuple[int, int]) -> None:
    """The owner's sessions bypass the gate without a pause, at random moments."""
    made = _ready(pair, majors)
    chance, target = random.Random(15), "green"
    for number in range(50):
        old, _new = _sides(made, target)
        made.succeed("write_gate", ddl_guard="off")
        statements = chance.choice([_MEND, _REPLACE])
        switch = ModuleProcess("cutover", {**made.ends(), "target": target, "max_lag_seconds": 30}, None)
        acknowledged = _write_past(old, statements, f"n{number}", chance, lambda s=switch: s.process.poll() is None)  # type: ignore[misc]
        switch.wait()
        assert switch.await_nothing_left(30)
        serves = made.succeed("migration_info")["in_service"]
        made.succeed("write_gate", ddl_guard="off")
        side = made.green if serves == "green" else made.blue
        there = {name for (name,) in side.query("SELECT name FROM users WHERE name LIKE %s", f"n{number} %")}
        assert acknowledged <= there, (number, statements, acknowledged - there)
        _converge(made, target)
        target = other(target)


def _write_past(
    old: Database, statements: tuple[str, ...], word: str, chance: random.Random, lives: Callable[[], bool]
) -> set[str]:
    """Bypass the old side's gate, with random pauses, and return what was acknowledged.

    A session that was ended is not replaced: a new one would find the signpost.
    """
    acknowledged: set[str] = set()
    owner = psycopg2.connect(**old.endpoint("owner"))
    number = 0
    while lives():
        number += 1
        name = f"{word} {number}"
        try:
            for one in statements:
                run_statement(owner, one.format(word=name))
            owner.commit()
            acknowledged.add(name)
        except psycopg2.Error:
            if owner.closed:
                break
            owner.rollback()
        time.sleep(chance.random() * 0.02)
    owner.close()
    return acknowledged

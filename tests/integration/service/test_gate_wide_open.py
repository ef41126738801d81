# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A gate that is wide open: fast for writers, still waited for by a fence, and never wide open under a fence."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.errors import DatabaseError
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.service import gate
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.session import Session
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.sides import Sides
from tests.fixtures.conditions import wait_for
from tests.fixtures.databases import run_statement
from tests.fixtures.migrations import Pair, PairFactory
from tests.fixtures.modules import titles

REFUSED = "25006"
_REPLACE = """
CREATE OR REPLACE FUNCTION bluegreen.pass_gate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'called'; END $$"""
_SHORT = "SET lock_timeout = 100"
_WAITS = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'bluegreen.gate'::regclass"


@pytest.fixture
def sides(gated: Pair) -> Iterator[Sides]:
    """Give our own sessions on both."""
    with closing(Sides.from_parameters(**{"migration": gated.migration, **gated.ends()})) as made:
        yield made


@pytest.mark.parametrize("major", [14, 16, 18])
def test_writers_pass_without_a_call_until_the_gate_is_narrowed(pair: PairFactory, major: int) -> None:
    made = pair(major, 18)
    made.succeed("write_gate")
    assert made.wide_open() == {"blue": True, "green": False}
    made.blue.query(_REPLACE)
    writer = made.blue.connect("app")
    run_statement(writer, "INSERT INTO users (name) VALUES ('new')")
    made.blue.query("SELECT setval('bluegreen.gate', 1, false)")
    with pytest.raises(Exception, match="called"):
        run_statement(writer, "INSERT INTO users (name) VALUES ('new')")
    assert titles(made.succeed("write_gate")) == ["create the gate on blue", "open the gate of blue wide"]
    run_statement(writer, "INSERT INTO users (name) VALUES ('new')")


@pytest.mark.parametrize("isolation", ["READ COMMITTED", "SERIALIZABLE"])
def test_a_fence_waits_for_whoever_has_passed_and_is_seen_by_whoever_comes(
    gated: Pair, sides: Sides, isolation: str
) -> None:
    before, after = (gated.blue.connect("app", autocommit=False) for _each in range(2))
    for opened in (before, after):
        run_statement(opened, f"SET TRANSACTION ISOLATION LEVEL {isolation}")
        run_statement(opened, "SELECT count(*) FROM users")
    run_statement(before, "SAVEPOINT attempt")
    run_statement(before, "INSERT INTO users (name) VALUES ('new')")
    run_statement(before, "ROLLBACK TO SAVEPOINT attempt")
    sides.blue.run(_SHORT)
    with pytest.raises(DatabaseError, match="BG041"), sides.blue.transaction():
        gate.close_gate(sides.blue)
    run_statement(before, "UPDATE users SET name = 'again' WHERE id = 1")
    before.commit()
    with sides.blue.transaction():
        gate.close_gate(sides.blue)
    with pytest.raises(Exception, match="fenced by bluegreen"):
        run_statement(after, "UPDATE users SET name = 'late' WHERE id = 2")


def test_a_fence_that_is_taken_back_leaves_a_gate_that_lets_pass(gated: Pair, sides: Sides) -> None:
    sides.blue.run("BEGIN")
    gate.close_gate(sides.blue)
    sides.blue.rollback()
    assert gated.write(gated.blue) is None
    assert gated.wide_open() == {"blue": False, "green": False}
    gate.widen_gate(sides.blue)
    assert gated.wide_open() == {"blue": True, "green": False}


def test_a_rehearsal_leaves_the_gate_as_it_was(gated: Pair, sides: Sides) -> None:
    gate.rehearse(sides.blue, gated.blue.name, lambda: None, closing=True)
    gate.rehearse(sides.green, gated.green.name, lambda: None, closing=False)
    assert gated.wide_open() == {"blue": True, "green": False}
    assert gated.write(gated.blue) is None
    assert gated.write(gated.green) == REFUSED


@pytest.mark.parametrize("last", ["1000", "4000000000000000000", "9223372036854775807"])
def test_no_value_but_one_opens_a_fence_and_ours_is_not_given_to_it(gated: Pair, sides: Sides, last: str) -> None:
    gate.widen_gate(sides.green)
    assert gated.write(gated.green) == REFUSED
    gated.green.query("SELECT setval('bluegreen.gate', %s::bigint)", last)
    assert gated.write(gated.green) == REFUSED
    assert gated.wide_open()["green"] is False


@pytest.mark.parametrize(("end", "outcome"), [("COMMIT", REFUSED), ("ROLLBACK", None)])
def test_widening_waits_for_a_fence_and_goes_by_what_became_of_it(
    gated: Pair, sides: Sides, end: str, outcome: str | None
) -> None:
    sides.blue.run("BEGIN")
    gate.close_gate(sides.blue)
    other: Session = sides.connect(Side.BLUE, "widening")
    widening = threading.Thread(target=gate.widen_gate, args=(other,))
    widening.start()
    wait_for(lambda: gated.blue.query(_WAITS) == [(1,)])
    sides.blue.run(end)
    widening.join()
    other.close()
    assert gated.write(gated.blue) == outcome
    assert gated.wide_open()["blue"] is (outcome is None)

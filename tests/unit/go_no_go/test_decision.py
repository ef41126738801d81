# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a switch knows beforehand: where a route leads, and whether each sequence can continue."""

from __future__ import annotations

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.relations import TableName
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.route import RouteFacts
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sequences import (
    Sequence,
    Successor,
    sequence_problems,
    sequence_targets,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side

BLUE, GREEN = Side.BLUE, Side.GREEN
NAME = TableName("public", "numbers")


@pytest.mark.parametrize(
    ("side", "held", "follows", "serves"),
    [
        (BLUE, False, False, True),
        (GREEN, False, False, False),
        (None, False, False, False),
        (BLUE, True, False, False),
        (BLUE, None, False, False),
        (None, None, True, True),
        (GREEN, True, True, True),
    ],
)
def test_clients_reach_a_side_where_their_route_leads_there_and_holds_nobody(
    side: Side | None, held: bool | None, follows: bool, serves: bool
) -> None:  # fmt: skip
    assert RouteFacts("pgbouncer", side, held=held, follows=follows, problems=()).serves(BLUE) is serves


@pytest.mark.parametrize(
    ("last", "increment", "target"),
    [(10, 1, 110), (10, 5, 510), (-10, -1, -110), (9_950, 1, 9_955), (-9_950, -1, -9_955)],
)
def test_a_sequence_goes_on_further_by_its_own_increment_within_its_bounds(
    last: int, increment: int, target: int
) -> None:
    assert sequence_targets([Sequence(NAME, last, increment, -10_000, 10_000, cycles=False)], 100) == [(NAME, target)]


@pytest.mark.parametrize(
    ("successor", "problem"),
    [
        (Successor(NAME, 1, 110, 110, settable=True), None),
        (Successor(NAME, 1, 111, 1000, settable=True), "beyond its bounds"),
        (Successor(NAME, 1, 1, 109, settable=True), "beyond its bounds"),
        (Successor(NAME, -1, 1, 1000, settable=True), "counts the other way"),
        (Successor(NAME, 1, 1, 1000, settable=False), "may not be set"),
    ],
)
def test_a_sequence_that_could_not_go_on_is_named(successor: Successor, problem: str | None) -> None:
    found = sequence_problems([Sequence(NAME, 10, 1, 1, 10_000, cycles=False)], 100, [successor], {NAME})
    assert [problem in one for one in found if problem] == ([True] if problem else [])
    assert bool(found) is bool(problem)


def test_a_sequence_that_counts_down_goes_on_downwards() -> None:
    down = Sequence(NAME, -10, -1, -1000, 1000, cycles=False)
    assert sequence_problems([down], 100, [Successor(NAME, -2, -1000, 1000, settable=True)], {NAME}) == ()
    (problem,) = sequence_problems([down], 100, [Successor(NAME, 1, -1000, 1000, settable=True)], {NAME})
    assert "counts the other way" in problem


def test_only_a_sequence_that_is_needed_may_not_be_missing() -> None:
    other = TableName("public", "of_a_table_that_was_dropped_on_green")
    used = [Sequence(name, 10, 1, 1, 1000, cycles=False) for name in (NAME, other)]
    assert sequence_problems(used, 100, [], {NAME}) == (f"{NAME} does not exist",)
    assert sequence_problems(used, 100, [], set()) == ()


def test_a_route_that_leads_to_an_unknown_place_says_so_in_a_result() -> None:
    results = [RouteFacts("pgbouncer", side, held=None).as_result() for side in (BLUE, None)]
    assert [one["side"] for one in results] == ["blue", None]

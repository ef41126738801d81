# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What may be missing without green, for every table; sequences that advance far enough and are never exhausted."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.relations import TableName
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sequences import Sequence
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.service.gate import GateFacts
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.service.journal import FENCED, OPENED, Entry
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.service.situation import Situation
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.switch.last_seen import (
    LaneSeen,
    Loss,
    emergency_targets,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.failures import said_by_a_server

USERS, ORDERS, LEFT = (TableName("public", name) for name in ("users", "orders", "left out"))
SINCE, SEEN = "2026-11-25T10:00:00.000000Z", "2026-11-25T12:00:00.000000Z"


def test_every_table_is_named_with_the_clock_that_counts() -> None:
    lanes = (LaneSeen("one", (USERS,), at=SEEN, lsn="0/5"), LaneSeen("two", (ORDERS,)))
    loss = Loss("shop", Side.GREEN, "db18/shop", SINCE, lanes, (LEFT,), ("3 attempts",), roots={USERS: ORDERS})
    document = loss.as_document()
    named = {
        one["partition"] or one["table"]: (one["committed_from"], one["by_the_clock_of"], one["from_lsn"])
        for one in document["may_be_missing"]
    }
    assert named == {
        "public.users": (SEEN, "green", "0/5"),
        "public.orders": (SINCE, "blue", None),
        'public."left out"': (SINCE, "blue", None),
    }
    assert document["may_be_missing"][0]["table"] == "public.orders", "a partition is named with its table"
    assert len(loss.lines) == 3
    assert "from LSN 0/5 of green" in loss.lines[0]


def test_of_a_first_copy_that_has_not_ended_nothing_is_known_since_the_cutover() -> None:
    lanes = (LaneSeen("one", (USERS, ORDERS), copying=(ORDERS,), at=SEEN, lsn="0/5"),)
    loss = Loss("shop", Side.GREEN, "db18/shop", SINCE, lanes, (), ())
    named = {one["table"]: one["committed_from"] for one in loss.as_document()["may_be_missing"]}
    assert named == {"public.users": SEEN, "public.orders": SINCE}
    assert f"public.orders had not ended: everything since {SINCE}" in loss.lines[1]


NOTHING = "one has brought nothing that shows how far green's commits have arrived"
TABLES = tuple(TableName("public", f"t{number}") for number in range(1, 7))


@pytest.mark.parametrize(
    ("lane", "words"),
    [
        (LaneSeen("one", (USERS,)), NOTHING),
        (
            LaneSeen("one", (USERS,), at=SEEN, lsn="0/5"),
            f"one has brought everything that green had committed before {SEEN} (its own clock; its LSN 0/5)",
        ),
        (
            LaneSeen("one", (USERS,), applied="0/7"),
            f"{NOTHING}, and everything up to its LSN 0/7",
        ),
        (
            LaneSeen("one", TABLES, copying=TABLES[:5]),
            f"{NOTHING}; the first copy of public.t1, public.t2, public.t3, public.t4, public.t5 has not ended",
        ),
        (
            LaneSeen("one", TABLES, copying=TABLES),
            f"{NOTHING}; the first copy of public.t1, public.t2, public.t3, public.t4, public.t5, … has not ended",
        ),
    ],
)
def test_what_a_lane_has_brought_is_told_in_words(lane: LaneSeen, words: str) -> None:
    assert lane.in_words(Side.GREEN) == words


@pytest.mark.parametrize(
    ("lsn", "applied", "where"),
    [
        (None, None, ""),
        ("0/5", None, " (from LSN 0/5 of green)"),
        (None, "0/7", " (from LSN 0/7 of green)"),
        ("0/5", "0/7", " (from LSN 0/7 of green)"),
    ],
)
def test_the_place_in_the_log_is_told_where_it_is_known(lsn: str | None, applied: str | None, where: str) -> None:
    lane = LaneSeen("one", (USERS, ORDERS, LEFT), (ORDERS,), SEEN, lsn, applied)
    loss = Loss("shop", Side.GREEN, "db18/shop", SINCE, (lane,), (), ())
    assert loss.lines[0] == (
        f"2 tables of one: whatever green committed from {SEEN} by green's clock on{where} may be missing, everything "
        "before it is there"
    )


def test_sequences_that_were_not_advanced_are_named_and_only_they() -> None:
    loss = Loss("shop", Side.GREEN, "db18/shop", SINCE, (), (), ())
    assert len(loss.not_known) == 4
    assert replace(loss, not_advanced=(USERS, ORDERS)).not_known[4:] == [
        "how far these sequences have to be advanced, which our role may not set: public.users, public.orders"
    ]


@pytest.mark.parametrize(
    ("one", "seen", "target"),
    [
        (Sequence(USERS, 10, 3, 1, 10**6, cycles=False), None, 10 + 3 * 200),
        (Sequence(USERS, 10, 3, 1, 10**6, cycles=False), 40, 40 + 3 * 200),
        (Sequence(USERS, 10, 3, 1, 10**6, cycles=False), 7, 10 + 3 * 200),
        (Sequence(USERS, -10, -3, -(10**6), -1, cycles=False), None, -10 - 3 * 200),
        (Sequence(USERS, -10, -3, -(10**6), -1, cycles=False), -40, -40 - 3 * 200),
        (Sequence(USERS, 0, 1, 0, 101, cycles=False), None, 50),
        (Sequence(USERS, 0, 1, 0, 200, cycles=False), None, 100),
        (Sequence(USERS, None, 1, 1, 10**6, cycles=False), 0, 1 + 200),
    ],
)
def test_a_sequence_is_advanced_a_hundredfold_or_by_half_of_what_is_left(
    one: Sequence, seen: int | None, target: int
) -> None:
    unused = Sequence(ORDERS, None, 1, 1, 100, cycles=False)
    assert emergency_targets([unused, one], {USERS: seen}, 2) == [(USERS, target)]


SEQUENCES = st.builds(
    lambda bounds, increment, last: Sequence(
        USERS,
        None if last is None else max(bounds[0], min(bounds[1], last)),
        increment,
        bounds[0],
        bounds[1],
        cycles=False,
    ),
    st.tuples(st.integers(-1000, 0), st.integers(1, 10**9)),
    st.sampled_from([-5, -1, 1, 3]),
    st.none() | st.integers(-1000, 10**9),
)


@given(SEQUENCES, st.none() | st.integers(-(10**4), 10**10), st.integers(0, 1000))
def test_a_sequence_goes_beyond_what_is_known_and_keeps_half_of_what_is_left(
    one: Sequence, seen: int | None, headroom: int
) -> None:
    targets = emergency_targets([one], {USERS: seen}, headroom)
    if one.last is None and seen is None:
        assert targets == []
        return
    ((_name, target),) = targets
    assert one.minimum <= target <= one.maximum
    known = [max(one.minimum, min(one.maximum, value)) for value in (one.last, seen) if value is not None]
    ahead = [(target - value) * (1 if one.increment > 0 else -1) for value in known]
    assert min(ahead) >= 0, "never backwards"
    room = one.maximum - target if one.increment > 0 else target - one.minimum
    assert room >= min(ahead) - abs(one.increment), "at most half of what was left is skipped"


@pytest.mark.parametrize(
    ("message", "answered"),
    [
        ('connection to server at "h" (1.2.3.4), port 5 failed: Connection refused\n\tIs the server running?', False),
        ('connection to server at "h", port 5 failed: timeout expired', False),
        ('connection to server at "h", port 5 failed: server closed the connection unexpectedly', False),
        ("Connecting to green did not end within 3 s", False),
        ('connection to server at "h", port 5 failed: FATAL:  the database system is starting up', True),
        ('connection to server at "h", port 5 failed: ВАЖНО:  пользователь не прошёл проверку', True),
        ("FATAL:  sorry, too many clients already", True),
        ('connection to server at "h", port 5 failed: fe_sendauth: no password supplied', True),
    ],
)
def test_what_a_server_says_is_told_from_what_libpq_says(message: str, answered: bool) -> None:
    assert said_by_a_server(message) is answered


def entry(side: Side, epoch: int, event: str, target: Side, **details: Any) -> Entry:
    """Return a row of the journal."""
    return Entry("shop", side, epoch, event, SEEN, target, details=details)


CUTOVER = (entry(Side.BLUE, 1, FENCED, Side.GREEN), entry(Side.GREEN, 1, OPENED, Side.GREEN, other_timeline=1))
EMERGENCY = (*CUTOVER, entry(Side.BLUE, 2, OPENED, Side.BLUE, emergency=True))


def gates(**fenced: bool) -> dict[Side, GateFacts]:
    """Return the gates of these sides."""
    return {Side(side): GateFacts(journal=True, installed=True, fenced=closed) for side, closed in fenced.items()}


def test_after_an_emergency_blue_serves_whatever_green_accepts() -> None:
    alone = Situation(gates(blue=False), (EMERGENCY[0], EMERGENCY[2]))
    assert (alone.in_service, alone.contradiction()) == (Side.BLUE, None)
    back = Situation(gates(blue=False, green=False), EMERGENCY)
    assert (back.in_service, back.left_open) == (Side.BLUE, Side.GREEN)
    assert "green is back and open" in str(back.contradiction())
    fenced = Situation(gates(blue=False, green=True), (*EMERGENCY, entry(Side.GREEN, 2, FENCED, Side.BLUE)))
    assert (fenced.in_service, fenced.left_open, fenced.contradiction()) == (Side.BLUE, None, None)


@pytest.mark.parametrize(
    ("now", "why"), [(2, "a standby was promoted"), (1, "it was restored"), (None, "restored, or promoted")]
)
def test_a_side_without_its_fence_is_told_apart_by_its_timeline(now: int | None, why: str) -> None:
    timelines = {} if now is None else {Side.BLUE: now}
    found = Situation(gates(blue=False, green=False), CUTOVER[1:], timelines)
    assert found.in_service is None
    assert why in str(found.contradiction())

# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the probe's record and the rows on both sides say about a switch."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.client import events
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.client.events import (
    DIED,
    DONE,
    LIMIT,
    NO_CONNECTION,
    STOPPED,
    Header,
    Record,
    Write,
    read_record,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.client.figures import (
    Rows,
    as_result,
    figures_of,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.client.wording import (
    alarm_of,
    lines_of,
    short_line,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side
from demo.gaps import longest_gap

HEADER = Header("run", "shop_app", 100.0, 1_790_000_000.0)


def _acknowledged(number: int, sent: float, answered: float) -> Write:
    return Write(number, sent, answered, acknowledged=True)


def _record(*writes: Write, ended: float = 101.0, by: str = STOPPED) -> Record:
    return Record(HEADER, writes, ended, by)


def _rows(*numbers: int, side: str = "blue") -> Rows:
    return Rows(Counter(numbers), dict.fromkeys(numbers, side))


CALM = [_acknowledged(number, 100.0 + number / 10, 100.001 + number / 10) for number in range(1, 10)]


def test_a_calm_switch_has_a_gap_quantiles_and_two_sides() -> None:
    there = {
        Side.BLUE: _rows(1, 2, 3, 4),
        Side.GREEN: Rows(Counter(range(1, 10)), {number: "blue" if number < 5 else "green" for number in range(1, 10)}),
    }
    seen = as_result(_record(*CALM), figures_of(_record(*CALM), there, Side.GREEN))
    assert (seen["writes"], seen["acknowledged"], seen["failed"], seen["lost"], seen["doubled"]) == (9, 9, 0, 0, 0)
    assert (seen["longest_gap_ms"], seen["p50_ms"], seen["p99_ms"]) == (101.0, 1.0, 1.0)
    assert [(span["side"], span["writes"]) for span in seen["sides"]] == [("blue", 4), ("green", 5)]
    assert (seen["began"], seen["ended"]) == ("2026-09-21T14:13:20.000000Z", "2026-09-21T14:13:21.000000Z")
    assert short_line(seen) == "longest gap 101 ms, 0 of 9 writes failed, 0 lost"
    assert lines_of(seen)[0] == f"a client saw: {short_line(seen)}"
    assert alarm_of(seen, 0) == alarm_of(seen, 101.0) == ""
    assert alarm_of(seen, 100.0) == "BG757: a client waited 101 ms, more than 100 ms"


def test_quantiles_are_by_nearest_rank_and_rounded_as_they_are_shown() -> None:
    hundred = [_acknowledged(k, 100.0 + k, 100.0 + k + k / 1000) for k in range(100, 0, -1)]
    figures = figures_of(_record(*hundred, ended=201.0), {}, None)
    assert figures.p50 == pytest.approx(50.0)
    assert figures.p99 == pytest.approx(99.0)
    one = _record(_acknowledged(1, 100.1, 100.1012346), ended=100.3123456)
    seen = as_result(one, figures_of(one, {}, None))
    assert (seen["p50_ms"], seen["p99_ms"], seen["longest_gap_ms"]) == (1.23, 1.23, 211.1)


def test_a_side_begins_with_its_first_acknowledgement_and_ends_with_its_last() -> None:
    sides = dict.fromkeys((1, 2, 3), "blue") | dict.fromkeys((4, 5), "green") | dict.fromkeys((6, 7, 8), "blue")
    there = {Side.BLUE: Rows(Counter(sides.keys()), sides)}
    figures = figures_of(_record(*reversed(CALM)), there, Side.BLUE)
    assert [(one.side, one.writes) for one in figures.sides] == [("blue", 3), ("green", 2), ("blue", 3)]
    assert [(round(one.began, 3), round(one.ended, 3)) for one in figures.sides] == [
        (100.101, 100.301),
        (100.401, 100.501),
        (100.601, 100.801),
    ]


def test_an_acknowledged_row_that_is_not_in_service_is_lost_wherever_else_it_is() -> None:
    there = {Side.BLUE: _rows(*range(1, 10)), Side.GREEN: _rows(2, 3, 3, *range(4, 10))}
    figures = figures_of(_record(*CALM), there, Side.GREEN)
    assert (figures.lost, figures.doubled) == (1, 1)
    seen = as_result(_record(*CALM), figures)
    assert short_line(seen).endswith("1 lost, 1 doubled")
    assert alarm_of(seen, 0) == (
        "BG757: 1 acknowledged writes are not on the side in service; 1 writes are there more than once"
    )


def test_all_that_was_seen_in_lines_and_nothing_of_what_was_not() -> None:
    calm = _record(_acknowledged(1, 100.1, 100.101), ended=100.2)
    assert lines_of(as_result(calm, figures_of(calm, {Side.BLUE: _rows(1)}, Side.BLUE))) == [
        "a client saw: longest gap 101 ms, 0 of 1 writes failed, 0 lost",
        "its writes took 1.0 ms, and 1.0 ms at the 99th percentile",
        "1 of its writes were on blue, from 14:13:20.101 to 14:13:20.101",
    ]
    rough = _record(Write(1, 100.1, 100.2, sqlstate="57P01"), ended=100.3, by=LIMIT)
    assert lines_of(as_result(rough, figures_of(rough, {Side.BLUE: _rows(1)}, Side.BLUE)))[1:] == [
        "its errors by SQLSTATE: 1 57P01",
        "1 of its writes had no answer, and were committed",
        "the probe reached its limit before it was stopped, and saw nothing after it",
    ]
    assert alarm_of(as_result(calm, figures_of(calm, {}, None)), 0.5) == "BG757: a client waited 101 ms, more than 0 ms"


@pytest.mark.parametrize("there", [{}, {Side.BLUE: _rows(*range(1, 10))}])
def test_where_the_side_in_service_was_not_read_nothing_is_known_to_be_safe(there: dict[Side, Rows]) -> None:
    figures = figures_of(_record(*CALM), there, Side.GREEN)
    assert (figures.lost, figures.doubled) == (None, None)
    assert "how many were lost is not known" in short_line(as_result(_record(*CALM), figures))


def test_a_write_without_an_answer_is_settled_by_the_rows_or_stays_unknown() -> None:
    open_ones = (Write(1, 100.1), Write(2, 100.2, 100.3, sqlstate="57P01"), Write(3, 100.4, 100.5, sqlstate="25006"))
    record = _record(*open_ones)
    both = figures_of(record, {Side.BLUE: _rows(2), Side.GREEN: _rows()}, Side.BLUE)
    assert (both.settled, both.failed, both.unknown) == (1, 2, 0)
    one = figures_of(record, {Side.BLUE: _rows(2)}, Side.BLUE)
    assert (one.settled, one.failed, one.unknown) == (1, 0, 2)
    assert both.errors == {"25006": 1, "57P01": 1}
    assert "2 of unknown outcome" in short_line(as_result(record, one))


def test_silence_at_either_end_is_a_gap() -> None:
    late = _record(_acknowledged(1, 104.9, 105.0), ended=106.0)
    assert figures_of(late, {}, None).longest_gap == pytest.approx(5000)
    early = _record(_acknowledged(1, 100.0, 100.1), ended=107.1)
    assert figures_of(early, {}, None).longest_gap == pytest.approx(7000)
    assert figures_of(_record(ended=103.0), {}, None).longest_gap == pytest.approx(3000)
    assert figures_of(_record(), {}, None).p50 is None


@pytest.mark.parametrize(("by", "word"), [(LIMIT, "reached its limit"), (DIED, "process ended before it was stopped")])
def test_a_probe_that_was_not_stopped_says_what_it_did_not_see(by: str, word: str) -> None:
    record = _record(*CALM, by=by)
    assert word in lines_of(as_result(record, figures_of(record, {}, None)))[-1]


@pytest.mark.parametrize(
    ("sqlstate", "connected", "certain"),
    [
        ("25006", True, True),
        ("25006", False, False),
        (None, True, False),
        ("57P01", True, False),
        ("08006", True, False),
    ],
)
def test_only_a_server_that_is_still_there_has_refused_a_write(sqlstate: str, connected: bool, certain: bool) -> None:
    assert events.is_certain(sqlstate, connected) is certain


def test_what_is_put_down_is_read_and_a_torn_line_is_not() -> None:
    lines = [
        events.header_line(HEADER),
        events.sent_line(1, 100.1),
        events.answer_line(1, 100.2, DONE, certain=False),
        events.sent_line(2, 100.3),
        events.answer_line(2, 100.4, NO_CONNECTION, certain=True),
        events.sent_line(3, 100.5),
    ]
    writes = (
        _acknowledged(1, 100.1, 100.2),
        Write(2, 100.3, 100.4, sqlstate=NO_CONNECTION, certain=True),
        Write(3, 100.5),
    )
    assert read_record([*lines, "[4,1"]) == Record(HEADER, writes, 100.5, DIED)
    assert read_record([*lines, events.end_line(101.0, STOPPED)]) == Record(HEADER, writes, 101.0, STOPPED)
    for nothing in ([], ["{}\n"], ["[1,2]\n"]):
        with pytest.raises(ValueError, match="does not begin"):
            read_record(nothing)


_OUTCOMES = st.sampled_from(
    [(True, None, False), (False, "25006", True), (False, "57P01", False), (False, None, False)]
)


@given(
    st.lists(st.tuples(st.floats(0.001, 2.0), _OUTCOMES), max_size=30),
    st.dictionaries(st.integers(1, 30), st.integers(1, 2)),
    st.floats(0.0, 3.0),
)
def test_every_write_is_counted_once_and_the_gap_is_the_demo_s(
    steps: list[tuple[float, tuple[bool, str | None, bool]]], times: dict[int, int], silence: float
) -> None:
    now, writes = HEADER.clock, []
    for number, (step, (done, sqlstate, certain)) in enumerate(steps, start=1):
        writes.append(Write(number, now, now + step, done, sqlstate, certain))
        now += step
    record = _record(*writes, ended=now + silence)
    rows = Rows(times, dict.fromkeys(times, "blue"))
    figures = figures_of(record, {Side.BLUE: rows, Side.GREEN: Rows()}, Side.BLUE)
    assert figures.writes == figures.acknowledged + figures.failed + figures.unknown + figures.settled == len(steps)
    moments = [one.answered for one in writes if one.acknowledged and one.answered is not None]
    assert figures.longest_gap == pytest.approx(longest_gap(moments, HEADER.clock, record.ended) * 1000)
    assert figures.lost is not None
    assert 0 <= figures.lost <= figures.acknowledged
    assert sum(span.writes for span in figures.sides) == figures.acknowledged - figures.lost
    if figures.p50 is not None and figures.p99 is not None:
        took = sorted((one.answered or 0.0) - one.sent for one in writes if one.acknowledged)
        assert took[0] * 1000 <= figures.p50 <= figures.p99 <= took[-1] * 1000

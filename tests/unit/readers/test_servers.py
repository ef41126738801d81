# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which servers readers use, and what stands against each."""

from __future__ import annotations

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.findings import BLOCKS, WARNS
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.readers.servers import (
    COMPARED,
    Server,
    Standbys,
    missing,
    smaller,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.readers.sights import (
    Limits,
    Sight,
    Worst,
    late,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side

_STANDBYS = Standbys.from_parameters({"blue": None, "green": [{"host": "a", "port": 6000}, {"host": "b"}]})
_A, _B = _STANDBYS.places[Side.GREEN]
[_PRIMARY] = _STANDBYS.read_from(Side.BLUE)


def _server(problem: str = "", **settings: int) -> Server:
    return Server(_A, problem, settings={**dict.fromkeys(COMPARED, 100), **settings})


def test_readers_of_a_side_without_a_standby_use_its_primary() -> None:
    assert [(place.name, place.is_standby) for place in _STANDBYS.read_from(Side.GREEN)] == [
        ("a:6000", True), ("b", True),
    ]  # fmt: skip
    assert (_PRIMARY.name, _PRIMARY.is_standby) == ("blue's primary", False)
    assert Standbys.from_parameters(None).places == {Side.BLUE: (), Side.GREEN: ()}


def test_what_is_missing_blocks_with_its_reason() -> None:
    [found] = missing([_server(), _server("it is no standby, but a primary")])
    assert (found.code, found.severity, found.side) == ("BG768", BLOCKS, "green")
    assert found.what == "readers cannot use a:6000: it is no standby, but a primary"


@pytest.mark.parametrize(
    ("setting", "here", "there", "severity"),
    [
        ("max_connections", 99, 100, BLOCKS),
        ("work_mem", 99, 100, WARNS),
        ("max_standby_streaming_delay", 30000, -1, WARNS),
        ("max_connections", 100, 100, None),
        ("work_mem", 101, 100, None),
        ("max_standby_streaming_delay", -1, 30000, None),
        ("max_standby_streaming_delay", -1, -1, None),
    ],
)
def test_a_smaller_server_is_told_by_what_is_smaller(setting: str, here: int, there: int, severity: str | None) -> None:
    found = list(smaller([_server("", **{setting: here})], [_server("", **{setting: there})]))
    assert [one.severity for one in found] == ([severity] if severity else [])
    assert all(one.what == f"{setting} of a:6000 is {here}, and {there} where readers are" for one in found)


def test_only_servers_that_answer_are_compared() -> None:
    silent = Server(_A, "it does not answer")
    assert list(smaller([_server(work_mem=1)], [silent])) == []
    assert list(smaller([silent], [_server()])) == []
    assert len(list(smaller([_server(work_mem=1)], [silent, _server(work_mem=2), _server(work_mem=1)]))) == 1


def test_the_alarm_leaves_time_to_go_back() -> None:
    limits = Limits(lag=4.0, settle=1.0, patience=1.0, watch=1.0, interval=3.0)
    assert (limits.alarm, limits.rest) == (2.0, 1.0)
    assert Limits(4.0, 1.0, 1.0, 1.0, 0.5).rest == 0.5


def test_a_server_that_showed_nothing_is_late_with_its_reason() -> None:
    sights = [Sight(_A, 0.5), Sight(_B, None, "refused"), Sight(_PRIMARY, None)]
    assert late(sights, 2.5) == [
        "b did not show within 2.5 s what was written (refused)",
        "blue's primary did not show within 2.5 s what was written",
    ]


def test_the_worst_of_each_server_is_kept() -> None:
    worst = Worst()
    for seconds in (0.25, 0.75, 0.5):
        worst.note([Sight(_A, seconds), Sight(_B, None)])
    assert worst.as_result() == [{"side": "green", "server": "a:6000", "seconds": 0.75}]

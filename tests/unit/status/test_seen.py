# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Closing lines and a fleet's row by what a module has read; anything else than its result is nothing that was seen."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.status.closing import Ending, Stand
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.status.seen import Seen, ending_of

_WHERE = "green is in service"


def _lane(lag: int | None, exists: bool = True) -> dict[str, Any]:
    return {"lag": lag, "exists": exists}


def _result(**facts: Any) -> dict[str, Any]:
    return {
        "standing": {"name": "green_serves", "where": _WHERE, "lines": []},
        "in_service": "green",
        "rollback": {"safe": False, "reasons": ["a column stops it"], "unknown": []},
        "links": {
            "forward": {"f": _lane(9)},
            "reverse": {"a": _lane(2048), "b": _lane(5), "c": _lane(None, exists=False)},
        },
        **facts,
    }


def _row(phase: str = "status", **facts: Any) -> dict[str, str]:
    ending = Ending(phase)
    seen = Seen.by_result(_result(**facts), ending)
    assert seen is not None
    row: dict[str, str] = seen.closing(ending, "shop", "ansible-playbook")["row"]
    return row


def test_a_row_says_where_a_migration_stands() -> None:
    assert _row() == {
        "migration": "shop",
        "in service": "green",
        "behind": "2.0 kB",
        "way back": "not safe",
        "next": "monitor",
        "stands": _WHERE,
    }


@pytest.mark.parametrize(
    ("reasons", "unknown", "words"), [([], [], "safe"), (["no"], [], "not safe"), ([], ["?"], "not known to be safe")]
)
def test_whether_the_way_back_is_safe_is_one_of_three_answers(
    reasons: list[str], unknown: list[str], words: str
) -> None:
    safe = False if reasons else None if unknown else True
    assert _row(rollback={"safe": safe, "reasons": reasons, "unknown": unknown})["way back"] == words


def test_an_unknown_lag_is_no_small_one() -> None:
    assert _row(links={"reverse": {"a": _lane(5), "b": _lane(None)}})["behind"] == "unknown"
    assert _row(links={"forward": {"a": _lane(5)}})["behind"] == "-"
    assert _row(in_service=None)["behind"] == "-"
    assert _row(in_service=None)["in service"] == "not known"


@pytest.mark.parametrize(
    ("ending", "told"),
    [
        (Ending("cutover"), True),
        (Ending("status"), True),
        (Ending("sync"), False),
        (Ending("cutover", error="x"), False),
    ],
)
def test_only_a_cutover_and_status_tell_of_the_way_back(ending: Ending, told: bool) -> None:
    seen = Seen.by_result(_result(), ending)
    assert seen is not None
    lines = seen.closing(ending, "shop", "ansible-playbook")["outlook"]
    assert any("a column stops it" in line for line in lines) is told


@pytest.mark.parametrize(
    "nothing",
    [
        {},
        {"standing": "green_serves", "in_service": None, "rollback": None, "links": {}},
        _result(standing={"name": "nowhere", "where": ""}),
        _result(in_service="red"),
        _result(links=[]),
        _result(links={"reverse": {"a": 5}}),
        _result(rollback={"safe": True}),
    ],
)
def test_anything_else_is_nothing_that_was_seen(nothing: dict[str, Any]) -> None:
    assert Seen.by_result(nothing, Ending("status")) is None


def test_what_could_not_be_read_has_a_row_as_well() -> None:
    told = Seen(Stand(None, unknown="nobody\nanswers")).closing(Ending("status"), "shop", "ansible-playbook")
    assert (told["standing"], told["in_service"], told["row"]["next"]) == (None, None, "-")
    assert told["row"]["stands"] == r"nobody\nanswers"


def test_lags_of_a_reading_count_as_those_of_a_result() -> None:
    stand = Stand(None, "somewhere")
    assert Seen(stand, Side.BLUE, [1, None]).closing(Ending("status"), "shop", "")["row"]["behind"] == "unknown"
    assert Seen(stand, Side.BLUE, [1, 3]).closing(Ending("status"), "shop", "")["row"]["behind"] == "3 bytes"


def test_an_ending_by_parameters() -> None:
    params = {
        "phase": "cutover",
        "seconds": 8.7,
        "idle": "",
        "steps": [],
        "observations": ["found"],
        "untold": ["a channel"],
        "switched": {"steps": [], "milliseconds": 12.0, "sessions": 2, "ended": 1, "client": "31 ms"},
        "failure": {"error": "BG100: x"},
    }
    ending = ending_of(params, check=True)
    assert (ending.check, ending.error, ending.task, ending.untold) == (True, "BG100: x", "", ["a channel"])
    assert ending.switched is not None
    assert (ending.switched.milliseconds, ending.switched.ended) == (12.0, 1)
    assert ending_of({**params, "failure": None, "switched": None}, check=False) == Ending(
        "cutover", 8.7, observations=["found"], steps=[], untold=["a channel"]
    )

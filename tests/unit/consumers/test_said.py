# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the user says about consumers, and what is told of each."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.consumers.consumer import Consumer, Reader
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.consumers.said import Consumers, left_behind
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.errors import MigrationError
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.preflight.acceptance import Acceptance
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side

_READER = Reader(4711, "cdc", "debezium", "10.0.0.5")
_MOVES = Consumer("orders", "pgoutput", "shop", two_phase=False, failover=True, reader=_READER, behind=2048)
_STAYS = Consumer("audit", "wal2json", "shop", two_phase=True, failover=False, reader=None, behind=None)
_NEW = Consumer("search", "pgoutput", "shop", two_phase=False, failover=False, reader=None, behind=0)
_SAID = Consumers([{"slot": "orders"}, {"slot": "audit", "leave": " nobody reads it since May "}])


def test_a_consumer_is_to_move_or_stays_or_nothing_was_said() -> None:
    found = [_MOVES, _STAYS, _NEW]
    assert _SAID.unsaid(found) == [_NEW]
    assert _SAID.still_to_move(found) == [_MOVES, _NEW]
    assert [word.slot for word in _SAID] == ["orders", "audit"]
    assert [_SAID.as_result(one)["leave"] for one in found] == ["", "nobody reads it since May", None]


def test_publications_of_those_that_move_are_known_once() -> None:
    said = Consumers(
        [
            {"slot": "a", "publication": "orders"},
            {"slot": "b", "publication": "orders"},
            {"slot": "c", "publication": "audit", "leave": "x"},
            {"slot": "d"},
        ]
    )
    assert said.publications() == ["orders"]


def test_a_line_says_who_reads_it_and_how_far_and_what_becomes_of_it() -> None:
    assert _SAID.in_words(_MOVES) == (
        "orders (pgoutput, failover), read by debezium as cdc from 10.0.0.5, 2.0 kB behind: it is to move before "
        "cleanup, which waits for that"
    )
    assert _SAID.in_words(_STAYS) == (
        "audit (wal2json, two_phase), read by nobody now, an unknown amount behind: it stays there: nobody reads it "
        "since May"
    )
    assert _SAID.in_words(_NEW) == (
        "search (pgoutput), read by nobody now, 0 bytes behind: nobody has said what becomes of it; "
        "name search in bluegreen_consumers: alone where it is to move, with leave and the reason where it stays"
    )


def test_what_may_not_be_seen_of_a_reader_is_unknown() -> None:
    words = Reader(4711, None, None, None).in_words()
    assert words == "read by process 4711 as an unknown role from an unknown address"


@pytest.mark.parametrize(
    ("entries", "what"),
    [
        ([{"slot": " "}], "an entry names no slot"),
        ([{"slot": "a"}, {"slot": "a", "leave": "x"}], "slot a is named twice"),
        ([{"slot": "a", "leave": " "}], "slot a is to be left without a reason"),
        ([{"slot": "a", "publication": "bluegreen_x"}], "the publication of slot a is one of our own"),
    ],
)
def test_an_invalid_entry_is_refused(entries: list[dict[str, Any]], what: str) -> None:
    with pytest.raises(MigrationError) as refused:
        Consumers(entries)
    assert (refused.value.code, refused.value.what) == ("BG336", f"bluegreen_consumers: {what}")


def test_a_refusal_names_each_and_the_word_that_helps() -> None:
    refused = left_behind(Side.BLUE, [_MOVES, _NEW])
    assert refused.code == "BG707"
    assert refused.what.startswith("Blue, which is out of service, still has 2 logical slot(s) of somebody else's")
    assert "orders (pgoutput" in refused.what
    assert "name it in bluegreen_consumers with leave" in refused.todo


def test_an_acceptance_of_the_finding_points_to_where_it_is_said() -> None:
    with pytest.raises(MigrationError) as refused:
        Acceptance.from_parameters({"code": "BG163", "reason": "known"})
    assert refused.value.code == "BG021"
    assert "bluegreen_consumers" in refused.value.todo

# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What green took is read from the messages of its slot, and no row that blue changed is overwritten unasked."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.comparison.pairs import Comparison
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.comparison.verdict import (
    ABSENT,
    CHANGED,
    EXTRA,
    MISSING,
    Reading,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.emergency.changes import (
    read_changes,
    touched_keys,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.emergency.merge import (
    ASK,
    NEWEST,
    OURS,
    THEIRS,
    Fate,
    Row,
    Rule,
    is_newer,
    later,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.emergency.reconciliation import (
    dealt_with,
    sequences_behind,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.errors import MigrationError
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.lanes.positions import lsn_number, lsn_text
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.relations import Column, Table, TableName
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sequences import Sequence
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.service.journal import RECONCILED, Entry
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side

NAME = TableName("public", "shops")
COLUMNS = (Column("id", "integer", generated=False, key=1), Column("name", "text", generated=False, key=0))
TABLE = Table(NAME, "r", NAME, "d", COLUMNS, ("id",))
COMPARISON = Comparison.of(Side.GREEN, TABLE, TABLE)
OPENED = 1000


def _text(text: str) -> bytes:
    return text.encode() + b"\0"


def _row(*values: str | None) -> bytes:
    told = [b"n" if one is None else b"t" + struct.pack("!i", len(one.encode())) + one.encode() for one in values]
    return struct.pack("!h", len(values)) + b"".join(told)


RELATION = (
    b"R" + struct.pack("!I", 7) + _text("public") + _text("shops") + b"d" + struct.pack("!h", 2)
    + b"".join(struct.pack("!b", n == "id") + _text(n) + struct.pack("!Ii", 25, -1) for n in ("id", "name"))
)  # fmt: skip


def _change(kind: str, *parts: bytes) -> bytes:
    return kind.encode() + struct.pack("!I", 7) + b"".join(parts)


def transaction(end: int, *changes: bytes, foreign: bool = False) -> Iterator[bytes]:
    """Yield the messages of one transaction."""
    yield b"B" + struct.pack("!QqI", end - 1, 0, 5)
    if foreign:
        yield b"O" + struct.pack("!Q", 1) + _text("pg_1")
    yield RELATION
    yield from changes
    yield b"C" + struct.pack("!bQQq", 0, end - 1, end, 0)


def inserted(key: str, name: str | None = "x") -> bytes:
    """Return the message of an INSERT."""
    return _change("I", b"N", _row(key, name))


def updated(key: str, name: str = "y", before: str | None = None) -> bytes:
    """Return the message of an UPDATE, of the key as well where ``before`` is given."""
    old = [] if before is None else [b"K", _row(before, None)]
    return _change("U", *old, b"N", _row(key, name))


def deleted(key: str) -> bytes:
    """Return the message of a DELETE."""
    return _change("D", b"K", _row(key, None))


def test_only_what_green_did_itself_after_the_position_counts() -> None:
    messages = [
        *transaction(10, inserted("1")), *transaction(20, inserted("2"), foreign=True),
        *transaction(30, inserted("3"), updated("4"), deleted("5"), updated("7", before="6")),
        *transaction(40, b"T" + struct.pack("!ibI", 1, 0, 7)),
    ]  # fmt: skip
    taken = read_changes(messages, 10)
    assert touched_keys(taken.changes, ("id",)) == {
        ("3",): False, ("4",): True, ("5",): True, ("6",): True, ("7",): False,
    }  # fmt: skip
    assert (taken.emptied, taken.end) == ({NAME}, 40)
    assert taken.changes[0].new == {"id": "3", "name": "x"}
    nothing = read_changes(messages, 40)
    assert (nothing.changes, nothing.emptied, nothing.end) == ([], set(), None)
    assert touched_keys(taken.changes, ("name",)) is None, "an old row tells no more than its key"


def test_positions_are_compared_as_numbers() -> None:
    assert (lsn_text(lsn_number("1/9")), lsn_number("1/0") > lsn_number("0/FFFFFFFF")) == ("1/9", True)
    entry = Entry("shop", Side.BLUE, 2, RECONCILED, "now", details={"ends": {"lane": "A/0"}})
    assert dealt_with([entry], 2, "lane", "9/0") == "A/0"
    others = [replace(entry, epoch=1), replace(entry, side=Side.GREEN), replace(entry, event="phase")]
    assert dealt_with(others, 2, "lane", "9/0") == dealt_with([entry], 2, "other", "9/0") == "9/0"


@dataclass(frozen=True)
class History:
    """What happened to one row: its name before, and the names each side gave it in turn; ``None``: it is not there."""

    before: str | None
    green: list[str | None]
    blue: list[str | None]


NAMES = st.none() | st.sampled_from("abc")
HISTORIES = st.builds(History, NAMES, st.lists(NAMES, min_size=1, max_size=4), st.lists(NAMES, max_size=3))


def messages_of(history: History) -> list[bytes]:
    """Return what green's slot tells of the row."""
    told, now = [], history.before
    for name in history.green:
        if now is None and name is not None:
            told.append(inserted("1", name))
        elif now is not None:
            told.append(deleted("1") if name is None else updated("1", name))
        now = name
    return told


def reading(name: str | None, transaction: int) -> Reading:
    """Return a row as a reader does."""
    return ABSENT if name is None else Reading({(ord(name), transaction): 1}, (1, ord(name)), ("1", name))


@settings(max_examples=500)
@given(HISTORIES, st.sampled_from([ASK, OURS, THEIRS]))
def test_blue_keeps_what_it_changed_unless_somebody_says_so_and_gets_the_rest(history: History, name: str) -> None:
    there = touched_keys(read_changes(transaction(20, *messages_of(history)), 10).changes, ("id",))
    assert there is not None
    final = (history.blue or [history.before])[-1]
    wrote = history.blue and (history.before, *history.blue) != (None,) * (len(history.blue) + 1)
    if not there:
        return
    assert there == {("1",): history.before is not None}
    blue = reading(final, OPENED + 5 if wrote else OPENED - 5)
    row = Row.of(
        COMPARISON, ("1",), was_there=there["1",], green=reading(history.green[-1], 3), blue=blue, opened=OPENED
    )
    fate = Rule(name).decide(row) if row.both else row.fate
    if final == history.green[-1]:
        assert (fate, row.both) == (Fate.EQUAL, False)
    elif not wrote:
        assert fate is Fate.BROUGHT
    elif final is not None or history.before is not None:
        assert fate is {ASK: Fate.UNDECIDED, OURS: Fate.KEPT, THEIRS: Fate.BROUGHT}[name]
    else:
        assert fate is Fate.BROUGHT, "blue made the row and removed it again: nothing of it is left to lose"


@pytest.mark.parametrize(("green", "blue", "kind", "columns"), [
    ("a", None, MISSING, ("id", "name")), (None, "a", EXTRA, ("id", "name")), ("a", "b", CHANGED, ("name",)),
])  # fmt: skip
def test_a_row_is_written_by_what_differs(green: str, blue: str, kind: str, columns: tuple[str, ...]) -> None:
    row = Row.of(COMPARISON, ("1",), was_there=True, green=reading(green, 3), blue=reading(blue, 3), opened=OPENED)
    assert (row.as_repair().kind, row.as_repair().columns, row.key_shown) == (kind, columns, {"id": "1"})
    told = row.as_document()
    assert [told[side] and told[side]["name"] for side in ("green", "blue")] == [green, blue]
    assert "blue" not in row.as_result(), "a result shows no values"


@given(st.integers(0, 2**32 - 1), st.integers(1, 2**31 - 1))
def test_transactions_are_told_apart_where_their_ids_begin_anew(first: int, distance: int) -> None:
    second = (first + distance) % 2**32
    assert (is_newer(second, first), is_newer(first, second), is_newer(first, first)) == (True, False, False)


@pytest.mark.parametrize(("one", "other", "is_later"), [
    ("10", "9", True), ("-2", "-1", False), ("2026-01-02", "2026-01-01", True),
    ("2026-01-01 10:00:00.5+00", "2026-01-01 10:00:00+00", True),
    ("2026-01-01 10:00:00", "2026-01-01 10:00:00.1", False),
    (None, "1", None), ("1", None, None), ("1", "1", None), ("a", "b", None), ("2026-01-01 BC", "2026-01-01", None),
    ("infinity", "2026-01-01", None),
])  # fmt: skip
def test_the_newest_is_told_by_numbers_and_moments_only(one: Any, other: Any, is_later: bool | None) -> None:
    assert later(one, other) is is_later


def test_decisions_come_before_the_rule_and_name_rows_that_are_asked_about() -> None:
    row = Row.of(
        COMPARISON, ("1",), was_there=True, green=reading("a", 3), blue=reading("b", OPENED + 1), opened=OPENED
    )
    given_one = {"table": "public.shops", "key": {"id": 1}, "take": OURS}
    assert Rule.of(THEIRS, "", [given_one], [row]).decide(row) is Fate.KEPT
    assert Rule.of(THEIRS, "", [], [row]).decide(row) is Fate.BROUGHT
    assert Rule.of(NEWEST, "name", [], [row]).decide(row) is Fate.UNDECIDED
    numbered = replace(row, green=replace(row.green, values=("1", "8")), blue=replace(row.blue, values=("1", "7")))
    assert Rule.of(NEWEST, "name", [], [numbered]).decide(numbered) is Fate.BROUGHT
    assert Rule.of(ASK, "", [given_one], []).decisions == {}, "nothing is asked about any more"
    with pytest.raises(MigrationError) as refused:
        Rule.of(ASK, "", [{**given_one, "key": {"id": 2}}], [row])
    assert refused.value.code == "BG771"


def test_sequences_only_go_on() -> None:
    name = TableName("public", "numbers")
    one = Sequence(name, 10, 1, 1, 100, cycles=False)
    down = replace(one, increment=-1)
    assert sequences_behind([one], [replace(one, last=9)]) == [(name, 10)]
    assert sequences_behind([one], [replace(one, last=None)]) == [(name, 10)]
    assert sequences_behind([down], [replace(down, last=11)]) == [(name, 10)]
    for mine in (one, replace(one, last=11), down, replace(one, last=1, maximum=9), replace(one, name=NAME)):
        assert sequences_behind([one], [mine]) == []
    assert sequences_behind([replace(one, last=None)], [one]) == []

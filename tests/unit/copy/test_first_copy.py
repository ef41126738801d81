# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The first copy: pieces that leave out no block, formats, progress, pgoutput, and when a copy may begin."""

from __future__ import annotations

import struct
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.copy.first_copy import (
    BEGUN,
    COPIED,
    COPYING,
    DONE,
    FAILED,
    INDEXES,
    ROWS,
    Chunk,
    ColumnType,
    CopyFacts,
    SourceTable,
    Stage,
    chunks_of,
    copy_line,
    same_in_binary,
    with_busy,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.lanes.link import (
    LaneFacts,
    LaneSpec,
    tables_hold_rows,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.lanes.pgoutput import RowChange, row_changes
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.progress import (
    Backlog,
    drain_line,
    seconds_to_drain,
    size,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.relations import TableName
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.replication.plan import copy_steps
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.waits import Holder
from tests.unit.replication.examples import LIVE, SPEC, WORKER, actions, lane, planned, refused

TABLE = TableName("public", "users")
INTEGER = ColumnType("integer", "b", "pg_catalog", "int4", has_binary=True)


@given(st.integers(0, 1 << 40), st.one_of(st.none(), st.integers(0, 100_000)), st.integers(1, 1 << 30))
def test_pieces_together_are_the_whole_table(total: int, blocks: int | None, most: int) -> None:
    chunks = chunks_of(SourceTable(TABLE, ("id",), is_binary=True, bytes=total, blocks=blocks), most)
    assert chunks[0].first_block is None
    assert chunks[-1].end_block is None
    for before, after in pairwise(chunks):
        assert after.first_block is not None
        assert before.end_block == after.first_block
        assert before.first_block is None or before.first_block < after.first_block
    assert sum(chunk.bytes for chunk in chunks) <= total


def heap(total: int, blocks: int | None) -> SourceTable:
    """Return a table of that many bytes and blocks."""
    return SourceTable(TABLE, ("id",), is_binary=True, bytes=total, blocks=blocks)


def test_a_table_is_cut_at_even_blocks() -> None:
    edges = [(one.first_block, one.end_block) for one in chunks_of(heap(1000, 10), 300)]
    assert edges == [(None, 2), (2, 5), (5, 7), (7, None)]
    assert {one.bytes for one in chunks_of(heap(1000, 10), 300)} == {250}
    assert chunks_of(heap(1000, 2), 500) == [Chunk(TABLE, 500, None, 1), Chunk(TABLE, 500, 1, None)]
    assert len(chunks_of(heap(1000, 3), 10)) == 3, "a block is not cut"


@pytest.mark.parametrize(("total", "blocks", "most"), [(1000, 10, 1000), (1000, None, 10), (1000, 1, 10), (0, 0, 10)])
def test_what_cannot_or_need_not_be_cut_is_one_piece(total: int, blocks: int | None, most: int) -> None:
    assert chunks_of(heap(total, blocks), most) == [Chunk(TABLE, total)]


def test_pieces_have_128_megabytes_and_indexes_come_late_from_8_megabytes_on() -> None:
    piece, late = 128 * 1024 * 1024, 8 * 1024 * 1024
    assert [len(chunks_of(heap(total, 100_000))) for total in (piece, piece + 1)] == [1, 2]
    assert [heap(total, 1).is_late for total in (late, late + 1)] == [False, True]
    assert heap(late + 1, 1).as_row()["late"] is True


def test_the_stages_in_a_journal_keep_their_numbers() -> None:
    assert (ROWS, INDEXES) == (1, 2)
    assert Stage() == Stage(items=0, done=0, bytes=0, bytes_done=0)


def test_binary_only_where_both_sides_read_the_same() -> None:
    assert same_in_binary(INTEGER, INTEGER)
    assert not same_in_binary(INTEGER, ColumnType("bigint", "b", "pg_catalog", "int8", has_binary=True))
    assert not same_in_binary(INTEGER, None)
    assert not same_in_binary(None, INTEGER)
    assert not same_in_binary(None, None)
    for schema, base, has_binary in (
        ("public", "hstore", True),
        ("pg_catalog", "regclass", True),
        ("pg_catalog", "money", True),
        ("pg_catalog", "aclitem", False),
    ):
        one = ColumnType(base, "b", schema, base, has_binary=has_binary)
        assert not same_in_binary(one, one)
    mood = ColumnType("mood", "e", "public", "mood", has_binary=True)
    assert same_in_binary(mood, mood)


def test_a_backlog_is_predicted_and_unknown_stays_unknown() -> None:
    before, now = Backlog(0.0, 3000), Backlog(2.0, 1000)
    assert seconds_to_drain(before, now) == 1.0
    assert seconds_to_drain(now, Backlog(3.0, 2000)) is None
    assert seconds_to_drain(before, Backlog(2.0, None)) is None
    assert "unknown" in drain_line("green", before, Backlog(2.0, None))
    assert "growing" in drain_line("green", now, Backlog(3.0, 2000))
    assert drain_line("green", before, now) == "green is 1000 bytes behind, falling by 1000 bytes/s, about 1 s left"
    assert size(1536) == "1.5 kB"


def _text(value: str) -> bytes:
    return value.encode() + b"\0"


def _column(value: bytes | None) -> bytes:
    return b"n" if value is None else b"t" + struct.pack("!I", len(value)) + value


def test_rows_are_read_from_pgoutput() -> None:
    relation = b"R" + struct.pack("!I", 7) + _text("public") + _text("users") + b"d" + struct.pack("!H", 2)
    relation += b"\1" + _text("id") + struct.pack("!II", 23, 0) + b"\0" + _text("name") + struct.pack("!II", 25, 0)
    row = struct.pack("!H", 2) + _column(b"5") + _column(None)
    messages = [
        b"B" + struct.pack("!QQI", (1 << 32) + 0xAB, 0, 9),
        relation,
        b"I" + struct.pack("!I", 7) + b"N" + row,
        b"U" + struct.pack("!I", 7) + b"K" + row + b"N" + struct.pack("!H", 2) + _column(b"6") + b"u",
        b"D" + struct.pack("!I", 7) + b"K" + row,
        b"U" + struct.pack("!I", 7) + b"N" + row,
        b"T" + struct.pack("!IBI", 1, 0, 7),
        b"C" + struct.pack("!BQQQ", 0, 1, 2, 3),
    ]
    inserted, updated, deleted, kept, emptied = row_changes(messages)
    assert (inserted.kind, inserted.table, inserted.values) == ("insert", TABLE, {"id": "5", "name": None})
    assert (updated.kind, updated.values, updated.commit_lsn) == ("update", {"id": "6"}, "1/AB")
    assert [one.leaves for one in (inserted, updated, deleted, kept)] == [None, {"id": "5"}, {"id": "5"}, {"id": "5"}]
    assert (deleted.kind, deleted.values) == ("delete", {})
    assert (emptied.kind, emptied.table, emptied.leaves) == ("truncate", TABLE, {})


def test_a_row_comes_with_a_change_or_goes_with_it() -> None:
    came = RowChange("update", TABLE, {"id": "5", "name": "b"}, "1/AB", {"id": "5"})
    row: dict[str, str | None] = {"id": "5", "name": "b"}
    assert came.brings(row)
    assert not came.brings({**row, "name": "a"})
    assert came.brings({"id": "5"}), "what an update leaves unchanged is not known"
    assert came.takes({**row, "name": "a"})
    assert not came.takes({**row, "id": "6"})
    gone = RowChange("delete", TABLE, {}, "1/AB", {"id": "5"})
    assert (gone.takes(row), gone.brings(row)) == (True, False)
    assert RowChange("truncate", TABLE, {}, "1/AB", {}).takes(row)
    assert not RowChange("insert", TABLE, row, "1/AB").takes(row)


MADE_BEFORE = LaneFacts(published=SPEC.tables, slot=True, slot_status="reserved", position="16/B374D848")


@pytest.mark.parametrize(
    ("facts", "lsn", "problem"),
    [
        (MADE_BEFORE, "16/B374D847", "rows between would be missing"),
        (MADE_BEFORE, "somewhere", "not a position in the WAL"),
        (LaneFacts(published=SPEC.tables), "16/B374D848", "no publication and slot"),
        (LaneFacts(), "16/B374D848", "no publication and slot"),
        (replace(MADE_BEFORE, slot_status="lost"), "17/0", "rows between would be missing"),
        (replace(MADE_BEFORE, position=None), "17/0", "rows between would be missing"),
    ],
)
def test_a_physical_copy_counts_only_where_the_slot_has_kept_all_since(
    facts: LaneFacts, lsn: str, problem: str
) -> None:
    error = refused(lane(facts), replace(LIVE, copy="none", start_lsn=lsn))
    assert (error.code, error.stands) == ("BG309", "Nothing was changed")
    assert problem in error.what


@pytest.mark.parametrize("lsn", ["16/B374D848", "16/B374D849", "17/0"])
def test_a_slot_begins_where_the_physical_copy_ends(lsn: str) -> None:
    how = replace(LIVE, copy="none", start_lsn=lsn)
    assert planned(lane(MADE_BEFORE), how)[0] == [("begin_at", (SPEC, lsn)), ("subscribe", (SPEC, False))]
    assert actions(lane(), replace(how, start_lsn="0/0")) == [], "one that is subscribed has begun long ago"


@pytest.mark.parametrize(
    ("copy", "title"),
    [
        (None, "copy 2 tables from a snapshot, and subscribe"),
        (replace(WORKER, alive=False), "copy 2 tables from a snapshot anew, and subscribe"),
        (replace(WORKER, phase=DONE, alive=False), "copy 2 tables from a snapshot, and subscribe"),
        (replace(WORKER, phase=FAILED), "copy 2 tables from a snapshot, and subscribe"),
        (WORKER, None),
    ],
)
def test_a_first_copy_is_begun_once_and_again_when_its_worker_has_ended(
    copy: CopyFacts | None, title: str | None
) -> None:
    begun: list[tuple[LaneSpec, ...]] = []
    steps = copy_steps((lane(LaneFacts()), lane()), copy, begun.append)
    assert [step.title for step in steps] == ([title] if title else [])
    for step in steps:
        step.action()
    assert begun == ([(SPEC,)] if title else []), "only the lane that lacks it"
    assert copy_steps((lane(),), copy, begun.append) == []


def test_many_tables_are_counted_and_the_first_five_named() -> None:
    error = tables_hold_rows([f"t{number}" for number in range(7)], Side.GREEN, "mend it")
    assert error.what.startswith("7 tables of green already hold rows (t0, t1, t2, t3, t4):")


HALFWAY = CopyFacts(
    phase=COPYING,
    attempt=1,
    alive=True,
    tables=2,
    bytes=1000,
    streams=2,
    seconds=12.345,
    copy_seconds=10.0,
    stages={ROWS: Stage(4, 2, 1000, 400), INDEXES: Stage(3, 1)},
    bytes_under_way=100,
)


def test_progress_of_a_first_copy_counts_what_is_under_way_and_predicts_the_rest() -> None:
    result = replace(HALFWAY, copy_seconds=30.0).as_result()
    assert (result["bytes_done"], result["bytes_per_second"], result["seconds_left"]) == (500, 16.7, 30.0)
    assert (result["seconds"], result["snapshot_seconds"]) == (12.3, 30.0)
    assert (result["indexes"], result["indexes_done"]) == (3, 1)
    assert copy_line(HALFWAY, {}) == "first copy: 500 bytes of 1000 bytes, 50 bytes/s, about 10 s left"


def test_no_more_is_done_than_there_is() -> None:
    assert replace(HALFWAY, bytes_under_way=2000).bytes_done == 1000
    assert replace(HALFWAY, phase=COPIED, stages={}).bytes_done == 1000
    assert replace(HALFWAY, phase=FAILED).bytes_done == 500


def test_a_rate_is_known_once_bytes_have_taken_time() -> None:
    assert replace(HALFWAY, copy_seconds=0.5).rate == 1000.0
    assert replace(HALFWAY, copy_seconds=0.0).rate is None
    nothing_yet = replace(HALFWAY, stages={ROWS: Stage(4, 0, 1000, 0)}, bytes_under_way=0)
    assert (nothing_yet.rate, nothing_yet.seconds_left) == (None, None)


def test_blue_s_vacuum_is_held_back_only_while_a_living_worker_copies() -> None:
    assert HALFWAY.snapshot_seconds == 10.0
    assert replace(HALFWAY, alive=False).snapshot_seconds is None
    assert replace(HALFWAY, phase=COPIED).snapshot_seconds is None
    assert replace(HALFWAY, phase=COPIED).seconds_left is None


def test_a_copy_has_finished_when_green_subscribes() -> None:
    phases = (BEGUN, COPYING, COPIED, DONE, FAILED)
    assert [phase for phase in phases if replace(HALFWAY, phase=phase).finished] == [DONE]
    assert HALFWAY.error is None


def test_running_copies_are_summed_and_each_table_named_once() -> None:
    rows = [{"bytes": 5, "name": "public.a"}, {"bytes": 2, "name": "public.b"}, {"bytes": 1, "name": "public.a"}]
    assert with_busy(iter(rows)) == (8, ("public.a", "public.b"))
    assert with_busy([]) == (0, ())


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"phase": BEGUN}, "first copy: waiting for its snapshot"),
        ({"phase": BEGUN, "attempt": 2}, "first copy (attempt 2): waiting for its snapshot"),
        ({"stages": {}, "bytes_under_way": 0}, "first copy: 0 bytes of 1000 bytes"),
        ({"phase": COPIED}, "first copy: all 1000 bytes are there, 1 of 3 indexes made"),
        ({"phase": COPIED, "stages": {}}, "first copy: all 1000 bytes are there, 0 of 0 indexes made"),
        ({"phase": DONE}, "first copy: done"),
        ({"phase": DONE, "busy": ("a",)}, "first copy: done; a"),
        ({"phase": DONE, "busy": tuple("abcd")}, "first copy: done; a, b, c, d"),
        ({"phase": DONE, "busy": tuple("abcde")}, "first copy: done; a, b, c, d and more"),
        ({"phase": FAILED, "alive": False}, "first copy: failed; its worker is gone"),
        ({"phase": FAILED, "alive": False, "died": "disk full"}, "first copy: failed; its worker is gone (disk full)"),
    ],
)
def test_its_line_says_where_it_stands(change: dict[str, Any], line: str) -> None:
    assert copy_line(replace(HALFWAY, **change), {}) == line


def test_its_line_names_who_blocks_it_on_each_side() -> None:
    holder = Holder(7, "app", None, None, "active", None, None, "public.users")
    told = copy_line(replace(HALFWAY, phase=DONE), {Side.BLUE: [holder], Side.GREEN: []})
    assert told.startswith("first copy: done; on blue it waits for a lock on public.users, held by pid 7 (app, ")
    assert "green" not in told


def test_nothing_is_under_way_unless_told() -> None:
    told = CopyFacts(COPYING, 1, alive=True, tables=1, bytes=100, streams=1, seconds=1.0, copy_seconds=1.0)
    assert (told.bytes_done, told.rate, told.busy) == (0, None, ())
    assert replace(told, stages={ROWS: Stage(1, 0, 100, 5)}).bytes_done == 5

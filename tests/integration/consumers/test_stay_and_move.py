# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The recipe without any module: a consumer stays on blue, and moves at a marker row before cleanup."""

from __future__ import annotations

import time
import uuid
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
from psycopg2 import sql

from tests.fixtures.chosen import chosen
from tests.fixtures.consumers import CREATE_TABLE, INSERT, TABLE, Consumer, Event, Pgoutput, TestDecoding, Writers
from tests.fixtures.databases import Database
from tests.fixtures.migrations import Pair, PairFactory

_PUBLICATION = "orders_cdc"
_CREATE_SLOT = "SELECT pg_create_logical_replication_slot(%s, %s)"
_LOCAL = "SELECT data FROM pg_logical_slot_peek_changes(%s, NULL, NULL, 'only-local', '1', 'include-xids', '0')"
_ALL = "SELECT data FROM pg_logical_slot_peek_changes(%s, NULL, NULL, 'include-xids', '0')"
_EVERY = f"SELECT id::text, writer, number FROM {TABLE}"


class Side:
    """A side, and the names of its slots, which are unique on a server."""

    def __init__(self, database: Database, migration: str) -> None:
        self.database, self._migration = database, migration

    def name(self, slot: str) -> str:
        return f"{slot}_{self._migration}"

    def create(self, slot: str, plugin: str) -> None:
        self.database.query(_CREATE_SLOT, self.name(slot), plugin)

    def peek(self, slot: str, statement: str) -> list[str]:
        """Return the ids of the ledger that the slot holds, without taking them."""
        lines = [row[0] for row in self.database.query(statement, self.name(slot))]
        return [line.split("'")[1] for line in lines if line.startswith(f"table public.{TABLE}: INSERT")]


def _consume(kind: type[Consumer], side: Side, folder: Path) -> Consumer:
    return kind(side.database, side.name("cdc"), _PUBLICATION, folder / str(side.database.server.major))


def _prepare(made: Pair) -> tuple[Side, Side]:
    for side in (made.blue, made.green):
        side.query(CREATE_TABLE, role="owner")
        side.query(
            sql.SQL("GRANT SELECT, INSERT ON {} TO {}").format(
                sql.Identifier(TABLE), sql.Identifier(side.roles["app"].name)
            )
        )
        side.query(f"CREATE PUBLICATION {_PUBLICATION} FOR TABLE {TABLE}")
    return Side(made.blue, made.migration), Side(made.green, made.migration)


def _write_marker(side: Database) -> str:
    """Write the row at which the consumer moves, as the application would."""
    marker = str(uuid.uuid4())
    side.query(INSERT, marker, 0, 0, role="app")
    return marker


def _up_to(events: list[Event], marker: str) -> list[Event]:
    return events[: [one.id for one in events].index(marker) + 1]


def _after(events: list[Event], marker: str) -> list[Event]:
    return events[[one.id for one in events].index(marker) + 1 :]


def _require_each_once_in_order(events: list[Event], side: Database) -> list[str]:
    """Require every row of the side, each once, and of each writer in its order; return their ids."""
    written = [row[0] for row in side.query(_EVERY)]
    assert Counter(one.id for one in events) == Counter(written)
    for writer in (1, 2, 3):
        numbers = [one.number for one in events if one.writer == writer]
        assert all(earlier < later for earlier, later in pairwise(numbers)), writer
        assert len(numbers) > 100
    return written


@pytest.mark.parametrize("kind", [Pgoutput, TestDecoding])
@pytest.mark.parametrize(("blue_major", "green_major"), chosen([(17, 18), (14, 17), (13, 18)], (17, 18), (14, 17)))
def test_each_event_comes_once_and_in_order_and_the_controls_lose_or_double(
    pair: PairFactory, tmp_path: Path, kind: type[Consumer], blue_major: int, green_major: int
) -> None:
    made = pair(blue_major, green_major)
    blue, green = _prepare(made)
    made.replicate()
    blue.create("cdc", kind.plugin)
    blue.create("left", "test_decoding")  # control: it reads blue's own writes, and then green from too late on
    green.create("early", "test_decoding")  # control: with everything of blue it sees both sides
    first = _consume(kind, blue, tmp_path)
    with Writers((made.blue, made.green), 3):
        time.sleep(1)
        made.succeed("cutover", target="green")
        time.sleep(0.5)
        green.create("late", "test_decoding")
        green.create("cdc", kind.plugin)
        time.sleep(0.3)
        marker = _write_marker(made.green)
        on_blue = _up_to(first.await_event(marker), marker)
        first.stop()
        second = _consume(kind, green, tmp_path)
        time.sleep(1)
    last = _write_marker(made.green)
    events = on_blue + _after(second.await_event(last), marker)
    second.stop()
    written = _require_each_once_in_order(events, made.green)
    assert marker not in blue.peek("left", _LOCAL), "who asks for local changes gets nothing of the way back"
    assert marker in blue.peek("left", _ALL)
    seen_too_late = {*blue.peek("left", _LOCAL), *green.peek("late", _ALL)}
    assert set(written) - seen_too_late, "a slot made after the opening loses what was written before it"
    both = Counter([one.id for one in on_blue] + green.peek("early", _ALL))
    assert [id_ for id_, times in both.items() if times > 1], "who reads both sides gets events twice"
    print(
        f"{blue_major}->{green_major} {kind.plugin}: {len(written)} written, 0 lost, 0 doubled; a late slot lost "
        f"{len(set(written) - seen_too_late)}, both sides doubled {sum(times > 1 for times in both.values())}"
    )


@pytest.mark.parametrize(
    ("blue_major", "green_major", "away"),
    chosen([(17, 18, False), (17, 18, True), (14, 17, False), (14, 17, True), (13, 18, False)], (17, 18, True)),
)
def test_who_stays_on_blue_gets_each_event_once_there_and_back_and_there_again(
    pair: PairFactory, tmp_path: Path, blue_major: int, green_major: int, away: bool
) -> None:
    """``away``: nobody reads the slot before the last switch has ended."""
    made = pair(blue_major, green_major)
    blue, _green = _prepare(made)
    made.replicate()
    blue.create("cdc", Pgoutput.plugin)
    consumer = None if away else _consume(Pgoutput, blue, tmp_path)
    with Writers((made.blue, made.green), 3):
        for target in ("green", "blue", "green"):
            time.sleep(0.7)
            made.succeed("cutover", target=target)
        time.sleep(0.7)
    last = _write_marker(made.green)
    consumer = consumer or _consume(Pgoutput, blue, tmp_path)
    events = consumer.await_event(last)
    consumer.stop()
    _require_each_once_in_order(events, made.green)

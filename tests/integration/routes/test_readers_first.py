# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Readers moved before the writers, as docs/routes.md describes it: between standbys, by a file of their own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side
from ansible_collections.bluegreen.postgresql.plugins.module_utils._embedded.server import LOOPBACK
from tests.fixtures.bouncers import BouncerFactory, PgBouncer
from tests.fixtures.migrations import Pair, PairFactory
from tests.fixtures.standbys import Standby, StandbyFactory
from tests.integration.routes.rigs import bouncer_entry, shown, side_of

_COUNT = """UPDATE "Odd ""Name"."Täble 1" SET note = %s WHERE a = 'a1' AND b = 1"""
_READ = """
SELECT coalesce(nullif(note, 'x')::int, 0), pg_is_in_recovery()
FROM "Odd ""Name"."Täble 1" WHERE a = 'a1' AND b = 1
"""
_OLDEST_SECONDS = 5.0
_PATIENCE_SECONDS = 30.0


@dataclass
class Traffic:
    """A writer that counts in a row, and a reader of it; each in one session that must never break."""

    committed: list[float] = field(default_factory=list)
    seen: list[tuple[float, int, Side, bool]] = field(default_factory=list)
    errors: list[Exception] = field(default_factory=list)

    def count(self, session: Any) -> None:
        """Write the next number."""
        with session.cursor() as cursor:
            cursor.execute(_COUNT, (len(self.committed),))
        self.committed.append(time.monotonic())

    def read(self, session: Any) -> None:
        """Read it, and note where; the side is asked first, and the route may lead elsewhere by the second question."""
        before, side = time.monotonic(), side_of(session)
        with session.cursor() as cursor:
            cursor.execute(_READ)
            number, recovering = cursor.fetchone()
        self.seen.append((before, number, side, recovering))

    def await_reads(self, side: Side, more: int = 50) -> None:
        """Wait until the reader has read there."""
        known, end = len(self.seen), time.monotonic() + _PATIENCE_SECONDS
        while sum(one[2] is side for one in self.seen[known:]) < more:
            assert not self.errors
            assert time.monotonic() < end, f"nothing was read from {side}: {self.seen[-3:]}"
            time.sleep(0.01)

    def oldest(self) -> float:
        """Return by how many seconds the oldest of all reads was out of date."""
        ages = [
            before - self.committed[number + 1] for before, number, _side, _recovering in self.seen
            if number + 1 < len(self.committed)
        ]  # fmt: skip
        return max([0.0, *ages])


@contextmanager
def _traffic(bouncer: PgBouncer, made: Pair) -> Iterator[Traffic]:
    traffic, over = Traffic(), threading.Event()

    def repeat(entry: str, act: Callable[[Any], None]) -> None:
        session = psycopg2.connect(**bouncer.endpoint(entry, made.blue))
        session.autocommit = True
        try:
            while not over.is_set():
                act(session)
                time.sleep(0.002)
        except psycopg2.Error as error:
            traffic.errors.append(error)
        finally:
            session.close()

    writer = threading.Thread(target=repeat, args=("shop", traffic.count))
    writer.start()
    while len(traffic.committed) < 2:
        time.sleep(0.01)
    time.sleep(1.0)  # for the first numbers to reach every standby
    reader = threading.Thread(target=repeat, args=("shop_ro", traffic.read))
    reader.start()
    try:
        yield traffic
    finally:
        over.set()
        writer.join()
        reader.join()


class Readers:
    """The readers' own file, with one beside it for each side, as the page has them."""

    def __init__(self, bouncer: PgBouncer, made: Pair, standbys: dict[Side, Standby]) -> None:
        self._bouncer = bouncer
        self._live: Path = bouncer.folder / "readers.ini"
        for side, standby in standbys.items():
            place = f"host={LOOPBACK} port={standby.server.port} dbname={getattr(made, side).name}"
            self._file(side).write_text(f"[databases]\nshop_ro = {place}\n", encoding="utf-8")
        self._live.write_bytes(self._file(Side.BLUE).read_bytes())
        bouncer.config.write_text(
            f"%include {self._live}\n{bouncer.config.read_text(encoding='utf-8')}", encoding="utf-8"
        )
        bouncer.console("RELOAD")

    def _file(self, side: Side) -> Path:
        return self._bouncer.folder / f"readers.{side}.ini"

    def move(self, side: Side) -> None:
        """Copy the side's file over the live one, and RELOAD: nobody is held."""
        self._live.write_bytes(self._file(side).read_bytes())
        self._bouncer.console("RELOAD")

    def port(self) -> int:
        """Return where PgBouncer leads them."""
        return next(int(row["port"]) for row in shown(self._bouncer, "DATABASES") if row["name"] == "shop_ro")


@pytest.mark.soak
def test_readers_move_between_standbys_without_an_error_and_stay_there_in_the_cutover(
    pair: PairFactory, pgbouncer: BouncerFactory, new_standby: StandbyFactory
) -> None:
    made = pair(alone=True)
    made.replicate()
    standbys = {side: new_standby(getattr(made, side).server) for side in Side}
    bouncer = pgbouncer({"shop": made.blue})
    writers = bouncer_entry(bouncer, made, "shop")
    readers = Readers(bouncer, made, standbys)

    with _traffic(bouncer, made) as traffic:
        for side in (Side.BLUE, Side.GREEN, Side.BLUE, Side.GREEN):
            readers.move(side)
            traffic.await_reads(side)
        made.succeed("cutover", target="green", routes=[writers])
        assert readers.port() == standbys[Side.GREEN].server.port
        traffic.await_reads(Side.GREEN)

    assert traffic.errors == []
    assert all(recovering for _before, _number, _side, recovering in traffic.seen)
    print(f"{len(traffic.seen)} reads, {len(traffic.committed)} writes, oldest {traffic.oldest():.3f} s")
    assert traffic.oldest() < _OLDEST_SECONDS

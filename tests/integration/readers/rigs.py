# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Readers behind a PgBouncer, a standby on each side, a writer that counts, and a reader that never goes back in time
by more than it may."""

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
from tests.live.modules import ModuleProcess

ENTRY = "shop_ro"
QUICK: dict[str, Any] = {"max_lag_seconds": 2.0, "settle": 0.5, "watch": 0.5, "interval": 0.1, "timeout": 20.0}
_COUNT = """UPDATE "Odd ""Name"."Täble 1" SET note = %s WHERE a = 'a1' AND b = 1"""
_READ = """
SELECT coalesce(nullif(note, 'x')::int, 0), pg_is_in_recovery()
FROM "Odd ""Name"."Täble 1" WHERE a = 'a1' AND b = 1
"""
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

    def longest_step_back(self) -> float:
        """Return by how many seconds a read was at most older than the newest one before it."""
        newest, longest = 0, 0.0
        for _before, number, _side, _recovering in self.seen:
            longest = max(longest, self.committed[newest] - self.committed[number])
            newest = max(newest, number)
        return longest


@dataclass
class Readers:
    """A pair whose rows flow both ways, and everything that readers need."""

    pair: Pair
    bouncer: PgBouncer
    standbys: dict[Side, Standby]
    writers: dict[str, Any]
    route: dict[str, Any]

    def parameters(self) -> dict[str, Any]:
        """Return what modules are told of readers."""
        named = {str(side): [{"host": LOOPBACK, "port": one.server.port}] for side, one in self.standbys.items()}
        return {"read_routes": [self.route], "standbys": named}

    def run(self, target: str | None, *, check: bool = False, **more: Any) -> dict[str, Any]:
        """Run the module that moves readers."""
        return self.pair.run("read_traffic", check=check, **self._asked(target, more))

    def begin(self, target: str, **more: Any) -> ModuleProcess:
        """Start it as a process of its own."""
        return ModuleProcess("read_traffic", {**self.pair.ends(), **self._asked(target, more)})

    def _asked(self, target: str | None, more: dict[str, Any]) -> dict[str, Any]:
        asked = {"target": target} if target else {}
        return {**self.parameters(), "routes": [self.writers], **QUICK, **asked, **more}

    def move(self, target: str, **more: Any) -> dict[str, Any]:
        """Run it; it must not fail."""
        result = self.run(target, **more)
        assert not result.get("failed"), result["msg"]
        return result

    def port(self) -> int:
        """Return where PgBouncer leads readers."""
        return shown_port(self.bouncer)

    def side(self) -> Side:
        """Return the side whose standby PgBouncer leads readers to."""
        return next(side for side, one in self.standbys.items() if one.server.port == self.port())

    @contextmanager
    def traffic(self) -> Iterator[Traffic]:
        """Let a writer count and a reader read while the block runs."""
        traffic, over = Traffic(), threading.Event()

        def repeat(entry: str, act: Callable[[Any], None]) -> None:
            session = psycopg2.connect(**self.bouncer.endpoint(entry, self.pair.blue))
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
        reader = threading.Thread(target=repeat, args=(ENTRY, traffic.read))
        reader.start()
        try:
            yield traffic
        finally:
            over.set()
            writer.join()
            reader.join()


def shown_port(bouncer: PgBouncer) -> int:
    """Return where PgBouncer leads readers."""
    return next(int(row["port"]) for row in shown(bouncer, "DATABASES") if row["name"] == ENTRY)


def include_readers(bouncer: PgBouncer, live: Path, blue: str) -> dict[str, Any]:
    """Give readers a file of their own, and return their route; its prepared files are still to be written."""
    live.write_text(f"[databases]\n{ENTRY} = {blue}\n", encoding="utf-8")
    bouncer.config.write_text(f"%include {live}\n{bouncer.config.read_text(encoding='utf-8')}", encoding="utf-8")
    bouncer.console("RELOAD")
    return {
        "type": "pgbouncer",
        "console": bouncer.console_endpoint(),
        "databases": [ENTRY],
        "live_file": str(live),
        "blue_file": str(live.with_name("readers.blue.ini")),
        "green_file": str(live.with_name("readers.green.ini")),
    }


@pytest.fixture(name="readers")
def give_readers(pair: PairFactory, pgbouncer: BouncerFactory, new_standby: StandbyFactory) -> Readers:
    """Give readers on blue's standby, all files prepared."""
    made = pair(alone=True)
    made.replicate()
    standbys = {side: new_standby(getattr(made, side).server) for side in Side}
    bouncer = pgbouncer({"shop": made.blue})
    place = f"host={LOOPBACK} port={standbys[Side.BLUE].server.port} dbname={made.blue.name}"
    route = include_readers(bouncer, bouncer.folder / "readers.ini", place)
    readers = Readers(made, bouncer, standbys, bouncer_entry(bouncer, made, "shop"), route)
    made.succeed("route_files", routes=[readers.writers], **readers.parameters())
    return readers

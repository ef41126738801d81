# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The cost of a failed switch to its clients: killed inside the fence, killed inside PAUSE, or given up."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from statistics import median

import psycopg2
from psycopg2.extensions import make_dsn

from demo.writers import PROBE
from tests.benchmark.contender import PACED, worst_stall, writing
from tests.benchmark.cutover_gaps import OLDER
from tests.benchmark.measure import Measure, Setting
from tests.chaos.steps import OPEN, named, other
from tests.live.migration import LiveMigration
from tests.live.modules import ModuleFailed
from tests.live.stop import Act, Moment, Stop

_INSIDE_FENCE = Stop("drain into green", Moment.BEFORE, Act.KILL)
_INSIDE_PAUSE = Stop("hold the routes", Moment.AFTER, Act.KILL)
_FENCE_LIMIT = 100.0  # milliseconds
_PAUSE_LIMIT = 1000.0
_OPENING_LIMIT = 2000.0
_HOLD_LIMIT = 0.5  # seconds
_UNDO_LIMIT = 100.0  # milliseconds
_WATCHDOG_SECONDS = 30.0
_PATIENCE_SECONDS = 60.0  # for the held transaction, however long the module takes to start
_ID = "SELECT pg_current_xact_id()"
_HELD_WRITE = "INSERT INTO heartbeats (operation_id) VALUES ('held open by the benchmark')"


def measure_kills(setting: Setting) -> Iterator[Measure]:
    """How long until blue's clients write again after SIGKILL of the switch."""
    for route, name, stop, limit in (
        ("multihost", "SIGKILL inside the fence: worst time to the next write", _INSIDE_FENCE, _FENCE_LIMIT),
        ("pgbouncer", "SIGKILL inside PAUSE: worst time to the next write", _INSIDE_PAUSE, _PAUSE_LIMIT),
    ):
        with LiveMigration(route) as migration:
            pauses = [_kill(migration, stop, setting) for _number in range(setting.repetitions)]
        yield Measure(name, max(pauses), "ms", limit)


def measure_kill_of_all(setting: Setting) -> Iterator[Measure]:
    """How long until clients write on the new side when everything except the watchdog is killed past the point of no
    return."""
    with LiveMigration("pgbouncer") as migration:
        pauses = []
        for _number in range(setting.repetitions):
            target = other(migration.info()["in_service"])
            stop = Stop(named(OPEN, target), Moment.BEFORE, Act.KILL)
            pauses.append(_kill(migration, stop, setting, target))
    name = "SIGKILL between the commit of the fence and the opening: worst time to the next write"
    yield Measure(name, max(pauses), "ms", _OPENING_LIMIT)


def measure_failed_tries(setting: Setting) -> Iterator[Measure]:
    """How long a writer stalls when an open transaction makes the switch give up."""
    with LiveMigration("pgbouncer") as migration:
        pooled = migration.environment.dsn
        direct = make_dsn(None, **migration.side("blue").application())
        for name, dsn in (("through PgBouncer", pooled), ("past PgBouncer", direct)):
            stalls, control = zip(
                *(_give_up(migration, dsn, setting) for _n in range(setting.repetitions)), strict=True
            )
            limit = _HOLD_LIMIT * 1000 + _UNDO_LIMIT
            title = f"failed try, open transaction {name}: worst stall of a writer"
            yield Measure(title, max(stalls), "ms", limit, median(control))


def measure_older_failed_tries(setting: Setting) -> Iterator[Measure]:
    """How long a writer stalls when a transaction elsewhere on the new server holds up the way back's slot."""
    with LiveMigration("pgbouncer", majors=OLDER) as migration:
        elsewhere = make_dsn(None, **{**migration.side("green").superuser(), "dbname": "postgres"})
        tries = (_give_up(migration, elsewhere, setting, _ID) for _number in range(setting.repetitions))
        stalls, control = zip(*tries, strict=True)
    title = "failed try, 14 and 18, open transaction elsewhere on the new server: worst stall of a writer"
    yield Measure(title, max(stalls), "ms", _HOLD_LIMIT * 1000 + _UNDO_LIMIT, median(control))


def _kill(migration: LiveMigration, stop: Stop, setting: Setting, target: str = "green") -> float:
    """Return the milliseconds from the kill to the next write of the probe."""
    with writing(migration, PACED) as pool:
        switch = migration.start_switch(target, stop)
        hit = switch.await_hit()
        result = switch.wait()
        if hit is None:
            raise ModuleFailed(f"the switch never came to its step: {result}")
        if not switch.await_nothing_left(_WATCHDOG_SECONDS):
            raise ModuleFailed("the watchdog does not end")
    moments = pool.results().commits[PROBE]
    pause = (next(moment for moment in moments if moment > hit.at) - hit.at) * 1000
    setting.say(f"killed {stop.moment} '{stop.step}': {pause:.0f} ms")
    return pause


def _give_up(migration: LiveMigration, dsn: str, setting: Setting, statement: str = _HELD_WRITE) -> tuple[float, float]:
    """Return the worst stalls of any writer during the attempt and in a window of the same length, in milliseconds."""
    with writing(migration, PACED) as pool:
        with closing(psycopg2.connect(dsn)) as holder, holder.cursor() as cursor:
            cursor.execute(statement)
            started = time.monotonic()
            switch = migration.start_switch("green", hold_limit=_HOLD_LIMIT, max_transaction_seconds=_PATIENCE_SECONDS)
            result = switch.wait()
            ended = time.monotonic()
        if "Everything was undone" not in result.get("msg", ""):
            raise ModuleFailed(f"the switch was not undone: {result}")
        after = time.monotonic()
        time.sleep(ended - started)
        until = time.monotonic()
    results = pool.results()
    stall, calm = worst_stall(results, started, ended) * 1000, worst_stall(results, after, until) * 1000
    setting.say(f"given up: {result['msg'][:110]}…: worst stall {stall:.0f} ms, without a try {calm:.0f} ms")
    return stall, calm

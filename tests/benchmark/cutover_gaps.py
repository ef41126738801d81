# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long writers wait around a switch: behind PgBouncer, without a pooler, at saturation, with many tables."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

from demo.shop import OWNER
from tests.benchmark.contender import SATURATED, Contender, interleaved
from tests.benchmark.measure import Measure, Setting
from tests.live.migration import LiveMigration

_TABLES: dict[int, float] = {1000: 20.0, 5000: 50.0}  # number of further tables: milliseconds by which the gap may grow
OLDER = (14, 18)
_BATCH = 500  # tables per transaction, which holds a lock on each
_MANY_TABLES_SETTINGS = {
    "max_logical_replication_workers": "16",
    "max_sync_workers_per_subscription": "8",
    "max_worker_processes": "24",
    "max_locks_per_transaction": "256",  # pg_restore creates all tables in one transaction (BG113)
}
_MAKE_TABLES = """
DO $$ BEGIN
    FOR number IN {first}..{last} LOOP
        EXECUTE format('CREATE TABLE further_%s (id bigint PRIMARY KEY, what text)', number);
    END LOOP;
END $$
"""


def measure_routes(setting: Setting) -> Iterator[Measure]:
    """PgBouncer and multihost clients at 200 tps, PgBouncer at saturation."""
    with ExitStack() as stack:
        setting.say("preparing a migration for each route")
        pooled, direct = (stack.enter_context(LiveMigration(route)) for route in ("pgbouncer", "multihost"))
        calm = Contender("PgBouncer, 200 tps", pooled)
        full = Contender("PgBouncer, saturation", pooled, SATURATED)
        multihost = Contender("multihost, 200 tps", direct)
        contenders = (calm, full, multihost)
        for turn in interleaved(contenders, setting.repetitions):
            setting.say(turn)
        for contender in contenders:
            setting.say(contender.story())
        yield _gap(calm, calm.control_gap + 25)
        yield _gap(full, calm.control_gap * 8, calm.control_gap)
        yield _gap(multihost, multihost.control_gap + 40)
        yield Measure(f"{calm.name}: errors", calm.all_errors, "errors", 0)
        most = multihost.most_errors_of_a_client
        yield Measure(f"{multihost.name}: most errors of a client in a switch", most, "errors", 1)
        yield from _writes("PgBouncer", calm)
        yield from _writes("multihost", multihost)


def measure_older(setting: Setting) -> Iterator[Measure]:
    """PgBouncer at 200 tps between 14 and 18, where the way back begins inside the switch."""
    with LiveMigration("pgbouncer", majors=OLDER) as migration:
        older = Contender("PgBouncer, 200 tps, 14 and 18", migration)
        for turn in interleaved((older,), setting.repetitions):
            setting.say(turn)
        setting.say(older.story())
        yield _gap(older, older.control_gap + 60)
        yield from _writes("14 and 18", older)


def measure_tables(setting: Setting) -> Iterator[Measure]:
    """The same switch with 1,000 and with 5,000 further tables."""
    with ExitStack() as stack:
        contenders = {}
        for tables in (0, *_TABLES):
            setting.say(f"preparing a migration with {tables} further tables")
            contenders[tables] = Contender(f"{tables} further tables", stack.enter_context(_with_tables(tables)))
        for turn in interleaved(list(contenders.values()), setting.repetitions):
            setting.say(turn)
        for contender in contenders.values():
            setting.say(contender.story())
        for tables, growth in _TABLES.items():
            yield _gap(contenders[tables], contenders[0].gap + growth, contenders[0].gap)
            yield from _writes(contenders[tables].name, contenders[tables])


def _gap(contender: Contender, limit: float, baseline: float | None = None) -> Measure:
    compared = contender.control_gap if baseline is None else baseline
    return Measure(f"{contender.name}: median longest gap", contender.gap, "ms", limit, compared)


def _writes(name: str, contender: Contender) -> Iterator[Measure]:
    verdict = contender.verdict()
    yield Measure(f"{name}: acknowledged writes missing", verdict.missing, "writes", 0)
    yield Measure(f"{name}: writes doubled", verdict.doubled, "writes", 0)


def _with_tables(tables: int) -> LiveMigration:
    def make(migration: LiveMigration) -> None:
        for first in range(1, tables + 1, _BATCH):
            migration.execute("blue", f"SET ROLE {OWNER}", _MAKE_TABLES.format(first=first, last=first + _BATCH - 1))

    return LiveMigration("pgbouncer", make, _MANY_TABLES_SETTINGS)

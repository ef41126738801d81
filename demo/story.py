# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole story: writers that never stop, every phase of the migration under them, and the ledger's verdict."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg2
from psycopg2.extensions import make_dsn

from demo.client import Comparison, compare, read_figures
from demo.environment import DemoEnvironment
from demo.ledger_check import Verdict, hold_against
from demo.ledger_self_test import self_test
from demo.playbooks import PlaybookResult
from demo.progress import Progress
from demo.shop import ShopSide
from demo.writers import PROBE, WriterPool, WriterResults

SWITCHES = ("cutover", "rollback")
PHASES = ("prepare", "setup", "replicate", "sync", "cutover", "rollback", "cutover", "monitor", "cleanup")
# Metrics are read by monitor, so it looks after each phase that changes them.
PHASES_WATCHED = tuple(
    one for name in PHASES for one in ((name, "monitor") if name in ("sync", "cutover", "rollback") else (name,))
)
# So that the writers have commits before and after the first and the last phase.
_CALM_SECONDS = 1.0


@dataclass(frozen=True)
class Proof:
    """What the ledger says about the side in service. `self_tests`: whether it turned red for each planted fault."""

    side: ShopSide
    verdict: Verdict
    self_tests: Mapping[str, bool]

    @property
    def holds(self) -> bool:
        """Whether nothing is missing or doubled, and the ledger would have found that."""
        return self.verdict.clean and all(self.self_tests.values())


@dataclass(frozen=True)
class Ending:
    """How a story ended. `phases`: in the order of their runs; the last one may have failed. `measured`: the gaps that
    the collection's own client saw of each switch, beside the ledger's."""

    phases: Sequence[PlaybookResult]
    writers: WriterResults
    proof: Proof
    measured: Sequence[Comparison] = ()

    @property
    def succeeded(self) -> bool:
        """Whether every phase succeeded, no write was lost, and the writers saw no error that a retry does not cure."""
        return all(phase.succeeded for phase in self.phases) and self.proof.holds and not self.writers.fatal_errors


@contextmanager
def writing(environment: DemoEnvironment) -> Iterator[WriterPool]:
    """Keep writers at work through the application's route; at the end they have stopped."""
    pool = WriterPool(environment.dsn, environment.ledger)
    try:
        pool.start()
        pool.wait_until_writing()
        yield pool
    finally:
        pool.stop()


def prove(environment: DemoEnvironment) -> Proof:
    """Compare the ledger with the side in service, then check that it finds faults planted there. Writers have stopped.

    Raises LedgerError when the ledger proves nothing.
    """
    side = environment.side_in_service()
    with closing(psycopg2.connect(make_dsn(None, **side.superuser()))) as connection:
        return Proof(side, hold_against(connection, environment.ledger), self_test(connection, environment.ledger))


@contextmanager
def staged(
    folder: Path, route: str, majors: tuple[int, int], progress: Progress, *, metrics: bool = False
) -> Iterator[DemoEnvironment]:
    """Give the environment with both servers and the shop on blue. Raises as entering a DemoEnvironment does."""
    environment = DemoEnvironment(folder, route, majors, metrics=metrics)
    with ExitStack() as stack:
        with progress.step(f"PostgreSQL {' and '.join(map(str, sorted(set(majors))))}"):
            environment.fetch()
        with progress.step(f"blue with a shop of 305,000 rows, green without, route: {route}"):
            stack.enter_context(environment)
        yield environment


def tell(environment: DemoEnvironment, progress: Progress) -> Ending:
    """Run all phases one after the other, up to the first that fails, under writers; then prove."""
    phases: list[PlaybookResult] = []
    with writing(environment) as pool:
        time.sleep(_CALM_SECONDS)
        for name in PHASES if environment.prometheus is None else PHASES_WATCHED:
            with progress.step(f"ansible-playbook bluegreen.postgresql.{name}"):
                phases.append(environment.run_playbook(name, *(environment.measuring() if name in SWITCHES else [])))
            if not phases[-1].succeeded:
                break
        time.sleep(_CALM_SECONDS)
    with progress.step("holding the ledger against the side in service"):
        results = pool.results()
        since_1970 = time.time() - time.monotonic()
        commits = [at + since_1970 for at in results.commits[PROBE]]
        measured = compare(read_figures(environment.reports), commits)
        return Ending(phases, results, prove(environment), measured)

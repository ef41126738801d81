# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m tests.chaos --runs N [--seed S]`: switches that are hit at each step, with writers on both sides.

A run goes there and back, and hits both switches at the same step. The routes run in parallel. Progress goes to
standard error, the matrix to standard output; exit status 1 when a planned cell stayed empty or anything is wrong.
"""

from __future__ import annotations

import argparse
import signal
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack
from threading import Event, Lock

from tests.chaos.evidence import INDEX, SETTINGS
from tests.chaos.faults import FAULTS, ROUTES
from tests.chaos.matrix import Cell, Matrix, Run, cells, plan
from tests.chaos.steps import other, unknown_steps
from tests.chaos.trial import Ending, run_trial
from tests.live.migration import LiveMigration

_MAKING = Lock()  # one thread's half-created files must not look like a killed run's leftovers to another


class Stage:
    """The migration of one route, created when first needed and recreated after a trial that went wrong."""

    def __init__(self, route: str) -> None:
        self._route = route
        self._standing: tuple[LiveMigration, ExitStack] | None = None
        self._trials = 0

    def play(self, run: Run) -> list[Ending]:
        """Hit both switches of a run; if the first goes wrong, the second is skipped."""
        migration = self._migration()
        target = other(migration.info()["in_service"])
        endings: list[Ending] = []
        for way, towards in enumerate((target, other(target))):
            self._trials += 1
            folder = migration.environment.folder / f"ledger-{self._trials}"
            endings.append(run_trial(migration, run.place(way, towards), folder))
            if not endings[-1].clean:
                self.close()
                break
        return endings

    def close(self) -> None:
        """End it."""
        if self._standing is not None:
            self._standing[1].close()
            self._standing = None

    def _migration(self) -> LiveMigration:
        if self._standing is None:
            stack = ExitStack()
            with _MAKING:
                migration = LiveMigration(self._route, lambda one: one.execute("blue", INDEX), SETTINGS)
                self._standing = (stack.enter_context(migration), stack)
            for target in ("green", "blue"):
                if unknown := unknown_steps(migration.switch(target), target):
                    raise SystemExit(f"The matrix and the switch differ in these steps: {sorted(unknown)}")
        return self._standing[0]


class Play:
    """All runs, those of each route in its own thread; `stop` ends them after the current trials."""

    def __init__(self, runs: Sequence[Run], matrix: Matrix) -> None:
        self._runs = runs
        self._matrix = matrix
        self._stopped = Event()

    def perform(self) -> None:
        """Play them to their end."""
        routes = sorted({run.cell.route for run in self._runs})
        with ThreadPoolExecutor(len(routes)) as threads:
            playing = [threads.submit(self._play_route, route) for route in routes]
            try:
                for one in as_completed(playing):
                    one.result()
            finally:
                self._stopped.set()

    def _play_route(self, route: str) -> None:
        stage = Stage(route)
        try:
            for run in self._runs:
                if run.cell.route == route and not self._stopped.is_set():
                    for ending in stage.play(run):
                        self._matrix.add(run.cell, ending)
                        _tell(run, ending)
        finally:
            stage.close()


def main(argv: Sequence[str]) -> int:
    """Run them all and return the exit status."""
    arguments = _parse(argv)
    runs = list(plan([cell for cell in cells() if _wanted(cell, arguments)], arguments.runs, arguments.seed))
    matrix = Matrix([run.cell for run in runs])
    print(f"{len(runs)} runs, seed {arguments.seed}", file=sys.stderr)
    Play(runs, matrix).perform()
    print(matrix.render())
    return 0 if matrix.holds else 1


def _wanted(cell: Cell, arguments: argparse.Namespace) -> bool:
    return cell.fault.name in arguments.fault and cell.route in arguments.route


def _tell(run: Run, ending: Ending) -> None:
    mark = "clean" if ending.clean else "WRONG" if ending.hit else "MISSED"
    head = f"run {run.number} {run.cell.route} to {ending.place.target}: {ending.place}"
    print(
        f"{mark:<7}{head}; {ending.stall * 1000:.0f} ms without a write", *ending.wrong, sep="\n    ", file=sys.stderr
    )


def _parse(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--runs", type=int, default=20, help="default: %(default)s")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="repeats what an earlier run did")
    parser.add_argument("--fault", action="append", choices=FAULTS, help="only these; default: all")
    parser.add_argument("--route", action="append", choices=ROUTES, help="only these; default: all")
    arguments = parser.parse_args(argv)
    arguments.fault = arguments.fault or list(FAULTS)
    arguments.route = arguments.route or list(ROUTES)
    return arguments


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    sys.exit(main(sys.argv[1:]))

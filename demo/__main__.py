# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m demo`: the whole demonstration; `up`: everything except the phases; `self-test`: only the ledger."""

from __future__ import annotations

import argparse
import shlex
import signal
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NoReturn

import psycopg2

from ansible_collections.bluegreen.postgresql.plugins.module_utils._embedded.commands import EmbeddedServerError
from demo.commands import PROJECT
from demo.environment import DemoEnvironment, DemoEnvironmentError
from demo.ledger import LedgerError
from demo.listener import ListenerError
from demo.progress import Progress
from demo.routes import ROUTES, default_route
from demo.shop import ShopError
from demo.story import PHASES, prove, tell, writing
from demo.table import render, render_proof
from demo.writers import WriterPoolError

WORK_FOLDER = PROJECT / ".work" / "demo"
_SELF_TEST_SECONDS = 2.0
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_EXPECTED_FAILURES = (
    DemoEnvironmentError,
    EmbeddedServerError,
    LedgerError,
    ListenerError,
    ShopError,
    WriterPoolError,
    psycopg2.Error,
)


class InterruptedBySignal(BaseException):
    """Ctrl-C or a similar signal; handlers on the way out clean up. `number`: the signal's."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def run_demo(environment: DemoEnvironment, progress: Progress) -> bool:
    """Migrate the shop back and forth, print the table, and return whether everything went well."""
    ending = tell(environment, progress)
    failed = next((phase for phase in ending.phases if not phase.succeeded), None)
    if failed is not None:
        progress.say(f"\n{failed.tail}\n\nbluegreen.postgresql.{failed.name} failed; all of its output: {failed.log}")
    progress.say(f"\n{render(ending)}")
    for runbook in environment.reports.glob("*/runbook.md"):
        progress.say(f"\nrunbook: {runbook}")
    progress.say(f"logs:    {environment.folder / 'logs'}")
    return ending.succeeded


def stay_up(environment: DemoEnvironment, progress: Progress) -> bool:
    """Keep servers and writers running until Ctrl-C, then compare the ledger with the side in service."""
    with writing(environment):
        progress.say(f"\nWriters are at work. In another terminal:\n\n  . {environment.environment_script}")
        for phase in dict.fromkeys(PHASES):
            progress.say(f"  {shlex.join(environment.playbooks.command(phase))}")
        progress.say("\nCtrl-C stops the writers and holds the ledger against the side in service.")
        _wait_for_signal()
    return _prove(environment, progress)


def run_self_test(environment: DemoEnvironment, progress: Progress) -> bool:
    """Write for a moment, then let the ledger find planted faults."""
    with writing(environment), progress.step("writers at work"):
        time.sleep(_SELF_TEST_SECONDS)
    return _prove(environment, progress)


COMMANDS: dict[str, Callable[[DemoEnvironment, Progress], bool]] = {
    "run": run_demo,
    "up": stay_up,
    "self-test": run_self_test,
}


def main(argv: Sequence[str]) -> int:
    """Return 0 when everything went well, 1 when not, 128 plus the signal's number after a signal."""
    arguments = _parse(argv)
    for number in _SIGNALS:
        signal.signal(number, _interrupt)
    progress = Progress(sys.stdout)
    try:
        return 0 if _run(arguments, progress) else 1
    except InterruptedBySignal as interrupted:
        progress.say("\nInterrupted; nothing was left running.")
        return 128 + interrupted.number
    except _EXPECTED_FAILURES as error:
        progress.say(f"\n{error}")
        return 1


def _parse(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m demo", description=__doc__)
    parser.add_argument("command", nargs="?", choices=COMMANDS, default="run")
    parser.add_argument("--route", choices=ROUTES, default=default_route(), help="default: %(default)s")
    parser.add_argument("--folder", type=Path, default=WORK_FOLDER, help="emptied first; default: %(default)s")
    return parser.parse_args(argv)


def _run(arguments: argparse.Namespace, progress: Progress) -> bool:
    environment = DemoEnvironment(arguments.folder, arguments.route)
    with ExitStack() as stack:
        with progress.step("PostgreSQL 17 and 18"):
            environment.fetch()
        with progress.step(f"blue with a shop of 305,000 rows, green without, route: {arguments.route}"):
            stack.enter_context(environment)
        return COMMANDS[arguments.command](environment, progress)


def _prove(environment: DemoEnvironment, progress: Progress) -> bool:
    proof = prove(environment)
    progress.say(f"\n{render_proof(proof)}")
    return proof.holds


def _wait_for_signal() -> None:
    try:
        while True:
            time.sleep(3600)
    except InterruptedBySignal:
        return


def _interrupt(number: int, _frame: object) -> NoReturn:
    # A second Ctrl-C must not interrupt the cleanup.
    for each in _SIGNALS:
        signal.signal(each, signal.SIG_IGN)
    raise InterruptedBySignal(number)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

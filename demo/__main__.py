# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m demo`: the whole demonstration; `up`: everything except the phases; `self-test`: only the ledger; `pairs`:
the whole demonstration with each pair of versions."""

from __future__ import annotations

import argparse
import shlex
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.versions import majors_of
from demo.commands import PROJECT
from demo.dashboard import drawn_since, fired_since, marks_since, render_dashboard
from demo.environment import DemoEnvironment
from demo.pairs import EXPECTED_FAILURES, every_pair, parse_pairs, tell_pairs
from demo.progress import Progress
from demo.routes import ROUTES, default_route
from demo.story import PHASES, SWITCHES, prove, staged, tell, writing
from demo.table import render, render_failed, render_proof

PAIRS = "pairs"
WORK_FOLDER = PROJECT / ".work" / "demo"
PAIRS_FOLDER = PROJECT / ".work" / "pairs"
_SELF_TEST_SECONDS = 2.0
_SWITCHES = sum(name in SWITCHES for name in PHASES)
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class InterruptedBySignal(BaseException):
    """Ctrl-C or a similar signal; handlers on the way out clean up. `number`: the signal's."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def run_demo(environment: DemoEnvironment, progress: Progress) -> bool:
    """Migrate the shop back and forth, print the table, and return whether everything went well."""
    begun = time.time()
    ending = tell(environment, progress)
    if failed := render_failed(ending):
        progress.say(failed)
    progress.say(f"\n{render(ending)}")
    for runbook in environment.reports.glob("*/runbook.md"):
        progress.say(f"\nrunbook: {runbook}")
    progress.say(f"logs:    {environment.folder / 'logs'}")
    return ending.succeeded and _looked_at(environment, begun, progress)


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
    except EXPECTED_FAILURES as error:
        progress.say(f"\n{error}")
        return 1


def _parse(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m demo", description=__doc__)
    parser.add_argument("command", nargs="?", choices=[*COMMANDS, PAIRS], default="run")
    parser.add_argument("--route", choices=ROUTES, default=default_route(), help="default: %(default)s")
    parser.add_argument("--blue", type=int, choices=majors_of(Side.BLUE), default=17, help="default: %(default)s")
    parser.add_argument("--green", type=int, choices=majors_of(Side.GREEN), default=18, help="default: %(default)s")
    parser.add_argument("--metrics", action="store_true", help="a Prometheus watches; its dashboard's queries are run")
    parser.add_argument("--pair", type=parse_pairs, default=every_pair(), help="of pairs: 14-17,13-18; default: all")
    parser.add_argument("--folder", type=Path, help="emptied first; default: .work/demo, .work/pairs")
    return parser.parse_args(argv)


def _run(arguments: argparse.Namespace, progress: Progress) -> bool:
    folder: Path = arguments.folder or (PAIRS_FOLDER if arguments.command == PAIRS else WORK_FOLDER)
    if arguments.command == PAIRS:
        return tell_pairs(arguments.pair, folder, arguments.route, progress)
    with staged(
        folder, arguments.route, (arguments.blue, arguments.green), progress, metrics=arguments.metrics
    ) as environment:
        return COMMANDS[arguments.command](environment, progress)


def _looked_at(environment: DemoEnvironment, begun: float, progress: Progress) -> bool:
    """Tell what Prometheus saw, if there is one; return whether no panel is empty, each switch marked, no alert
    fired."""
    if environment.prometheus is None:
        return True
    panels, alerts = drawn_since(environment.prometheus, begun), fired_since(environment.prometheus, begun)
    marks = marks_since(environment.prometheus, begun)
    progress.say(f"\n{render_dashboard(panels, marks, alerts)}")
    return marks == _SWITCHES and not (alerts or any(panel.is_empty for panel in panels))


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

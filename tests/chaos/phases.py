# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m tests.chaos.phases --runs N [--seed S]`: each phase's playbook is killed at a random time and run again.

A run is one migration of the demo's shop under writers. In each phase everything that it has started is killed with
SIGKILL; then it must succeed, and once more change nothing; in the end the ledger is compared with the side in service.
Exit status 1 when anything is wrong.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from demo.commands import PROJECT
from demo.environment import DemoEnvironment
from demo.story import prove, writing
from tests.live.modules import PlaybookProcess

_PHASES = ("prepare", "setup", "replicate", "sync", "monitor", "cutover", "cleanup", "archive")
# The switch has its own matrix; here it only leads from one phase to the next.
_SPARED = ("cutover",)
_LONGEST_SECONDS = 8.0
_END_SECONDS = 20.0
_ROOT = PROJECT / ".work" / "live"


def main(argv: Sequence[str]) -> int:
    """Run them all and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.phases", description=__doc__)
    parser.add_argument("--runs", type=int, default=3, help="default: %(default)s")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="repeats what an earlier run did")
    arguments = parser.parse_args(argv)
    chance = random.Random(arguments.seed)
    print(f"{arguments.runs} migrations, seed {arguments.seed}", file=sys.stderr)
    wrong = [line for _number in range(arguments.runs) for line in _migrate(chance)]
    print(*wrong or [f"every phase of {arguments.runs} migrations converged after its kill"], sep="\n")
    return 1 if wrong else 0


def _migrate(chance: random.Random) -> list[str]:
    _ROOT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="phases-", dir=_ROOT) as scratch:
        Path(scratch).chmod(0o755)
        with DemoEnvironment(Path(scratch), "multihost") as environment:
            with writing(environment):
                for phase in _PHASES:
                    wrong = _play(environment, phase, chance, ("-e", f"bluegreen_archive_dir={scratch}/archive"))
                    if wrong:
                        return [wrong]
            verdict = prove(environment).verdict
            return [] if verdict.clean else [f"the ledger is red: {verdict}"]


def _play(environment: DemoEnvironment, phase: str, chance: random.Random, extra: Sequence[str]) -> str | None:
    """Kill a phase, and run it twice; return what is wrong."""
    when = "not killed"
    if phase not in _SPARED:
        after = chance.uniform(0.0, _LONGEST_SECONDS)
        killed = _kill(environment, phase, after, extra)
        when = f"killed after {after:.2f} s" if killed else f"ended before {after:.2f} s"
    print(f"{phase}: {when}", file=sys.stderr)
    again = environment.run_playbook(phase, *extra)
    if not again.succeeded:
        return f"{phase}, {when}: the same command again failed:\n{again.tail}"
    third = environment.run_playbook(phase, *extra)
    if not third.succeeded or third.changed != 0:
        return f"{phase}, {when}: once more it changed {third.changed}:\n{third.tail}"
    return None


def _kill(environment: DemoEnvironment, phase: str, after: float, extra: Sequence[str]) -> bool:
    """Run a phase, and kill all that it has started; tell whether it was still running."""
    playbooks = environment.playbooks
    running = PlaybookProcess(playbooks.command(phase, *extra), playbooks._full_environment())
    time.sleep(after)
    hit = running.process.poll() is None
    running.kill()
    for started in running.left_running():
        with suppress(ProcessLookupError):  # it has ended meanwhile
            os.kill(started, signal.SIGKILL)
    running.wait()
    if not running.await_nothing_left(_END_SECONDS):
        raise SystemExit(f"{phase} has left processes that still run {_END_SECONDS:g} s after they were killed")
    return hit


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    sys.exit(main(sys.argv[1:]))

# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m tests.attack --minutes M [--kind K] [--seed S]`: whole migrations in a row, each beside an attacker.

Each migration has its own servers. Progress goes to standard error, the result to standard output; exit status 1 when
anybody gained a privilege, or anything was lost, hung or broke.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from demo.commands import PROJECT
from tests.attack.attacks import Kind
from tests.attack.field import new_field
from tests.attack.journey import Journey, Report, phases

# The versions of both servers, and whether the migrator is a superuser there.
PAIRS = (((15, 17), True), ((17, 18), False), ((14, 16), True), ((18, 18), False), ((17, 18), True), ((16, 17), False))
_LAST_STATEMENTS = 60


@dataclass
class Total:
    """All migrations of one run."""

    migrations: int = 0
    wrong: int = 0
    attacks: int = 0
    acknowledged: int = 0
    by_hand: int = 0
    unavoidable: int = 0
    stranded: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    unnamed: Counter[str] = field(default_factory=Counter)

    def add(self, report: Report) -> None:
        """Count one migration."""
        self.migrations += 1
        self.wrong += bool(report.wrong)
        self.attacks += report.attacks
        self.acknowledged += report.acknowledged
        self.by_hand += report.by_hand
        self.unavoidable += report.unavoidable
        self.stranded.update(report.stranded)
        self.codes.update(report.codes)
        self.unnamed.update(report.unnamed)

    def render(self) -> str:
        """Return it as text."""
        lines = [
            f"{self.migrations} migrations, {self.wrong} of them with a violation, {self.attacks} attacks",
            f"{self.acknowledged} acknowledged writes, and {self.by_hand} that passed a fence by their owner's hand",
            f"{self.unavoidable} runs of planted code by apply workers before 16, which are superusers",
            "how modules ended: " + ", ".join(f"{code} {times}" for code, times in self.codes.most_common()),
        ]
        lines += [f"stopped for good, {times} times: {text}" for text, times in self.stranded.most_common()]
        lines += [f"BG011, {times} times: {text}" for text, times in self.unnamed.most_common(10)]
        return "\n".join(lines)


def play(kind: Kind, pair: tuple[tuple[int, int], bool], seed: str) -> Report:
    """Play one migration."""
    majors, as_superuser = pair
    root = PROJECT / ".work" / "tests" / str(os.getpid())  # a later run of the tests removes it when this one is killed
    root.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="attack-", dir=root) as name,
        new_field(kind, majors, _open_to_all(Path(name)), as_superuser=as_superuser) as where,
    ):
        journey = Journey(where, seed)
        report = journey.travel(phases(str(where.green.server.pg_bin)))
        if report.wrong:
            print(*report.wrong, *report.runs, *list(journey.attacker.done)[-_LAST_STATEMENTS:], sep="\n    ")
    return report


def _open_to_all(folder: Path) -> Path:
    folder.chmod(0o755)
    return folder


def main(argv: Sequence[str]) -> int:
    """Play until the time is up and return the exit status."""
    arguments = _parse(argv)
    end, totals = time.monotonic() + arguments.minutes * 60, {kind: Total() for kind in arguments.kind}
    for number in count(arguments.first):
        kind = arguments.kind[number % len(arguments.kind)]
        pair = PAIRS[number // len(arguments.kind) % len(PAIRS)]
        seed, began = f"{arguments.seed}/{number}", time.monotonic()
        report = play(kind, pair, seed)
        totals[kind].add(report)
        mark = "WRONG" if report.wrong else "clean"
        told = f"{report.attacks} attacks, {report.acknowledged} writes, {dict(report.codes)}"
        print(*report.runs, sep="\n", file=sys.stderr)
        print(f"{mark} {seed} {kind} {pair}: {time.monotonic() - began:.0f} s, {told}", file=sys.stderr, flush=True)
        if time.monotonic() > end:
            break
    for kind, total in totals.items():
        print(f"{kind}, seed {arguments.seed}:", total.render(), sep="\n", flush=True)
    return 1 if any(total.wrong for total in totals.values()) else 0


def _parse(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.attack", description=__doc__)
    parser.add_argument("--minutes", type=float, default=20.0, help="of all kinds together; default: %(default)s")
    parser.add_argument("--kind", action="append", type=Kind, choices=list(Kind), help="only these; default: all")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="repeats what an earlier run drew")
    parser.add_argument("--first", type=int, default=0, help="number of the migration to begin with")
    arguments = parser.parse_args(argv)
    arguments.kind = arguments.kind or list(Kind)
    return arguments


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    sys.exit(main(sys.argv[1:]))

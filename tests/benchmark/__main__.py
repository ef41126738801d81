# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m tests.benchmark [NAME]`: one line of JSON per measure on standard output, progress on standard error.

Exit status 1 when a measure does not hold.
"""

from __future__ import annotations

import argparse
import signal
import sys
import time
from collections.abc import Sequence

from tests.benchmark.measure import Setting
from tests.benchmark.registry import names, parts_of


def main(argv: Sequence[str]) -> int:
    """Run the requested benchmarks and return the exit status."""
    arguments = _parse(argv)
    if arguments.list:
        print(*names(), sep="\n")
        return 0
    started = time.monotonic()

    def say(text: str) -> None:
        print(f"{time.monotonic() - started:7.1f} s  {text}", file=sys.stderr, flush=True)

    all_hold = True
    for name, part in parts_of(arguments.name):
        say(name)
        for measure in part(Setting(arguments.switches, say)):
            print(measure.as_line(), flush=True)
            all_hold = all_hold and measure.holds
    return 0 if all_hold else 1


def _parse(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmark", description=__doc__)
    parser.add_argument("name", nargs="?", choices=names(), help="a benchmark or one part of it; default: all")
    parser.add_argument("--list", action="store_true", help="list the names and do nothing")
    parser.add_argument("--switches", type=int, default=10, help="of each contender, there and back; default: 10")
    return parser.parse_args(argv)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    sys.exit(main(sys.argv[1:]))

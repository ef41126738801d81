# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mutates the pure core, one of cosmic-ray's operators at a time, and lists the mutants that no unit test notices.

cosmic-ray's own runner restarts pytest for each mutant, which takes three seconds. Here a process that has collected
the tests is forked, gives the changed function its new code where it stands, and runs only the tests that reach the
changed line. For what is no function, such as a constant, it imports everything anew.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections import Counter
from contextlib import redirect_stdout
from pathlib import Path
from typing import TextIO

import pytest

from . import DOMAIN
from .equivalent import named_as_equivalent
from .forks import in_a_fork
from .in_place import bodies_of, functions_by_file
from .mutants import mutants_of
from .trial import Trial
from .unit_tests import Collected, collect, is_measured, seconds_of_tests, tests_by_line


def _paths(names: list[str]) -> list[Path]:
    """Return the files of these names, or of these folders, or all."""
    return sorted(path for path in DOMAIN.rglob("*.py") if not names or {path.stem, path.parent.name} & set(names))


def _count(collected: Collected, names: list[str], told: TextIO) -> int:
    if not is_measured(collected.tests):
        print("Which tests reach which lines?", file=told, flush=True)
        if in_a_fork(collected.measure) != pytest.ExitCode.OK:
            print("The unit tests fail", file=told)
            return 1
    took = seconds_of_tests()
    known = {(one["file"], one["before"], one["after"]) for one in named_as_equivalent()}
    total: Counter[str] = Counter()
    functions = functions_by_file()
    gc.freeze()  # a fork then copies less
    for path in _paths(names):
        counted = Counter[str]()
        reached = tests_by_line(path, collected.tests)
        trial = Trial(collected, path, took, reached, functions.get(path, []), bodies_of(path))
        for mutant in mutants_of(path):
            equivalent = (str(path.relative_to(DOMAIN)), mutant.before, mutant.after) in known
            lives = not equivalent and trial.survives(mutant)
            counted["equivalent" if equivalent else "survived" if lives else "killed"] += 1
            if lives:
                print(f"  {mutant}", file=told, flush=True)
        print(f"{path.relative_to(DOMAIN)}: {dict(counted)}", file=told, flush=True)
        total += counted
    print(f"all: {dict(total)}", file=told)
    return int(total["survived"] * 20 > total.total())


def main(names: list[str], tests: list[str]) -> int:
    """Try the files of these names, or all; return 1 if more than a twentieth of the mutants survive."""
    told = sys.stdout
    with open(os.devnull, "w", encoding="utf-8") as nowhere, redirect_stdout(nowhere):  # noqa: PTH123
        return collect(tests, lambda collected: _count(collected, names, told))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="files of _domain, without .py, or folders")
    parser.add_argument("--tests", nargs="*", default=["tests/unit"], help="the tests that may notice")
    asked = parser.parse_args()
    sys.exit(main(asked.names, asked.tests))

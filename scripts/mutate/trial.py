# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the unit tests notice a mutant."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from types import FunctionType

import pytest

from .forks import in_a_fork
from .in_place import swap
from .mutants import Mutant
from .unit_tests import Collected, run_anew

_CPU_SECONDS = 5  # of a mutant, beside four times what its tests take of the file as it is
_SLOW = 0.1  # a test of so many seconds is not among the first
_NOTHING_SWAPPED = 78  # how pytest never ends


@dataclass(frozen=True)
class Trial:
    """Whether the tests notice mutants of one file."""

    collected: Collected
    path: Path
    took: dict[str, float]
    reached: dict[int, set[str]]
    functions: list[FunctionType]
    bodies: list[range]
    sound: set[frozenset[str]] = field(default_factory=set)

    def survives(self, mutant: Mutant) -> bool:
        """Tell whether the tests pass that reach the change, or the file where none reaches that line.

        :raises RuntimeError: if they fail on the file as it is
        """
        own = f"/test_{self.path.stem}.py"
        reaching = self._reaching(mutant.line)
        tests = reaching or self.reached[0] | {one for one in self.collected.tests if own in one}
        if not tests:
            return True
        ordered = sorted(tests, key=lambda one: (self.took[one] > _SLOW, own not in one, self.took[one], one))
        limit = _CPU_SECONDS + 4 * round(sum(self.took[one] for one in tests))
        swapped = in_a_fork(lambda: self._run_swapped(mutant, ordered), limit) if reaching else _NOTHING_SWAPPED
        if swapped != _NOTHING_SWAPPED:
            return _passes(swapped)
        if frozenset(tests) not in self.sound:
            if not _passes(_result_anew(self.path, None, ordered, 4 * limit)):
                raise RuntimeError(f"Tests that reach {self.path.name} fail on the file as it is")
            self.sound.add(frozenset(tests))
        return _passes(_result_anew(self.path, mutant.source, ordered, 4 * limit))

    def _reaching(self, line: int) -> set[str]:
        """Return the tests that reach a line; not every line of a statement counts, so else those of its function.

        What a module runs once is reached by none alone.
        """
        around = [lines for lines in self.bodies if line in lines]
        if self.reached.get(line) or not around:
            return self.reached.get(line, set())
        return set().union(*(self.reached.get(each, set()) for each in min(around, key=len)))

    def _run_swapped(self, mutant: Mutant, tests: list[str]) -> int:
        return self.collected.run(tests) if swap(self.functions, mutant) else _NOTHING_SWAPPED


def _result_anew(path: Path, source: str | None, tests: list[str], limit: int) -> int:
    """Return how tests end when everything is imported anew; of tests that bear a value in their names, how all of
    their files end: with the mutant they have another name."""
    result = in_a_fork(lambda: run_anew(path, source, tests), limit)
    if result != pytest.ExitCode.USAGE_ERROR:
        return result
    files = list(dict.fromkeys(name.partition("::")[0] for name in tests))
    return in_a_fork(lambda: run_anew(path, source, files), 4 * limit)


def _passes(result: int) -> bool:
    """Tell whether tests have passed; to fail, not to be collected, and never to end, is to notice.

    :raises RuntimeError: if they were not run at all
    """
    noticed = (pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.INTERRUPTED)
    if result == pytest.ExitCode.OK or result in noticed or result < 0:
        return result == pytest.ExitCode.OK
    raise RuntimeError(f"The tests were not run: {result}")

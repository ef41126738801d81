# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The unit tests: collected once for many runs, or anew with a mutant, and which of them reaches which line."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import coverage
import hypothesis
import pytest
from ansible.utils.collection_loader._collection_finder import _AnsibleCollectionPkgLoaderBase

from . import PROJECT
from .forks import NEVER

_REACHED = PROJECT / ".work/mutate.coverage"
_TOOK = PROJECT / ".work/mutate.seconds.json"
_QUIETLY = [
    "-q",
    "-x",
    "-n",
    "0",
    "-m",
    "not soak",
    "-p",
    "no:cacheprovider",
    "-p",
    "no:unraisableexception",
    "--tb=no",
    "--assert=plain",
    "-W",
    "ignore",
    "--hypothesis-seed=0",
    "--hypothesis-profile=mutants",
]
_KEPT = ("tests.fixtures", "scripts.mutate")
_ANEW = ("ansible_collections.bluegreen.postgresql.", "tests.", "demo.", "scripts.")
os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = str(PROJECT / ".work/hypothesis")  # mutants give no examples
# What has failed once need not be made smaller, and a busy machine kills no mutant.
hypothesis.settings.register_profile(
    "mutants",
    deadline=None,
    phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)


@dataclass
class Collected:
    """All tests, collected once; ``work`` is done in place of running them."""

    work: Callable[[Collected], int]
    tests: dict[str, pytest.Item] = field(default_factory=dict)
    result: int = NEVER

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Do the work."""
        if not session.testsfailed:
            self.tests = {item.nodeid: item for item in session.items}
            try:
                self.result = self.work(self)
            except RuntimeError as error:  # pytest would tell it where nobody reads
                print(error, file=sys.__stderr__)
        return True

    def run(self, names: Iterable[str], around: Callable[[str], None] = lambda _name: None) -> int:
        """Run tests up to the first that fails; ``around`` is called before each, with its name."""
        items = [self.tests[name] for name in names]
        for item, following in zip(items, [*items[1:], None], strict=True):
            around(item.nodeid)
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if item.session.testsfailed:
                return pytest.ExitCode.TESTS_FAILED
        return pytest.ExitCode.OK

    def measure(self) -> int:
        """Run all tests once, and record which of them reaches which line, and its seconds."""
        _TOOK.unlink(missing_ok=True)
        _REACHED.unlink(missing_ok=True)
        measured = coverage.Coverage(data_file=str(_REACHED), config_file=False, include=["*/_domain/*"])
        begun: dict[str, float] = {}

        def around(name: str) -> None:
            measured.switch_context(name)
            begun[name] = time.process_time()

        measured.start()
        result = self.run(self.tests, around)
        measured.stop()
        if result == pytest.ExitCode.OK:
            ends = [*list(begun.values())[1:], time.process_time()]
            measured.save()
            _TOOK.write_text(json.dumps({name: end - begun[name] for name, end in zip(begun, ends, strict=True)}))
        return result


def collect(tests: list[str], work: Callable[[Collected], int]) -> int:
    """Return the result of ``work``, which gets the tests of these files and folders."""
    collected = Collected(work)
    pytest.main([*tests, *_QUIETLY], plugins=[collected])
    return collected.result


def is_measured(tests: Iterable[str]) -> bool:
    """Tell whether these tests were measured, and nothing has changed since."""
    sources = (path for folder in ("plugins", "tests", "scripts") for path in (PROJECT / folder).rglob("*.py"))
    if not _TOOK.exists() or max(path.stat().st_mtime for path in sources) >= _TOOK.stat().st_mtime:
        return False
    return set(tests) <= set(json.loads(_TOOK.read_text(encoding="utf-8")))


def tests_by_line(path: Path, tests: Collection[str]) -> dict[int, set[str]]:
    """Return which of the tests reach each line of a file; line 0 has all of them."""
    data = coverage.CoverageData(str(_REACHED))
    data.read()
    found: dict[int, set[str]] = {0: set()}
    for name in data.measured_files():
        if Path(name).resolve() == path:
            for line, contexts in data.contexts_by_lineno(name).items():
                found[line] = {one for one in contexts if one in tests}
                found[0] |= found[line]
    return found


def seconds_of_tests() -> dict[str, float]:
    """Return how long each test took when all were measured."""
    return dict(json.loads(_TOOK.read_text(encoding="utf-8")))


def run_anew(path: Path, source: str | None, tests: list[str]) -> int:
    """Import everything anew, with this text of the file if there is one, and run tests."""
    read = _AnsibleCollectionPkgLoaderBase.get_data

    def changed(self: Any, name: str) -> Any:
        return source.encode() if source is not None and Path(name).resolve() == path else read(self, name)

    _AnsibleCollectionPkgLoaderBase.get_data = changed
    for name in [one for one in sys.modules if one.startswith(_ANEW) and not one.startswith(_KEPT)]:
        del sys.modules[name]
    return int(pytest.main([*tests, *_QUIETLY]))

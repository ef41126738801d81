# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mutates the pure core, one of cosmic-ray's operators at a time, and lists the mutants that no unit test notices.

cosmic-ray's own runner restarts pytest for each mutant, which takes three seconds; here a process that has imported
everything else is forked, and runs only the tests that reach the changed line.
"""

from __future__ import annotations

import argparse
import ast
import os
import resource
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import redirect_stdout, suppress
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import coverage
import hypothesis
import pytest
import yaml
from ansible.utils.collection_loader._collection_finder import _AnsibleCollectionPkgLoaderBase
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator

PROJECT = Path(__file__).resolve().parent.parent
DOMAIN = PROJECT / "plugins/module_utils/_domain"
EQUIVALENT = PROJECT / "scripts/equivalent_mutants.yml"
_REACHED = PROJECT / ".work/mutate.coverage"
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
_KEPT = ("tests.fixtures",)
_ANEW = ("ansible_collections.bluegreen.postgresql.", "tests.", "demo.", "scripts.")
_CPU_SECONDS = 5  # of a mutant, beside four times what the tests take of the file as it is
_SECONDS = 300
os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = str(PROJECT / ".work/hypothesis")  # mutants give no examples
# What has failed once need not be made smaller.
hypothesis.settings.register_profile(
    "mutants", deadline=None, phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate]
)
_COMPARISONS = (
    "Eq_NotEq", "NotEq_Eq", "Is_IsNot", "IsNot_Is",
    "Lt_LtE", "Lt_GtE", "LtE_Lt", "LtE_Gt", "Gt_GtE", "Gt_LtE", "GtE_Gt", "GtE_Lt",
)  # fmt: skip
_ARITHMETIC = (
    "Add_Sub", "Sub_Add", "Mul_Div", "Div_Mul", "FloorDiv_Mul", "Mod_Mul", "LShift_RShift", "BitOr_BitAnd",
    "BitAnd_BitOr", "Pow_Mul",
)  # fmt: skip
OPERATORS = (
    "AddNot", "ReplaceAndWithOr", "ReplaceOrWithAnd", "ReplaceTrueWithFalse", "ReplaceFalseWithTrue", "NumberReplacer",
    "ReplaceBreakWithContinue", "ReplaceContinueWithBreak", "ZeroIterationForLoop", "ExceptionReplacer",
    "ReplaceUnaryOperator_Delete_Not", "ReplaceUnaryOperator_USub_UAdd",
    *(f"ReplaceComparisonOperator_{pair}" for pair in _COMPARISONS),
    *(f"ReplaceBinaryOperator_{pair}" for pair in _ARITHMETIC),
)  # fmt: skip


@dataclass(frozen=True)
class Mutant:
    """A mutated file; ``before`` and ``after`` are the lines that differ."""

    path: Path
    source: str
    line: int
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.path.relative_to(DOMAIN)}:{self.line}: {self.before}  →  {self.after}"


def mutants_of(path: Path) -> Iterator[Mutant]:
    """Yield every mutant of a file that changes its behaviour: not annotations, decorators, ways to pass parameters."""
    code = path.read_text(encoding="utf-8")
    seen = {_meaning(code)}
    for name in OPERATORS:
        for number in range(len(code)):
            changed = mutate_code(code, get_operator(f"core/{name}")(), number)
            if changed is None:
                break
            with suppress(SyntaxError):
                meaning = _meaning(changed)
                if meaning not in seen:
                    seen.add(meaning)
                    yield _compared(path, code, changed)


def unchanged(path: Path) -> Mutant:
    """Return a mutant that is the file as it is; if the tests notice it, they notice anything."""
    return Mutant(path, path.read_text(encoding="utf-8"), 0, "", "")


def _compared(path: Path, code: str, changed: str) -> Mutant:
    pairs = zip(code.splitlines(), changed.splitlines(), strict=False)
    line, before, after = next((at, *pair) for at, pair in enumerate(pairs, 1) if pair[0] != pair[1])
    return Mutant(path, changed, line, before.strip(), after.strip())


_OPPOSITE = {ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.In: ast.NotIn}


class _Plain(ast.NodeTransformer):
    """Normalises code that means the same."""

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        """Return ``not a is b`` as ``a is not b``."""
        self.generic_visit(node)
        inner = node.operand
        if not isinstance(node.op, ast.Not):
            return node
        if isinstance(inner, ast.UnaryOp) and isinstance(inner.op, ast.Not):
            return inner.operand
        if isinstance(inner, ast.Compare) and len(inner.ops) == 1 and type(inner.ops[0]) in _OPPOSITE:
            inner.ops = [_OPPOSITE[type(inner.ops[0])]()]
            return inner
        return node


def _meaning(code: str) -> str:
    tree = ast.parse(code)
    for node in ast.walk(tree):
        for name in ("annotation", "returns"):
            if getattr(node, name, None) is not None:
                setattr(node, name, ast.Constant(None))
        if hasattr(node, "decorator_list"):
            node.decorator_list = []
        if isinstance(node, ast.arguments):
            node.posonlyargs, node.args, node.kwonlyargs = [], node.posonlyargs + node.args + node.kwonlyargs, []
            node.defaults, node.kw_defaults = node.defaults + [one for one in node.kw_defaults if one], []
    return ast.dump(_Plain().visit(tree))


def in_a_fork(run: Any, cpu_seconds: int = resource.RLIM_INFINITY) -> int:
    """Return the result of ``run`` in a separate process, a number other than 0 if it does not end in time."""
    child = os.fork()
    if child == 0:
        resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))
        sys.stdout = sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115
        os._exit(int(run()))
    until = time.monotonic() + _SECONDS
    while time.monotonic() < until:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.01)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return 1


def _by_test(measured: coverage.Coverage) -> SimpleNamespace:
    """Return a plugin that names the running test to coverage, which by itself takes Hypothesis' function for it."""

    def begin(item: pytest.Item) -> None:
        measured.switch_context(item.nodeid)

    return SimpleNamespace(pytest_runtest_setup=begin, pytest_runtest_teardown=lambda: measured.switch_context(""))


def _measure(tests: list[str]) -> int:
    """Run the tests once, and record which of them reaches which line."""
    _REACHED.unlink(missing_ok=True)
    measured = coverage.Coverage(data_file=str(_REACHED), config_file=False, include=["*/_domain/*"])
    measured.start()
    result = pytest.main([*tests, *_QUIETLY], plugins=[_by_test(measured)])
    measured.stop()
    measured.save()
    return int(result)


def _is_measured() -> bool:
    """Tell whether nothing has changed since the tests were measured."""
    sources = (path for folder in ("plugins", "tests", "scripts") for path in (PROJECT / folder).rglob("*.py"))
    return _REACHED.exists() and max(path.stat().st_mtime for path in sources) < _REACHED.stat().st_mtime


def tests_by_line(path: Path) -> dict[int, set[str]]:
    """Return the tests that reach each line of a file; line 0 has all of them."""
    data = coverage.CoverageData(str(_REACHED))
    data.read()
    found: dict[int, set[str]] = {0: set()}
    for name in data.measured_files():
        if Path(name).resolve() == path:
            for line, contexts in data.contexts_by_lineno(name).items():
                found[line] = {one for one in contexts if one}
                found[0] |= found[line]
    return found


def survives(mutant: Mutant, reached: dict[int, set[str]], cpu_seconds: int = resource.RLIM_INFINITY) -> bool:
    """Tell whether the tests pass that reach the change.

    What a module runs once is reached by none alone: then it is those that reach the file, and those of its name.
    """
    own = f"test_{mutant.path.stem}.py"
    tests = reached.get(mutant.line) or reached[0].union(map(str, Path("tests").rglob(own)))
    if not tests:
        return True

    def run() -> int:
        read = _AnsibleCollectionPkgLoaderBase.get_data

        def changed(self: Any, path: str) -> Any:
            return mutant.source.encode() if Path(path).resolve() == mutant.path else read(self, path)

        _AnsibleCollectionPkgLoaderBase.get_data = changed
        for name in [one for one in sys.modules if one.startswith(_ANEW) and not one.startswith(_KEPT)]:
            del sys.modules[name]
        return int(pytest.main([*sorted(tests, key=lambda test: (f"/{own}" not in test, test)), *_QUIETLY]))

    return in_a_fork(run, cpu_seconds) == 0


def _children_cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main(names: list[str], tests: list[str]) -> int:
    """Try the files of these names, or all; return 1 if more than a twentieth of the mutants survive."""
    paths = sorted(path for path in DOMAIN.rglob("*.py") if not names or path.stem in names)
    if not _is_measured():
        print("Which tests reach which lines?", flush=True)
        if in_a_fork(lambda: _measure(tests)) != 0:
            _REACHED.unlink(missing_ok=True)
            print("The unit tests fail")
            return 1
    with open(os.devnull, "w", encoding="utf-8") as nowhere, redirect_stdout(nowhere):  # noqa: PTH123
        pytest.main(["--collect-only", *tests, *_QUIETLY])
    known = {
        (one["file"], one["before"], one["after"]) for one in yaml.safe_load(EQUIVALENT.read_text(encoding="utf-8"))
    }
    total: Counter[str] = Counter()
    for path in paths:
        counted, reached = Counter[str](), tests_by_line(path)
        begun = _children_cpu_seconds()
        if reached[0] and not survives(unchanged(path), reached):
            print(f"The tests that reach {path.name} fail on the file as it is")
            return 1
        limit = _CPU_SECONDS + 4 * round(_children_cpu_seconds() - begun)
        for mutant in mutants_of(path):
            equivalent = (str(path.relative_to(DOMAIN)), mutant.before, mutant.after) in known
            lives = not equivalent and survives(mutant, reached, limit)
            counted["equivalent" if equivalent else "survived" if lives else "killed"] += 1
            if lives:
                print(f"  {mutant}", flush=True)
        print(f"{path.relative_to(DOMAIN)}: {dict(counted)}", flush=True)
        total += counted
    print(f"all: {dict(total)}")
    return int(total["survived"] * 20 > total.total())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="files of _domain, without .py")
    parser.add_argument("--tests", nargs="*", default=["tests/unit"], help="the tests that may notice")
    asked = parser.parse_args()
    sys.exit(main(asked.names, asked.tests))

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
import ast
import gc
import json
import os
import resource
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import redirect_stdout, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any, TextIO

import coverage
import hypothesis
import parso
import pytest
import yaml
from ansible.utils.collection_loader._collection_finder import _AnsibleCollectionPkgLoaderBase
from cosmic_ray.ast import ast_nodes
from cosmic_ray.operators.operator import Operator
from cosmic_ray.plugins import get_operator
from parso.tree import NodeOrLeaf

PROJECT = Path(__file__).resolve().parent.parent
DOMAIN = PROJECT / "plugins/module_utils/_domain"
EQUIVALENT = PROJECT / "scripts/equivalent_mutants.yml"
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
_KEPT = ("tests.fixtures",)
_ANEW = ("ansible_collections.bluegreen.postgresql.", "tests.", "demo.", "scripts.")
_CPU_SECONDS = 5  # of a mutant, beside four times what its tests take of the file as it is
_SECONDS = 600
_SLOW = 0.1  # a test of so many seconds is not among the first
_NEVER, _NOTHING_SWAPPED = 77, 78  # how pytest never ends
os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = str(PROJECT / ".work/hypothesis")  # mutants give no examples
# What has failed once need not be made smaller, and a busy machine kills no mutant.
hypothesis.settings.register_profile(
    "mutants",
    deadline=None,
    phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
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
    tree = parso.parse(code)
    nodes = list(ast_nodes(tree))
    for name in OPERATORS:
        for changed in _changed_once(tree, nodes, get_operator(f"core/{name}")()):
            with suppress(SyntaxError):
                meaning = _meaning(changed)
                if meaning not in seen:
                    seen.add(meaning)
                    yield _compared(path, code, changed)


def _changed_once(tree: NodeOrLeaf, nodes: list[NodeOrLeaf], operator: Operator) -> Iterator[str]:
    """Yield the text with one change of the operator, each in its turn; afterwards the tree is as it was."""
    for node in nodes:
        for at, _place in enumerate(operator.mutation_positions(node)):
            family, children = node.parent.children, list(getattr(node, "children", ()))
            values = [(one, one.value) for one in ast_nodes(node) if hasattr(one, "value")]
            place = family.index(node)
            family[place] = operator.mutate(node, at)
            yield tree.get_code()
            family[place] = node
            if children:
                node.children[:] = children
            for one, value in values:
                one.value = value


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


def in_a_fork(run: Callable[[], int], cpu_seconds: int = resource.RLIM_INFINITY) -> int:
    """Return the result of ``run`` in a separate process, a number below 0 if it does not end in time."""
    child = os.fork()
    if child == 0:
        resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))
        sys.stdout = sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115
        result = _NEVER
        try:
            result = int(run())
        finally:
            os._exit(result)
    until = time.monotonic() + _SECONDS
    while time.monotonic() < until or cpu_seconds == resource.RLIM_INFINITY:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.005)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return -signal.SIGKILL


def _passes(result: int) -> bool:
    """Tell whether tests have passed; to fail, and never to end, is to notice.

    :raises RuntimeError: if they were not run at all
    """
    if result in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED) or result < 0:
        return result == pytest.ExitCode.OK
    raise RuntimeError(f"The tests were not run: {result}")


def swapped_code(before: CodeType, after: CodeType) -> dict[CodeType, CodeType]:
    """Return the code of everything that differs between two compiled files, by the code that it replaces."""
    if before == after:
        return {}
    pairs = zip(_within(before), _within(after), strict=False)
    return {before: after} | {old: new for pair in pairs for old, new in swapped_code(*pair).items()}


def _within(code: CodeType) -> list[CodeType]:
    return [one for one in code.co_consts if isinstance(one, CodeType)]


def functions_by_file() -> dict[Path, list[FunctionType]]:
    """Return every function of the pure core that is in memory."""
    paths: dict[str, Path] = {}
    found: dict[Path, list[FunctionType]] = {}
    for one in gc.get_objects():
        if issubclass(type(one), FunctionType):
            name = one.__code__.co_filename
            if "/_domain/" in name:
                path = paths[name] if name in paths else paths.setdefault(name, Path(name).resolve())
                found.setdefault(path, []).append(one)
    return found


def bodies_of(path: Path) -> list[range]:
    """Return the lines of each function's body."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = [one for one in ast.walk(tree) if isinstance(one, ast.FunctionDef)]
    return [range(one.body[0].lineno, (one.end_lineno or 0) + 1) for one in functions]


def swap(functions: Iterable[FunctionType], mutant: Mutant) -> bool:
    """Give functions the code of a mutant where they stand; tell whether any has changed."""
    old = mutant.path.read_text(encoding="utf-8")
    new = swapped_code(*(compile(text, str(mutant.path), "exec", dont_inherit=True) for text in (old, mutant.source)))
    swapped = False
    for one in functions:
        if one.__code__ in new:
            try:
                one.__code__ = new[one.__code__]
            except ValueError:  # it closes over other variables
                return False
            swapped = True
    return swapped


@dataclass
class Collected:
    """All tests, collected once; ``work`` is done in place of running them."""

    work: Callable[[Collected], int]
    tests: dict[str, pytest.Item] = field(default_factory=dict)
    result: int = _NEVER

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


def _is_measured(tests: Iterable[str]) -> bool:
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
            if not _passes(in_a_fork(lambda: _run_anew(self.path, None, ordered), 4 * limit)):
                raise RuntimeError(f"Tests that reach {self.path.name} fail on the file as it is")
            self.sound.add(frozenset(tests))
        return _passes(in_a_fork(lambda: _run_anew(self.path, mutant.source, ordered), 4 * limit))

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


def _run_anew(path: Path, source: str | None, tests: list[str]) -> int:
    """Import everything anew, with this text of the file if there is one, and run tests."""
    read = _AnsibleCollectionPkgLoaderBase.get_data

    def changed(self: Any, name: str) -> Any:
        return source.encode() if source is not None and Path(name).resolve() == path else read(self, name)

    _AnsibleCollectionPkgLoaderBase.get_data = changed
    for name in [one for one in sys.modules if one.startswith(_ANEW) and not one.startswith(_KEPT)]:
        del sys.modules[name]
    return int(pytest.main([*tests, *_QUIETLY]))


def _paths(names: list[str]) -> list[Path]:
    """Return the files of these names, or of these folders, or all."""
    return sorted(path for path in DOMAIN.rglob("*.py") if not names or {path.stem, path.parent.name} & set(names))


def _count(collected: Collected, names: list[str], told: TextIO) -> int:
    if not _is_measured(collected.tests):
        print("Which tests reach which lines?", file=told, flush=True)
        if in_a_fork(collected.measure) != pytest.ExitCode.OK:
            print("The unit tests fail", file=told)
            return 1
    took = json.loads(_TOOK.read_text(encoding="utf-8"))
    known = {
        (one["file"], one["before"], one["after"]) for one in yaml.safe_load(EQUIVALENT.read_text(encoding="utf-8"))
    }
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
    collected = Collected(lambda every: _count(every, names, told))
    with open(os.devnull, "w", encoding="utf-8") as nowhere, redirect_stdout(nowhere):  # noqa: PTH123
        pytest.main([*tests, *_QUIETLY], plugins=[collected])
    return collected.result


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="files of _domain, without .py, or folders")
    parser.add_argument("--tests", nargs="*", default=["tests/unit"], help="the tests that may notice")
    asked = parser.parse_args()
    sys.exit(main(asked.names, asked.tests))

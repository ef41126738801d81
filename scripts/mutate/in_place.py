# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Functions that get a mutant's code where they stand, so that nothing needs to be imported again."""

from __future__ import annotations

import ast
import gc
from collections.abc import Iterable
from pathlib import Path
from types import CodeType, FunctionType

from .mutants import Mutant


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

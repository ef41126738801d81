# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The mutants of a file: one of cosmic-ray's changes each, without those that mean the same as another or as before."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import parso
from cosmic_ray.ast import ast_nodes
from cosmic_ray.operators.operator import Operator
from cosmic_ray.plugins import get_operator
from parso.tree import NodeOrLeaf

from . import DOMAIN

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

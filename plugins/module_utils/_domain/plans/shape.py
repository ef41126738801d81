# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shape of a plan: what is read and how, without any condition or value. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..relations import TableName

_SEQUENTIAL = "Seq Scan"
_BY_INDEX = ("Index Scan", "Index Only Scan", "Bitmap Index Scan")


@dataclass(frozen=True)
class Node:
    """One node: ``table`` and ``index`` where it reads them."""

    kind: str
    table: TableName | None
    index: str | None
    below: tuple[Node, ...]

    def walk(self) -> Iterator[Node]:
        """Yield this node and all below it."""
        yield self
        for node in self.below:
            yield from node.walk()


@dataclass(frozen=True)
class Shape:
    """A plan with its estimated cost."""

    cost: float
    root: Node

    @property
    def tables(self) -> frozenset[TableName]:
        """Return the tables that it reads or writes."""
        return frozenset(node.table for node in self.root.walk() if node.table is not None)

    @property
    def sequential(self) -> frozenset[TableName]:
        """Return the tables that it reads from end to end."""
        return frozenset(node.table for node in self.root.walk() if node.kind == _SEQUENTIAL and node.table is not None)

    @property
    def indexes(self) -> frozenset[tuple[TableName | None, str]]:
        """Return the indexes that it reads, each with its table where the plan tells that."""
        return frozenset(
            (node.table, node.index) for node in self.root.walk() if node.kind in _BY_INDEX and node.index is not None
        )


def shape_of(explained: Any) -> Shape:
    """Return the shape of what ``EXPLAIN (FORMAT JSON, VERBOSE)`` gives; conditions and expressions stay behind."""
    plan = explained[0]["Plan"]
    return Shape(float(plan["Total Cost"]), _node(plan, None))


def _node(plan: Mapping[str, Any], above: TableName | None) -> Node:
    """A bitmap index scan does not tell its table: it is the one of the scan above it."""
    kind = str(plan["Node Type"])
    own = TableName(plan["Schema"], plan["Relation Name"]) if "Relation Name" in plan and "Schema" in plan else None
    table = above if own is None and kind == "Bitmap Index Scan" else own
    heap = own or (above if kind in ("BitmapAnd", "BitmapOr") else None)
    below = tuple(_node(one, heap) for one in plan.get("Plans", ()) if not _is_unknown_value(one))
    return Node(kind, table, plan.get("Index Name"), below)


def _is_unknown_value(plan: Mapping[str, Any]) -> bool:
    """Below 16 a subquery stands for a parameter."""
    return (
        plan.get("Parent Relationship") == "InitPlan"
        and plan["Node Type"] == "Result"
        and "Plans" not in plan
        and [str(one).partition("::")[0].strip("(") for one in plan.get("Output", ())] == ["NULL"]
    )

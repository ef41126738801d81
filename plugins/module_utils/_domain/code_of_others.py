# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Code that roles other than superusers can write, and that PostgreSQL runs when a table is written or read."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from .relations import TableName

DEFAULT, TRIGGER, STATISTICS, FOREIGN_KEY = "default", "trigger", "statistics", "foreign key"
PARTITION_KEY = "partition key"
_FOR_REPLICATION = ("A", "R")  # pg_trigger.tgenabled: fires when replication writes
_BRACKET = re.compile(r"(?<!\\)[{}]")
_COLUMNS = re.compile(r"\{(?:VAR|PARAM|COERCETODOMAINVALUE)\b")


@dataclass(frozen=True)
class Code:
    """A function that ``object`` of a table calls.

    ``kind``: what ``object`` is. ``enabled``: pg_trigger.tgenabled. ``planned``: it runs as the role that plans a
    statement that reads the table, or that checks a foreign key.
    """

    table: TableName
    kind: str
    object: str
    function: str
    owner: str
    enabled: str = ""
    planned: bool = False

    @property
    def runs_on_write(self) -> bool:
        """Tell whether it runs for every row that is written with a value for each column."""
        return self.kind not in (DEFAULT, TRIGGER, STATISTICS, FOREIGN_KEY)

    def runs_on_insert_of(self, columns: Collection[str]) -> bool:
        """Tell whether it runs for a row with values for these columns, if no trigger fires."""
        return self.runs_on_write or (self.kind == DEFAULT and self.object not in columns)

    @property
    def runs_on_apply(self) -> bool:
        """Tell whether it runs for a row that replication writes."""
        return self.runs_on_write or (self.kind == TRIGGER and self.enabled in _FOR_REPLICATION)

    def __str__(self) -> str:
        return f"{self.table} {self.kind} {self.object}: {self.function} of {self.owner}"


def is_planned(tree: str, function: int, language: str) -> bool:
    """Tell whether the planner evaluates an expression's function by itself, as it does if no column is needed.

    The planner inlines SQL functions, so everything in their bodies may be called.

    :param tree: the expression as the server stores it
    """
    if language == "sql":
        return True
    return any(not _COLUMNS.search(call) for call in _calls(tree, function))


def _calls(tree: str, function: int) -> Iterator[str]:
    """Yield the nodes that call the function, with everything inside them."""
    begins: list[int] = []
    marks = (f":funcid {function} ", f":opfuncid {function} ")
    for bracket in _BRACKET.finditer(tree):
        if bracket.group() == "{":
            begins.append(bracket.start())
            continue
        node = tree[begins.pop() : bracket.end()]
        own = node.partition("{")[2].partition("{")[0]
        if any(mark in own for mark in marks):
            yield node

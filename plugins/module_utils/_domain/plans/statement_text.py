# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A statement of pg_stat_statements, made fit for EXPLAIN; one that holds values is refused. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

# pg_stat_statements puts $1 in the place of each value, but keeps comments, utility statements, and what it could not
# store in time.
_TOKEN = re.compile(
    r"""
      (?P<comment>--[^\n]*|/\*)
    | (?P<value>(?:[uU]&|[eEbBxXnN])?'|\$(?:[^\W\d]\w*)?\$)
    | (?P<name>"(?:[^"]|"")*")
    | (?P<parameter>\$\d+)
    | (?P<word>[^\W\d][\w$]*)
    | (?P<number>\.?\d[\w.]*)
    | .
    """,
    re.VERBOSE | re.DOTALL,
)
_EDGE = re.compile(r"/\*|\*/")
_PLANNED = re.compile(r"[\s(]*(SELECT|INSERT|UPDATE|DELETE|MERGE|WITH|VALUES|TABLE)\b", re.IGNORECASE)
# `date '2026-01-01'` becomes `date $1`, which is no SQL.
_TYPED = re.compile(
    r"\b(date|interval|bool|boolean|json|jsonb|uuid|text|numeric|bytea|inet|cidr|point|box"
    r"|timestamptz|timetz|(?:timestamp|time)(?:\s+with(?:out)?\s+time\s+zone)?)\s+(\$\d+)(?![\w$])",
    re.IGNORECASE,
)
_PARAMETER = re.compile(r'"(?:[^"]|"")*"|[^\W\d][\w$]*|\$(\d+)')
_LONGEST_PLACE = 4  # digits of a place in ORDER BY, or of a length in a type
HOLDS_VALUES = "its text holds values"
NOT_PLANNED = "it is a statement that no planner plans"


def fit_for_explain(text: str) -> str | None:
    """Return the statement without comments, ``None`` if its text holds a value.

    Such a text is sent nowhere: a server might log it.
    """
    kept: list[str] = []
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None or found["value"] or (found["number"] and len(found["number"]) > _LONGEST_PLACE):
            return None
        at = found.end()
        if found["comment"]:
            at = _end_of_comment(text, found.start()) if found["comment"] == "/*" else at
        kept.append(" " if found["comment"] else found.group())
    return _TYPED.sub(r"CAST(\2 AS \1)", "".join(kept)).strip().rstrip(";")


def is_planned(text: str) -> bool:
    """Tell whether a statement, without comments, has a plan."""
    return _PLANNED.match(text) is not None


def with_unknown_values(text: str, types: Sequence[str]) -> str:
    """Return the statement with a subquery in the place of each parameter, whose value the planner does not know.

    :param types: of the parameters, as the server found and spelled them
    """

    def unknown(found: re.Match[str]) -> str:
        number = found[1]
        return found.group() if number is None else f"(SELECT NULL::{types[int(number) - 1]})"

    return _PARAMETER.sub(unknown, text)


def _end_of_comment(text: str, start: int) -> int:
    depth = 0
    for edge in _EDGE.finditer(text, start):
        depth += 1 if edge.group() == "/*" else -1
        if depth == 0:
            return edge.end()
    return len(text)

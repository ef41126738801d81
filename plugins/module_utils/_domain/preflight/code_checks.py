# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks of code that roles other than superusers can write: where it would run as the migrator."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..capabilities import Capability
from ..code_of_others import DEFAULT, Code
from ..sides import Side
from .facts import Facts, SideFacts
from .reasons import Reason, about_each


def _code_on(facts: Facts, one: SideFacts) -> list[Code]:
    """Return the code of the tables that take part; before the schema copy green's will be that of blue."""
    source = one if one.side is Side.BLUE or one.has_tables else facts.blue
    known = {table.name for table in facts.tables(source)}
    return [code for code in source.code if code.table in known]


def _reasons(one: SideFacts, found: Iterable[Code], what: str) -> Iterator[Reason]:
    yield from about_each(one.side, {str(code): _fix(code) for code in found}, what)


def _fix(code: Code) -> str:
    given = f"ALTER FUNCTION {code.function} OWNER TO …; -- a superuser, who has read it"
    return f"{given}; or drop the {code.kind} {code.object} of {code.table}; or accept it by this name"


def applied_as_us(facts: Facts) -> Iterator[Reason]:
    """Find code that runs for replicated rows as the migrator, where a subscription cannot act as a table's owner."""
    for one in facts.sides:
        if Capability.APPLY_AS_OWNER.of(one.database.major):
            continue
        theirs = {table.name: {column.name for column in table.columns} for table in facts.tables(facts.other(one))}
        found = [
            code
            for code in _code_on(facts, one)
            if code.runs_on_apply
            or (code.kind == DEFAULT and code.table in theirs and code.object not in theirs[code.table])
        ]
        yield from _reasons(
            one,
            found,
            f"{{n}} call{{s}} of functions that others can write would run as {one.access.role} for each replicated "
            "row: before PostgreSQL 16 a subscription writes as its owner",
        )


def _planned(facts: Facts, superuser: bool) -> Iterator[Reason]:
    for one in facts.sides:
        if one.me.superuser is not superuser:
            continue
        yield from _reasons(
            one,
            [code for code in _code_on(facts, one) if code.planned],
            f"{{n}} call{{s}} of functions that others can write may run as {one.access.role} although it only reads: "
            "PostgreSQL makes them while it plans, or checks a foreign key",
        )


def planned_as_superuser(facts: Facts) -> Iterator[Reason]:
    """Find code that runs as the migrator when it reads, where that is a superuser."""
    yield from _planned(facts, superuser=True)


def planned_as_us(facts: Facts) -> Iterator[Reason]:
    """Find code that runs as the migrator when it reads, where that is not a superuser."""
    yield from _planned(facts, superuser=False)

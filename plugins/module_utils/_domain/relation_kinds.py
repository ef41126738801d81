# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How each relation is treated, by kind × persistence × membership. The only such list; the SQL conditions follow
it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum


class Kind(str, Enum):
    """Kinds of relations that an application can name in a statement, by pg_class.relkind."""

    TABLE = "r"
    PARTITIONED = "p"
    FOREIGN_TABLE = "f"
    VIEW = "v"
    MATERIALIZED_VIEW = "m"
    SEQUENCE = "S"


class Persistence(str, Enum):
    """pg_class.relpersistence."""

    PERMANENT = "p"
    UNLOGGED = "u"
    TEMPORARY = "t"


class Membership(str, Enum):
    """Whose relation it is: the user's, an extension's, ours (schema ``bluegreen``), or the server's own."""

    USERS = "user"
    EXTENSIONS = "extension"
    OURS = "ours"
    SYSTEMS = "system"


@dataclass(frozen=True)
class Verdict:
    """How a relation is treated.

    ``compared``: green has its contents in the end, and a comparison reads it. ``copied``: its rows, or its value, are
    copied to green. ``published``: its changes flow. ``gated``: a write to it on a fenced side is refused; a view is
    gated where its INSTEAD OF triggers do the writing, otherwise the write ends in gated tables. ``finding``: the code
    under which preflight names it; if that blocks, it is refused unless accepted.
    """

    copied: bool = False
    gated: bool = False
    published: bool = False
    compared: bool = False
    finding: str = ""


_LEFT_ALONE = Verdict()
# A partitioned table has no rows of its own, so its persistence means nothing: its leaves are published by name.
_PARTITIONED = Verdict(gated=True, compared=True, finding="BG159")
_USERS = {
    (Kind.TABLE, Persistence.PERMANENT): Verdict(copied=True, gated=True, published=True, compared=True),
    (Kind.TABLE, Persistence.UNLOGGED): Verdict(gated=True, finding="BG151"),
    (Kind.PARTITIONED, Persistence.PERMANENT): _PARTITIONED,
    (Kind.PARTITIONED, Persistence.UNLOGGED): _PARTITIONED,
    (Kind.FOREIGN_TABLE, Persistence.PERMANENT): Verdict(gated=True, finding="BG153"),
    (Kind.VIEW, Persistence.PERMANENT): Verdict(gated=True),
    (Kind.MATERIALIZED_VIEW, Persistence.PERMANENT): Verdict(compared=True, finding="BG154"),
    (Kind.SEQUENCE, Persistence.PERMANENT): Verdict(copied=True, compared=True),
    (Kind.SEQUENCE, Persistence.UNLOGGED): Verdict(copied=True, compared=True),
}
# An extension's table may hold rows of applications; a view of an extension stores nothing.
_EXTENSIONS = {
    (kind, persistence): Verdict(gated=True, finding="" if kind is Kind.VIEW else "BG705")
    for (kind, persistence), users in _USERS.items()
    if users.gated
}


def verdict(kind: Kind, persistence: Persistence, membership: Membership) -> Verdict:
    """Return how such a relation is treated. Combinations that PostgreSQL lacks are ignored, and so are temporary
    ones."""
    if persistence is Persistence.TEMPORARY or membership in (Membership.OURS, Membership.SYSTEMS):
        return _LEFT_ALONE
    found = _USERS if membership is Membership.USERS else _EXTENSIONS
    return found.get((kind, persistence), _LEFT_ALONE)


def kinds_that_take_part() -> list[tuple[str, str]]:
    """Return relkind and relpersistence of the user's relations whose contents are copied to green."""
    return _letters(lambda one: one.compared, Membership.USERS)


def gated_kinds() -> list[tuple[str, str]]:
    """Return relkind and relpersistence of the relations that are gated, whether an extension's or not."""
    return _letters(lambda one: one.gated, Membership.USERS, Membership.EXTENSIONS)


def _letters(wanted: Callable[[Verdict], bool], *memberships: Membership) -> list[tuple[str, str]]:
    return [
        (kind.value, persistence.value)
        for kind in Kind
        for persistence in Persistence
        if any(wanted(verdict(kind, persistence, membership)) for membership in memberships)
    ]

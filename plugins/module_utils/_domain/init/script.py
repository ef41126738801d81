# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of SQL for a superuser, or the cloud's admin: what to grant before, and what to take back afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from ..preflight.grants import GRANTS, Due, Grant
from ..sides import Side
from ..texts import one_line
from .found import Found, Owner
from .found import Side as FoundSide

_WHO = {Side.BLUE: "blue, the database in service", Side.GREEN: "green, its successor"}
_BEFORE = """\
-- What the migration needs on {who}. A superuser or the cloud's admin reads it and runs it once, with the
-- password that the migration's role is to have (psql of 14 or later; it may be run again):
--
--     BLUEGREEN_PASSWORD='...' psql -X "host=... dbname={maintenance} user=..." -f {file}
--
-- Lines that begin with "-- " are not run: each says what it would be for. docs/privileges.md has all of them.
"""
_AFTER = """\
-- What the migration no longer needs on {who}. Run it when the migration is over: after the playbook cleanup,
-- and on the side that was left after decommission. DROP ROLE refuses while the role still owns something.
--
--     psql -X "host=... dbname={maintenance} user=..." -f {file}
--
-- Lines that begin with "-- " are for what was granted by such a line of the other file.
"""
_OF_A_SUPERUSER = (
    "belongs to a superuser: a member of that role can do whatever a superuser can. Better give the database, or what "
    "it owns, to a role that is none (ALTER ... OWNER TO), and run init again"
)


@dataclass(frozen=True)
class Line:
    """A statement that somebody else composes: its words, the names in it, why, and whether it is only shown.

    ``if_there``: in its place where the role is there already.
    """

    statement: str
    why: str
    names: dict[str, str] = field(default_factory=dict)
    asleep: bool = False
    if_there: str = ""


def granted(found: Found, side: Side, migrator: str) -> list[Line]:
    """Return what is granted on that side, in order."""
    lines = [line for grant in _for(found, side) for line in _lines(found, side, migrator, grant, grant.statement)]
    if_there = {grant.statement: grant.if_there for grant in GRANTS}
    return [replace(line, if_there=if_there[line.statement]) for line in lines]


def taken_back(found: Found, side: Side, migrator: str) -> list[Line]:
    """Return what takes it back, in the opposite order."""
    last = [line for grant in _for(found, side) for line in _lines(found, side, migrator, grant, grant.take_back)]
    return last[::-1]


def beginning(side: Side, file: str, *, before: bool, maintenance: str) -> str:
    """Return the words above the statements; a name must not end their comment."""
    return (_BEFORE if before else _AFTER).format(who=_WHO[side], file=file, maintenance=one_line(maintenance))


def shown(why: str, text: str, asleep: bool) -> str:
    """Return a statement below what it is for; one that is not to be run has a mark before each of its lines."""
    lines = text.splitlines() if asleep else []
    return f"\n-- {why}\n" + ("".join(f"-- {line}\n" for line in lines) or f"{text}\n")


def _for(found: Found, side: Side) -> Iterator[Grant]:
    here = _of(found, side)
    yield from (grant for grant in GRANTS if grant.is_for(side, here.major, tuple(Due)))


def _lines(found: Found, side: Side, migrator: str, grant: Grant, statement: str) -> Iterator[Line]:
    here = _of(found, side)
    names = {"migrator": migrator, "database": here.database}
    used = {key: name for key, name in names.items() if f"{{{key}}}" in statement}
    if not grant.is_per_owner:
        why = grant.why if grant.due is Due.ALWAYS else f"{grant.why} ({grant.due.value})"
        yield Line(statement, why, used, asleep=grant.due not in here.due)
        return
    for owner in _with_the_rest(found.owners):
        why = _OF_A_SUPERUSER if owner.superuser else grant.why
        yield Line(statement, why, {**used, "owner": owner.name}, asleep=owner.superuser)


def _with_the_rest(owners: Sequence[Owner]) -> Iterable[Owner]:
    return sorted(owners, key=lambda owner: owner.superuser)


def _of(found: Found, side: Side) -> FoundSide:
    return found.blue if side is Side.BLUE else found.green

# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Explains statements of others, as the roles that ran them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from ..._domain.capabilities import Capability
from ..._domain.clock import Deadline
from ..._domain.errors import ConnectionLost, DatabaseError
from ..._domain.plans.comparison import Explained, Statement, Unknown
from ..._domain.plans.shape import shape_of
from ..._domain.plans.statement_text import HOLDS_VALUES, NOT_PLANNED, fit_for_explain, is_planned, with_unknown_values
from ..._domain.sides import Side
from ..session import Session
from ..sides import Sides
from ..sql.plans import explain as sql
from ..users_settings import read_users_settings

_OPTIONS = "FORMAT JSON, VERBOSE"
_GENERIC = f"{_OPTIONS}, GENERIC_PLAN"
_MILLISECONDS = "5000"  # that one statement may be planned
_TIME_IS_UP = "57014"
# Their messages name a table, a column, a type or a function, and show no value. Others may.
_NAMES_ONLY = ("42P01", "42703", "42704", "42883")
_NOT_ALLOWED = "42501"


@dataclass(frozen=True)
class Actor:
    """As whom a role's statements are explained on one side, and along which path; ``why_not`` if they are not."""

    role: str = ""
    path: str = ""
    why_not: str = ""


def read_actors(session: Session, names: Iterable[str]) -> dict[str, Actor]:
    """Return as whom each role's statements are explained: as itself, or as the owner of the tables."""
    asked = sorted(set(names))
    found = {row["name"]: row for row in session.rows(sql.ROLES, {"names": asked})}
    ours = read_users_settings(session, ("search_path",))["search_path"]
    owner = _Owner(session)
    return {name: _actor(session.side, name, found.get(name), ours, owner) for name in asked}


def explain_all(
    sides: Sides, side: Side, actors: Mapping[str, Actor], statements: Iterable[Statement], deadline: Deadline
) -> Iterator[tuple[Statement, Explained]]:
    """Yield how each statement would be executed on that side, or why that is not known; none is executed.

    Statements of one role have a session of their own, so that nothing of what it leaves there meets another's.
    """
    by_role: dict[str, list[Statement]] = {}
    for one in statements:
        by_role.setdefault(one.role, []).append(one)
    for role, ones in by_role.items():
        actor = actors[role]
        if actor.why_not:
            yield from ((one, Unknown(actor.why_not)) for one in ones)
            continue
        try:
            with _as_role(sides, side, actor) as session:
                for one in ones:
                    late = not deadline.left()
                    yield one, Unknown("no time was left for them") if late else _explained(session, one, actor)
        except ConnectionLost:
            raise
        except DatabaseError as error:
            why = f"{actor.role} cannot explain on {side} (SQLSTATE {error.sqlstate})"
            yield from ((one, Unknown(why)) for one in ones)


class _Owner:
    """The owner of the tables, read at most once."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._read: tuple[str | None, tuple[str, ...]] | None = None

    def read(self) -> tuple[str | None, tuple[str, ...]]:
        """Return his name, and the roles whose functions he would run while he plans."""
        if self._read is None:
            name = self._session.value(sql.OWNER)
            strangers = self._session.rows(sql.STRANGERS, {"owner": name}) if name is not None else []
            self._read = (name, tuple(row["name"] for row in strangers))
        return self._read


def _actor(side: Side, name: str, row: Mapping[str, Any] | None, ours: str, owner: _Owner) -> Actor:
    if row is None:
        return Actor(why_not=f"there is no role {name} on {side}")
    if row["is_superuser"]:
        return Actor(why_not=f"they are of the superuser {name}")
    path = str(row["path"] or ours).replace('"$user"', row["quoted"])
    if row["may_act"]:
        return Actor(name, path)
    other, strangers = owner.read()
    if other is None:
        return Actor(why_not=f"on {side} our role is neither a member of {name} nor of an owner of tables")
    if strangers:
        told = f"on {side} our role is no member of {name}, and {other} would run functions of {strangers[0]}"
        return Actor(why_not=told)
    return Actor(other, path)


@contextmanager
def _as_role(sides: Sides, side: Side, actor: Actor) -> Iterator[Session]:
    session = sides.connect(side, "plans")
    try:
        session.run("BEGIN")
        session.run(sql.ACT_AS, actor=actor.role)
        session.run(sql.FUNCTION)
        session.run(sql.ACT_AS_OURSELVES)
        session.run(sql.NO_MORE_WRITING)
        session.run(sql.LIMITS, {"milliseconds": _MILLISECONDS})
        yield session
        session.rollback()
    finally:
        session.close()


def _explained(session: Session, statement: Statement, actor: Actor) -> Explained:
    text = fit_for_explain(statement.text)
    if text is None:
        return Unknown(HOLDS_VALUES)
    if not is_planned(text):
        return Unknown(NOT_PLANNED)
    if Capability.GENERIC_PLANS.of(session.major):
        return _told(session, actor, text, _GENERIC)
    types = _ask(session, actor, text, None)
    if "refused" in types:
        return _refusal(session.side, types)
    return _told(session, actor, with_unknown_values(text, types["answer"]), _OPTIONS)


def _told(session: Session, actor: Actor, text: str, options: str) -> Explained:
    told = _ask(session, actor, text, options)
    return _refusal(session.side, told) if "refused" in told else shape_of(told["answer"])


def _ask(session: Session, actor: Actor, text: str, options: str | None) -> dict[str, Any]:
    told = session.value(sql.EXPLAIN, {"statement": text, "path": actor.path, "options": options})
    return dict(told)


def _refusal(side: Side, told: Mapping[str, str]) -> Unknown:
    sqlstate = told["refused"]
    if sqlstate == _TIME_IS_UP:
        return Unknown(f"{side} did not plan it in time")
    why = f"{side} says: {told['why']}" if sqlstate in _NAMES_ONLY else f"{side} refuses it (SQLSTATE {sqlstate})"
    return Unknown(why, sqlstate if sqlstate.startswith("42") and sqlstate != _NOT_ALLOWED else "")

# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading both sides' gates and journals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..._domain.errors import MigrationError
from ..._domain.service.situation import Situation
from ..._domain.service.word import Word
from ..._domain.sides import Side
from ..._domain.versions import require_known
from ..catalog import DatabaseIdentity, read_identity
from ..session import Session
from ..sides import Sides
from ..sql.service import situation as sql
from .gate import gate_facts
from .journal import entries_of, require_own_journal, require_same_pair, require_unclaimed

_NOBODY = dict.fromkeys(("blue_system", "blue_name", "green_system", "green_name"))


@dataclass(frozen=True)
class _Look:
    """What one side is, and what lies in our schema there."""

    system: str
    database: str
    name: str
    timeline: int | None
    has_pair: bool
    has_words: bool
    gate: Mapping[str, Any]

    def contents(self) -> str:
        """Return the question for what lies there."""
        return sql.contents(
            has_journal=self.gate["journal"],
            has_pair=self.has_pair,
            has_words=self.has_words and self.gate["journal"],
            has_gate=self.gate["installed"],
        )


@dataclass(frozen=True)
class _Contents:
    """The migration's rows of journal and approvals, the pair that its name belongs to, who else claims this pair."""

    entries: list[dict[str, Any]]
    pair: Mapping[str, str] | None
    claimed_by: str | None
    words: tuple[Word, ...]
    wide_open: bool


def read_situation(sides: Sides) -> Situation:
    """Read gates and journals of both sides.

    :raises DatabaseError: when a side cannot be read; unknown is never taken for "not fenced"
    """
    return read_situation_of(sides, Side)


def read_situation_of(sides: Sides, present: Iterable[Side], *, own: bool = False) -> Situation:
    """Read gates, journals and timelines of these sides; any other side is unknown.

    :param own: refuse a journal that was written as the other side's
    :raises MigrationError: BG703
    """
    looks = {side: _look(sides.session(side)) for side in present}
    contents = {side: _read_contents(sides, side, look, _NOBODY) for side, look in looks.items()}
    if own:
        for side, found in contents.items():
            _require_own(sides.session(side), found)
    return _situation(sides, looks, contents)


def read_words(sides: Sides) -> tuple[Word, ...]:
    """Return approvals and postponements as they are now, without a look at each table's gate."""
    return _words({side: _read_contents(sides, side, _look(sides.session(side)), _NOBODY) for side in Side})


def read_own_situation(sides: Sides) -> Situation:
    """Read gates and journals of both sides, and see that they are the two databases of this migration.

    :raises MigrationError: as :func:`require_two_databases` does
    """
    return _situation(sides, *_read_two_databases(sides))


def require_two_databases(sides: Sides) -> None:
    """Refuse sides that are the same database, swapped, another migration's, or of an untested version.

    :raises MigrationError: BG006, BG007, BG703, BG704, BG744
    """
    _read_two_databases(sides)


def _read_two_databases(sides: Sides) -> tuple[dict[Side, _Look], dict[Side, _Contents]]:
    require_known({side: sides.session(side).major for side in Side})
    looks = {side: _look(sides.session(side)) for side in Side}
    blue, green = looks[Side.BLUE], looks[Side.GREEN]
    if (blue.system, blue.database) == (green.system, green.database):
        raise MigrationError(
            "BG006",
            f"Blue and green are the same database ({blue.name} of system {blue.system})",
            "Nothing was changed",
            "Correct bluegreen_blue or bluegreen_green",
        )
    pair = _pair_of(blue, green)
    contents = {side: _read_contents(sides, side, look, pair) for side, look in looks.items()}
    for side, found in contents.items():
        session = sides.session(side)
        _require_own(session, found)
        require_same_pair(session, sides.migration, pair, found.pair)
        require_unclaimed(session, sides.migration, found.claimed_by)
    return looks, contents


def _look(session: Session) -> _Look:
    row = session.row(sql.LOOK, {})
    if row is None:
        raise LookupError("pg_database has no row of the current database")
    own = {key: row.pop(key) for key in ("system", "database", "name", "timeline", "has_pair", "has_words")}
    return _Look(**own, gate=row)


def _read_contents(sides: Sides, side: Side, look: _Look, pair: Mapping[str, str | None]) -> _Contents:
    row = sides.session(side).row(look.contents(), {"migration": sides.migration, **pair})
    if row is None:
        raise LookupError("a query without FROM returned no row")
    words = tuple(Word(**word) for word in row["words"] or ())
    return _Contents(row["entries"] or [], row["pair"], row["claimed_by"], words, bool(row["wide_open"]))


def _require_own(session: Session, found: _Contents) -> None:
    require_own_journal(session, {row["written_as"] for row in found.entries})


def _situation(sides: Sides, looks: Mapping[Side, _Look], contents: Mapping[Side, _Contents]) -> Situation:
    entries = [one for side, found in contents.items() for one in entries_of(found.entries, side)]
    gates = {side: gate_facts(sides.session(side), look.gate, contents[side].wide_open) for side, look in looks.items()}
    timelines = {side: look.timeline for side, look in looks.items()}
    return Situation(gates, tuple(entries), timelines, _words(contents))


def _words(contents: Mapping[Side, _Contents]) -> tuple[Word, ...]:
    return tuple(word for found in contents.values() for word in found.words)


def read_pair(sides: Sides) -> dict[str, str]:
    """Return the identities of these two databases, for :func:`note_pair`."""
    return _pair_of(read_identity(sides.blue), read_identity(sides.green))


def _pair_of(blue: _Look | DatabaseIdentity, green: _Look | DatabaseIdentity) -> dict[str, str]:
    return {
        "blue_system": blue.system,
        "blue_name": blue.name,
        "green_system": green.system,
        "green_name": green.name,
    }


def read_timeline(session: Session) -> int | None:
    """Return the timeline that this side writes to: a different one than before means that a standby was promoted.

    ``None``: it is a standby itself.
    """
    value = session.value(sql.TIMELINE)
    return None if value is None else int(value)

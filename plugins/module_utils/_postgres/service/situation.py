# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading both sides' gates and journals."""

from __future__ import annotations

from collections.abc import Iterable

from ..._domain.errors import MigrationError
from ..._domain.service.gate import GateFacts
from ..._domain.service.journal import Entry
from ..._domain.service.situation import Situation
from ..._domain.sides import Side
from ..._domain.versions import require_supported
from ..catalog import DatabaseIdentity, read_identity
from ..session import Session
from ..sides import Sides
from ..sql.service import situation as sql
from .gate import read_gate
from .journal import read_journal, require_own_journal, require_same_pair, require_unclaimed


def read_situation(sides: Sides) -> Situation:
    """Read gates and journals of both sides.

    :raises DatabaseError: when a side cannot be read; unknown is never taken for "not fenced"
    """
    return read_situation_of(sides, Side)


def read_situation_of(sides: Sides, present: Iterable[Side]) -> Situation:
    """Read gates, journals and timelines of these sides; any other side is unknown."""
    gates: dict[Side, GateFacts] = {}
    timelines: dict[Side, int | None] = {}
    entries: list[Entry] = []
    for side in present:
        session = sides.session(side)
        gates[side] = read_gate(session)
        timelines[side] = read_timeline(session)
        entries += read_journal(session, sides.migration)
    return Situation(gates, tuple(entries), timelines)


def require_two_databases(sides: Sides) -> None:
    """Refuse sides that are the same database, swapped, another migration's, or of an untested version.

    :raises MigrationError: BG006, BG007, BG703, BG704, BG744
    """
    blue, green = read_identity(sides.blue), read_identity(sides.green)
    require_supported({Side.BLUE: blue.version // 10000, Side.GREEN: green.version // 10000})
    if (blue.system, blue.database) == (green.system, green.database):
        raise MigrationError(
            "BG006",
            f"Blue and green are the same database ({blue.name} of system {blue.system})",
            "Nothing was changed",
            "Correct bluegreen_blue or bluegreen_green",
        )
    pair = _pair_of(blue, green)
    for side in Side:
        session = sides.session(side)
        require_own_journal(session, sides.migration)
        require_same_pair(session, sides.migration, pair)
        require_unclaimed(session, sides.migration, pair)


def read_pair(sides: Sides) -> dict[str, str]:
    """Return the identities of these two databases, for :func:`note_pair`."""
    return _pair_of(read_identity(sides.blue), read_identity(sides.green))


def _pair_of(blue: DatabaseIdentity, green: DatabaseIdentity) -> dict[str, str]:
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

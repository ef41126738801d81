# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The PostgreSQL versions that migrations were tried with, and when PostgreSQL's project ends each of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from .errors import MigrationError
from .sides import Side


class Version(NamedTuple):
    """``ends``: no release follows after that day. ``package``: the release of the Python package with its server."""

    ends: date
    package: str = ""


# Source: https://www.postgresql.org/support/versioning/. The last line is the newest version that was tried: whoever
# adds one claims it, and preflight, the demo, `make pairs` and the tests take it up.
VERSIONS: Mapping[int, Version] = {
    11: Version(date(2023, 11, 9)),
    12: Version(date(2024, 11, 21)),
    13: Version(date(2025, 11, 13)),
    14: Version(date(2026, 11, 12), "14.23.0"),
    15: Version(date(2027, 11, 11), "15.19.0"),
    16: Version(date(2028, 11, 9), "16.15.0"),
    17: Version(date(2029, 11, 8), "17.11.0"),
    18: Version(date(2030, 11, 14), "18.6.0"),
}
UNTRIED = "BG007"
OLDEST: Mapping[Side, int] = {Side.BLUE: 11, Side.GREEN: 14}
NEWEST = max(VERSIONS)


def majors_of(side: Side) -> range:
    """Return the versions that were tried on that side."""
    return range(OLDEST[side], NEWEST + 1)


def pairs() -> list[tuple[int, int]]:
    """Return the versions of blue and green that were tried together: green is never older."""
    return [(blue, green) for blue in majors_of(Side.BLUE) for green in majors_of(Side.GREEN) if blue <= green]


def what_was_tried(side: Side) -> str:
    """Return the versions that were tried on that side, in words."""
    return f"{OLDEST[side]} to {NEWEST}"


def require_known(majors: Mapping[Side, int]) -> None:
    """Refuse servers that are older than what was tried; preflight and a cutover ask whether a newer one is accepted.

    :raises MigrationError: BG007 naming all of them
    """
    strange = [
        f"{str(side).capitalize()} is PostgreSQL {major}, and may be {what_was_tried(side)}"
        for side, major in majors.items()
        if major < OLDEST[side]
    ]
    if strange:
        raise MigrationError(UNTRIED, "; ".join(strange), "Nothing was changed", "Upgrade that server first")


def is_untried(major: int) -> bool:
    """Tell whether that version is newer than what was tried."""
    return major > NEWEST


def why_untried(side: Side, major: int) -> tuple[str, str] | None:
    """Return what to say of a server whose version is newer than what was tried, and what to do; ``None`` of others."""
    if not is_untried(major):
        return None
    fix = (
        "Use a release of this collection that knows it; or try the migration with a copy of blue first, and "
        f"accept it in bluegreen_accept (code {UNTRIED}, object '{major}')"
    )
    return f"PostgreSQL {major} was not tried by us; {what_was_tried(side)} were", fix


def ended_before(major: int, today: date) -> date | None:
    """Return the day after which that version got no release any more, ``None`` if that is yet to come or not known."""
    known = VERSIONS.get(major)
    return known.ends if known is not None and known.ends < today else None

# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes docs/versions.md from the table of capabilities."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.capabilities import Capability
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.versions import NEWEST, OLDEST

PAGE = Path(__file__).resolve().parent.parent / "docs" / "versions.md"
_INTRODUCTION = f"""# PostgreSQL versions, and what each pair of them can do

Blue and green may be any of PostgreSQL {OLDEST} to {NEWEST}; others are refused (BG007). What differs between them is
kept in one table of the code, `_domain/capabilities.py`, from which
`PYTHONPATH=collections python -m scripts.write_versions` generates this page.

## What a server can do

| from | a server of that version | before it |
|---|---|---|
"""
_PAIRS = """
## What a pair can do

Both directions are meant: green is the subscriber until the cutover, blue is it after that.

"""
_COLUMNS = (
    "blue → green",
    "both links live at once",
    "a plain role subscribes",
    "green may have more columns",
    "a failover keeps the links",
    "conflicts are counted",
)


def page() -> str:
    """Return the page's text."""
    rows = (f"| {one.first} | {one.title} | {one.without} |\n" for one in Capability)
    majors = range(OLDEST, NEWEST + 1)
    pairs = (_pair(blue, green) for blue in majors for green in majors if blue <= green)
    header = f"{_row(_COLUMNS)}{'|---' * len(_COLUMNS)}|\n"
    return "".join([_INTRODUCTION, *rows, _PAIRS, header, *pairs])


def _pair(blue: int, green: int) -> str:
    both = Capability.ORIGIN.of(blue, green)
    return _row(
        (
            f"{blue} → {green}",
            "yes" if both else "no: the way back begins inside the switch",
            _where(Capability.SUBSCRIBERS, blue, green),
            "yes" if Capability.COLUMN_LISTS.of(green) else "no",
            "yes" if Capability.FAILOVER_SLOTS.of(blue, green) else "no",
            _where(Capability.CONFLICT_COUNTERS, blue, green),
        )
    )


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |\n"


def _where(capability: Capability, blue: int, green: int) -> str:
    names = [name for name, major in (("blue", blue), ("green", green)) if capability.of(major)]
    return {0: "no", 1: f"on {''.join(names)}", 2: "on both"}[len(names)]


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")

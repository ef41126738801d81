# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many migrations on one terminal: a table for their status, a name before each line of anything else. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

STATUS = "status"
COLUMNS = ("migration", "in service", "behind", "way back", "next", "stands")


def told(endings: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return what the terminal shows last about everything that ended in one run.

    :param endings: those of one migration one after the other, each with ``migration``, ``phase``, ``failed``,
        ``lines``, ``outlook``, and ``row`` by column
    """
    several = len({ending["migration"] for ending in endings}) > 1
    looked_at = [ending for ending in endings if several and ending["phase"] == STATUS and ending["row"]]
    lines = table([ending["row"] for ending in looked_at]) if looked_at else []
    for number, ending in enumerate(endings):
        if ending in looked_at:
            continue
        name = ending["migration"]
        last = number + 1 == len(endings) or endings[number + 1]["migration"] != name
        told_of_it = [*ending["lines"], *(ending["outlook"] if last else ())]
        lines += [*[""] * bool(lines), *(f"{name}: {line}" if several else line for line in told_of_it)]
    return lines


def table(rows: Sequence[Mapping[str, str]]) -> list[str]:
    """Return a line for each migration below a line of headings."""
    cells = [COLUMNS, *(tuple(row[column] for column in COLUMNS) for row in rows)]
    widths = [max(len(line[number]) for line in cells) for number in range(len(COLUMNS))]
    return ["  ".join(f"{text:<{width}}" for text, width in zip(line, widths)).rstrip() for line in cells]

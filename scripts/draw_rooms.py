# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Draws the rooms of the house and the arrows between them in CONTRIBUTING.md: `python -m scripts.draw_rooms`."""

from __future__ import annotations

import re
from pathlib import Path

from tests.unit.rooms import ROOMS

PAGE = Path(__file__).resolve().parent.parent / "CONTRIBUTING.md"
_BLOCK = re.compile(r"(?<=<!-- rooms: python -m scripts\.draw_rooms -->\n).*?(?=<!-- end of rooms -->)", re.DOTALL)


def drawing() -> str:
    """Return the table of rooms, and the arrows as Mermaid draws them."""
    rows = [f"| `{name}/` | {room.holds} |\n" for name, room in ROOMS.items()]
    lines = [f"    {name} --> {other}\n" for name, room in ROOMS.items() for other in sorted(room.may_import)]
    table = "".join(["\n| folder | what lives there |\n|---|---|\n", *rows])
    return "".join([table, "\n```mermaid\nflowchart TD\n", *lines, "```\n\n"])


def drawn(page: str) -> str:
    """Return the page with the current drawing."""
    return _BLOCK.sub(lambda _old: drawing(), page)


if __name__ == "__main__":
    PAGE.write_text(drawn(PAGE.read_text(encoding="utf-8")), encoding="utf-8")

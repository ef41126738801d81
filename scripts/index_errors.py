# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes docs/TROUBLESHOOTING.md, the index of every error code, from the pages of docs/troubleshooting.d."""

from __future__ import annotations

import re
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
INDEX = PROJECT / "docs" / "TROUBLESHOOTING.md"
PAGES = PROJECT / "docs" / "troubleshooting.d"
_HEADING = re.compile(r"^## (BG\d{3}): (.+)$", re.MULTILINE)
_INTRODUCTION = """# Troubleshooting

Every error and finding has a code, and says what happened, where things stand, and what to do next. Below is each code
with the page that says more. `ansible-playbook -i … bluegreen.postgresql.status` shows at any time what stands, and the
runbook in `bluegreen_report_dir` what happened.

| code | in short | page |
|---|---|---|
"""


def entries() -> list[tuple[str, str, Path]]:
    """Return code, title and page of every entry, in the order of the codes."""
    found = [
        (code, title, page)
        for page in sorted(PAGES.glob("*.md"))
        for code, title in _HEADING.findall(page.read_text(encoding="utf-8"))
    ]
    return sorted(found)


def index() -> str:
    """Return the text of the index."""
    rows = [f"| {code} | {title} | [{page.stem}](troubleshooting.d/{page.name}) |\n" for code, title, page in entries()]
    return _INTRODUCTION + "".join(rows)


if __name__ == "__main__":
    INDEX.write_text(index(), encoding="utf-8")

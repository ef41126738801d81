# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes docs/playbooks.md from the table that every playbook asks."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.status.playbooks import (
    NOTHING,
    PLAYBOOKS,
    TABLE,
    WORK,
    Cell,
)

PAGE = Path(__file__).resolve().parent.parent / "docs" / "playbooks.md"
_INTRODUCTION = """# What each playbook does in each situation

Every playbook asks this table before anything else (`phase_info`). It then does its work, has nothing to do and says
why, or refuses with a code of [TROUBLESHOOTING.md](TROUBLESHOOTING.md) before its first change. `status` shows the row
that applies. `PYTHONPATH=collections python -m scripts.write_playbook_table` generates this page.

A dot means that the playbook does its work, `–` that it has nothing to do. If a refusal only asks for an earlier phase
(BG712, BG740), check mode continues. `migrate` runs the playbooks up to `cutover`, and `monitor`. An emergency
(`rollback` with `bluegreen_emergency: accept_loss`) asks only blue, since green may not answer.

"""


def page() -> str:
    """Return the page's text."""
    rows = [["situation", *PLAYBOOKS], ["---"] * (len(PLAYBOOKS) + 1)]
    rows += [[standing.value, *(_short(row[name]) for name in PLAYBOOKS)] for standing, row in TABLE.items()]
    table = "".join(f"| {' | '.join(row)} |\n" for row in rows)
    return f"{_INTRODUCTION}{table}\n## Why, and what helps\n\n{_reasons()}"


def _short(cell: Cell) -> str:
    return {WORK: "·", NOTHING: "–"}.get(cell.does, cell.code)


def _reasons() -> str:
    lines = []
    for standing, row in TABLE.items():
        lines.append(f"**{standing.value[0].upper()}{standing.value[1:]}.**")
        for cell in dict.fromkeys(row.values()):
            names = ", ".join(f"`{name}`" for name in PLAYBOOKS if row[name] == cell)
            if cell.does == WORK:
                lines.append(f"- {names}: {'does its work' if names.count(',') == 0 else 'do their work'}")
            elif cell.does == NOTHING:
                lines.append(f"- {names}: nothing to do; {cell.why}")
            else:
                lines.append(f"- {names}: {cell.code}; {cell.why}. {cell.todo}")
        lines.append("")
    return "\n".join(lines)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")

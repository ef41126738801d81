# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What helps when a server refuses to copy a table, by its SQLSTATE (PostgreSQL's manual, appendix A). Pure."""

from __future__ import annotations

_WAYS_OUT = {
    "42501": (
        "Give our role the right that the server names; where row-level security applies to it, ALTER ROLE … BYPASSRLS "
        "on that side"
    ),
    "54000": "More than a server sends: make the value smaller, or leave the table out (bluegreen_exclude_tables)",
    "53100": "Make room on the disk that is full",
    "22": "Green refuses a value of blue: give column and database the same type and encoding on both sides",
    "23": "Green refuses a row of blue: give the table the same constraints on both sides",
}


def way_out(sqlstate: str | None) -> str:
    """Return what helps against a refusal with this SQLSTATE, or against any with its class."""
    code = sqlstate or ""
    return _WAYS_OUT.get(code, _WAYS_OUT.get(code[:2], "Remove the reason"))

# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What helps when a server refuses rows of the other side, by its SQLSTATE (PostgreSQL's manual, appendix A). Pure."""

from __future__ import annotations

from .sides import Side

UNIQUE_VIOLATION = "23505"
_WAYS_OUT = {
    "42501": (
        "Give our role the right that the server names; where row-level security applies to it, ALTER ROLE … BYPASSRLS "
        "on that side"
    ),
    "42P01": "Make the table on {taker} as it is on {giver}",
    "42703": "Make the table's columns on {taker} as they are on {giver}",
    "55000": "Make table, columns and replica identity on {taker} as the server's words say",
    "54000": "More than a server sends: make the value smaller, or leave the table out (bluegreen_exclude_tables)",
    "53100": "Make room on the disk that is full",
    "53200": "Give {taker} more memory",
    "P0": "Code of yours on {taker} (a trigger that is ENABLE ALWAYS or REPLICA) refuses the row: mend or disable it",
    "08": "Make {giver} reachable from {taker}, with the address that the server names",
    "22": "{Taker} refuses a value of {giver}: give column and database the same type and encoding on both sides",
    "23": "{Taker} refuses a row of {giver}: give the table the same constraints on both sides",
}


def way_out(sqlstate: str | None, taker: Side = Side.GREEN) -> str:
    """Return what helps against a refusal with this SQLSTATE, or against any with its class.

    :param taker: the side that refuses rows of the other one
    """
    code = sqlstate or ""
    words = _WAYS_OUT.get(code, _WAYS_OUT.get(code[:2], "Remove the reason"))
    return words.format(taker=taker, giver=taker.other, Taker=str(taker).capitalize())

# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows that FORCE ROW LEVEL SECURITY hides from a table's own owner, as whom we write. Pure."""

from __future__ import annotations

from .relations import TableName, quoted
from .sides import Side

HIDES_ROWS = "BG544"


def hidden_from(table: TableName, owner: str, side: Side) -> str:
    """Say what stands in the way of writing to the table."""
    return f"FORCE ROW LEVEL SECURITY on {side} may hide rows of {table} from its owner {owner}, as whom we write"


def way_out(table: TableName, owner: str) -> str:
    """Return what helps, for as long as we write."""
    return f"For that time, ALTER ROLE {quoted(owner)} BYPASSRLS, or ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY"

# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values as text."""

from __future__ import annotations


def as_output(value: str) -> str:
    """Return an expression for the text that COPY and replication write of this one, NULL for NULL.

    A cast to text writes another one for char(n), boolean, inet and types whose casts are their owner's functions.
    """
    return f"CASE WHEN {value} IS DISTINCT FROM NULL THEN pg_catalog.concat({value}) END"

# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What must hold before a comparison means anything."""

from __future__ import annotations

from collections.abc import Collection

from ..._domain.errors import MigrationError
from ..._domain.relations import TableName
from ..._postgres.comparison import side as postgres
from .pair import Pair


def require_same_encoding(pair: Pair) -> None:
    """Check that equal texts have equal hashes.

    :raises MigrationError: BG405
    """
    mine, theirs = pair.both(postgres.read_encoding)
    if mine != theirs:
        raise MigrationError(
            "BG405",
            f"{pair.reference.side} stores text in {mine}, {pair.other.side} in {theirs}: their hashes say nothing",
            "Nothing was compared",
            "Give both databases the same encoding",
        )


def require_visible_rows(pair: Pair, mine: Collection[TableName], theirs: Collection[TableName]) -> None:
    """Check that no policy hides rows from us: of ``mine`` on the reference, or of ``theirs`` on the other side.

    :raises MigrationError: BG402
    """
    hidden = pair.both(postgres.read_hidden_tables)
    sides = (pair.reference.side, pair.other.side)
    for side, names, wanted in zip(sides, hidden, (mine, theirs)):
        policed = ", ".join(sorted(str(name) for name in names.intersection(wanted)))
        if policed:
            raise MigrationError(
                "BG402",
                f"Row-level security may hide rows from us on {side}: {policed}",
                "Nothing was compared",
                "Give our role BYPASSRLS, or exclude these tables",
            )

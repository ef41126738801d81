# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading which indexes an apply worker may look for rows by."""

from __future__ import annotations

from ..._domain.relations import TableName
from ..._domain.schema.full_search import SearchIndex
from ..session import Session
from ..sql.schema import full_search as sql


def read_search_indexes(session: Session) -> tuple[SearchIndex, ...]:
    """Return those of tables without a key, the oldest of a table first."""
    rows = session.rows(sql.SEARCH_INDEXES, {})
    return tuple(SearchIndex(TableName(row.pop("schema"), row.pop("table")), **row) for row in rows)

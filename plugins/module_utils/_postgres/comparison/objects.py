# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fingerprints of what one side holds besides tables."""

from __future__ import annotations

from ..._domain.comparison.objects import LARGE_OBJECTS, MATERIALIZED_VIEWS, ROLES, SEQUENCES
from ..._domain.relations import TableName
from ..session import Session
from ..sql.comparison import objects as sql

_QUERIES = {LARGE_OBJECTS: sql.LARGE_OBJECTS, ROLES: sql.ROLES, SEQUENCES: sql.SEQUENCES}


def read_fingerprints(session: Session, kind: str) -> dict[str, str]:
    """Return a fingerprint for each object of that kind, by name.

    :raises DatabaseError: BG008 when our role may not read one of them
    """
    if kind != MATERIALIZED_VIEWS:
        return {row["name"]: row["fingerprint"] for row in session.rows(_QUERIES[kind], {})}
    views = [TableName(**row) for row in session.rows(sql.MATERIALIZED_VIEWS, {})]
    return {str(view): str(session.value(sql.CONTENTS, table=view.parts)) for view in views}

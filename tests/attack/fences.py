# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When each side was fenced, from its own journal: tells an attacker's own doing from what our fence let pass."""

from __future__ import annotations

from collections import defaultdict

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.service.journal import (
    FENCED,
    GUARDED,
    OPENED,
    WITHDRAWN,
)
from tests.attack.field import SIDES, Field
from tests.attack.ledger import Written

# The time of the commit counts; where the server keeps no commit timestamps, the time when the row was written.
_MOMENTS = """
SELECT extract(epoch FROM CASE WHEN pg_catalog.current_setting('track_commit_timestamp')::bool
    THEN coalesce(pg_catalog.pg_xact_commit_timestamp(xmin), at) ELSE at END)::float8, event = ANY (%s)
FROM bluegreen.journal WHERE event = ANY (%s)
"""
_CLOSING, _OPENING = [GUARDED, FENCED], [OPENED, WITHDRAWN]
# A row committed just before an opening may be acknowledged just after it.
_TOLD_LATE_SECONDS = 0.5


class Fences:
    """The fences of both sides. A journal that is dropped at the end was read before."""

    def __init__(self, field: Field) -> None:
        self._field = field
        self._moments: dict[str, set[tuple[float, bool]]] = defaultdict(set)

    def read(self) -> None:
        """Read newer rows."""
        for side in SIDES:
            if self._field.query(side, "SELECT to_regclass('bluegreen.journal') IS NOT NULL") == [(True,)]:
                for at, closes in self._field.query(side, _MOMENTS, _CLOSING, _CLOSING + _OPENING):
                    self._moments[side].add((at, closes))

    def passed_by_hand(self, one: Written) -> bool:
        """Whether the gate was taken off after the side was fenced, and the row was written before the side's
        opening."""
        if one.tampered_since is None:
            return False
        before = [at for at, closes in self._moments[one.side] if closes and at <= one.tampered_since]
        return bool(before) and not any(
            max(before) < at < one.at - _TOLD_LATE_SECONDS for at, closes in self._moments[one.side] if not closes
        )

# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many rows a table has on both sides, where only the numbers are compared."""

from __future__ import annotations

from ..._domain.comparison.report import COUNTED, COUNTS_DIFFER
from .pair import Link, Pair
from .table import ComparedTable

_TRIES = 3


def count_rows(pair: Pair, link: Link, table: ComparedTable) -> None:
    """Count a table's rows on both sides; where the numbers differ, count again after earlier writes have been
    applied."""
    mine, theirs = _numbers(pair, table)
    for _try in range(_TRIES):
        if mine != theirs:
            link.wait_until_applied()
            mine, theirs = _numbers(pair, table)
    findings = table.findings
    findings.rows = {pair.reference.side: mine, pair.other.side: theirs}
    findings.ranges_done = findings.ranges = 1
    findings.reason = COUNTED if mine == theirs else COUNTS_DIFFER


def _numbers(pair: Pair, table: ComparedTable) -> tuple[int, int]:
    return pair.both(lambda session: table.readers[session.side].count())

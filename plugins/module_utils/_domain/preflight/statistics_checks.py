# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks of problems that grow with time: sequences that run out, statistics that are missing."""

from __future__ import annotations

from collections.abc import Iterator

from .facts import Facts
from .reasons import Reason, about, about_each

_NEARLY_USED_UP = 0.9


def exhausted_sequences(facts: Facts) -> Iterator[Reason]:
    """Find sequences near their end; a switch skips some values."""
    for one in facts.sides:
        yield from about_each(
            one.side,
            {
                str(
                    each.name
                ): f"ALTER SEQUENCE {each.name} AS bigint; -- {each.used:.0%} used; and the column's type, too"
                for each in one.sequences
                if not each.cycles and each.used >= _NEARLY_USED_UP
            },
            f"{{n}} sequence{{s}} {{have}} used {_NEARLY_USED_UP:.0%} of the values or more",
        )


def no_statistics(facts: Facts) -> Iterator[Reason]:
    """Find tables of green that have no statistics for the planner."""
    yield from about(
        facts.green.side,
        [each.name for each in facts.replicated(facts.green) if each.filled and not each.analyzed],
        "{n} table{s} {have} rows but no statistics: the first queries after the switch may get bad plans",
        "ANALYZE {};",
    )

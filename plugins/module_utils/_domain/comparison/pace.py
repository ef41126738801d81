# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a statement that hashes rows leaves the CPU to others: it works for some microseconds, then sleeps."""

from __future__ import annotations

from typing import NamedTuple

# The measured time of a server's shortest sleep.
_REST_SECONDS = 1.06e-3
# The approximate cost of hashing: some time for each row, and for its bytes.
_SECONDS_A_ROW = 0.3e-6
_SECONDS_A_BYTE = 3.33e-9
_USUAL_ROW_BYTES = 100.0
# How often per second another process took the CPU from a process that only counts: a few times with spare cores; a
# hundred times or more on two busy cores beside 200 transactions a second.
_MOST_INTERRUPTIONS = 50.0


class Rest(NamedTuple):
    """The share of rows after which a statement sleeps, and how many times longer it may take because of that."""

    share_of_rows: float = 0.0
    stretch: float = 1.0


WITHOUT_REST = Rest()


def rest_for(busy_percent: float, rows: int, number_of_bytes: int) -> Rest:
    """Return how a statement works for ``busy_percent`` of its time.

    :param rows: how many rows of the table take up ``number_of_bytes``; 0 where that is unknown
    """
    if busy_percent >= 100:
        return WITHOUT_REST
    row_bytes = number_of_bytes / rows if rows else _USUAL_ROW_BYTES
    seconds_a_row = _SECONDS_A_ROW + row_bytes * _SECONDS_A_BYTE
    seconds_of_work = _REST_SECONDS * busy_percent / (100 - busy_percent)
    return Rest(min(1.0, seconds_a_row / seconds_of_work), 100 / busy_percent)


def is_in_the_way(interruptions: float) -> bool:
    """Tell whether others compete with us for the CPU, by how often per second they interrupted us."""
    return interruptions > _MOST_INTERRUPTIONS

# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a statement that hashes rows leaves the CPU to others: it works for some microseconds, then rests."""

from __future__ import annotations

from typing import NamedTuple

# The shortest sleep of a server's, as it was seen to take.
_REST_SECONDS = 1.06e-3
# What hashing takes, roughly: some time for each row, and for its bytes.
_SECONDS_A_ROW = 0.3e-6
_BYTES_A_SECOND = 300e6
_USUAL_ROW_BYTES = 100.0
# How often a second somebody took the CPU from a process that only counts. With cores to spare it is a few times, from
# each of two that have no others, beside 200 transactions a second, a hundred times and more.
_MOST_INTERRUPTIONS = 50.0


class Rest(NamedTuple):
    """After which share of the rows a statement rests, and how many times longer it may therefore take."""

    share_of_rows: float = 0.0
    stretch: float = 1.0


WITHOUT_REST = Rest()


def rest_for(busy_percent: float, rows: int, number_of_bytes: int) -> Rest:
    """Return how a statement works for ``busy_percent`` of its time.

    :param rows: how many rows of the table are known to take up ``number_of_bytes``; 0 where none are known
    """
    if busy_percent >= 100:
        return WITHOUT_REST
    row_bytes = number_of_bytes / rows if rows else _USUAL_ROW_BYTES
    seconds_a_row = _SECONDS_A_ROW + row_bytes / _BYTES_A_SECOND
    seconds_of_work = _REST_SECONDS * busy_percent / (100 - busy_percent)
    return Rest(min(1.0, seconds_a_row / seconds_of_work), 100 / busy_percent)


def is_in_the_way(interruptions: float) -> bool:
    """Tell whether others compete with us for the CPU, by how often per second they interrupted us."""
    return interruptions > _MOST_INTERRUPTIONS

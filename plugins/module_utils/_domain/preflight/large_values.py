# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values whose text is too large for a link: estimated from what a server says of the largest ones. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ..relations import TableName

# A server sends a row as text in one message, of which it makes at most 1 GB (MaxAllocSize).
LIMIT = 0x3FFFFFFF
NEAR = LIMIT * 9 // 10
# Bytes that a byte of the compressed form stands for at most, by lz4.
_MOST_COMPRESSED = 255
_DOUBLED = 2  # two hexadecimal digits for each byte
_MEGABYTE = 1_000_000


@dataclass(frozen=True)
class LargestValue:
    """The largest value of a column, in bytes, ``None`` where it could not be read in time.

    ``doubles``: its text is twice as long. ``sampled``: only a part of the table was read.
    """

    table: TableName
    column: str
    octets: int | None
    doubles: bool
    sampled: bool = False

    @property
    def text(self) -> int | None:
        """Return the length of its text."""
        return None if self.octets is None else self.octets * (_DOUBLED if self.doubles else 1)

    @property
    def words(self) -> str:
        """Name the column with what is known of it."""
        if self.text is None:
            return f"{self.table}.{self.column} (not read in time)"
        about = "in a sample, about" if self.sampled else "about"
        return f"{self.table}.{self.column} ({about} {self.text // _MEGABYTE} MB as text)"


def least_stored() -> int:
    """Return how many bytes outside of its rows a table must store to hold such a value."""
    return NEAR // _DOUBLED // _MOST_COMPRESSED


def surely_stored() -> int:
    """Return how many bytes a table stores that may hold such a value without compression."""
    return NEAR // _DOUBLED


def too_large(values: Iterable[LargestValue]) -> Iterator[LargestValue]:
    """Yield those that come near the limit, and those of which that is not known."""
    yield from (one for one in values if one.text is None or one.text >= NEAR)

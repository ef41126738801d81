# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files in parts, as S3 takes them, and what is still to be sent of them."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

MIB = 1 << 20
SMALLEST = 5 * MIB
LARGEST = 5 * 1024 * MIB
MOST = 10_000
LARGEST_OBJECT = 5 * 1024 * 1024 * MIB
USUAL = 16 * MIB  # what a lost connection costs at most, three times


@dataclass(frozen=True)
class Part:
    """One part: its ``number`` from 1, where it begins in the file, and its size, both in bytes."""

    number: int
    start: int
    bytes: int


@dataclass(frozen=True)
class SentPart:
    """A part that the service has; ``sha256`` in base64, ``None`` where it does not say."""

    number: int
    bytes: int
    sha256: str | None


def parts_of(size: int, usual: int = USUAL) -> tuple[Part, ...]:
    """Cut a file of ``size`` bytes; the same size always gives the same parts, so that a later run can go on.

    :raises ValueError: where S3 has no room for such an object, or the parts would be too small
    """
    if not 0 <= size <= LARGEST_OBJECT or not SMALLEST <= usual <= LARGEST:
        raise ValueError(f"{size} bytes in parts of {usual} bytes")
    needed = -(-size // MOST)
    each = max(usual, -(-needed // MIB) * MIB)
    starts = range(0, size, each) if size else range(1)
    return tuple(Part(number, start, min(each, size - start)) for number, start in enumerate(starts, 1))


def still_to_send(parts: Iterable[Part], digests: Mapping[int, str], sent: Iterable[SentPart]) -> tuple[Part, ...]:
    """Return the parts that the service lacks, or does not prove to have: no checksum is not an equal one."""
    there = {one.number: one for one in sent}
    return tuple(
        part for part in parts if there.get(part.number) != SentPart(part.number, part.bytes, digests[part.number])
    )


def composite(digests: Iterable[str]) -> str:
    """Return the checksum of an object that came in parts with these, without the number of parts.

    S3 adds that number ("-3"), other services do not; the checksum already tells one number from another.
    """
    joined = b"".join(base64.b64decode(one) for one in digests)
    return base64.b64encode(hashlib.sha256(joined).digest()).decode()

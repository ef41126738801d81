# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files are cut as S3 takes them, and nothing counts as sent that the service does not prove."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.retirement import parts as s3


@given(st.integers(0, s3.LARGEST_OBJECT), st.integers(s3.SMALLEST, s3.LARGEST))
def test_parts_hold_every_byte_once_within_the_limits(size: int, usual: int) -> None:
    cut = s3.parts_of(size, usual)
    assert 1 <= len(cut) <= s3.MOST
    assert [one.number for one in cut] == list(range(1, len(cut) + 1))
    assert all(one.start + one.bytes == after.start for one, after in itertools.pairwise(cut))
    assert (cut[0].start, cut[-1].start + cut[-1].bytes) == (0, size)
    assert all(s3.SMALLEST <= one.bytes <= s3.LARGEST for one in cut[:-1])
    assert cut[-1].bytes <= s3.LARGEST


@pytest.mark.parametrize(("size", "usual"), [(s3.LARGEST_OBJECT + 1, s3.USUAL), (1, s3.SMALLEST - 1), (-1, s3.USUAL)])
def test_what_s3_does_not_take_is_refused(size: int, usual: int) -> None:
    with pytest.raises(ValueError, match="bytes in parts of"):
        s3.parts_of(size, usual)


def test_only_an_equal_checksum_and_size_count_as_sent() -> None:
    cut = s3.parts_of(20 * s3.MIB, s3.SMALLEST)
    digests = {one.number: f"d{one.number}" for one in cut}
    sent = [
        s3.SentPart(1, s3.SMALLEST, "d1"),
        s3.SentPart(2, s3.SMALLEST, None),
        s3.SentPart(3, s3.SMALLEST - 1, "d3"),
        s3.SentPart(4, s3.SMALLEST, "other"),
    ]
    assert [one.number for one in s3.still_to_send(cut, digests, sent)] == [2, 3, 4]

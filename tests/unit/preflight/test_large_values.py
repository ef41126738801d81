# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which values are too large for a link."""

from __future__ import annotations

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.preflight.large_values import (
    LIMIT,
    NEAR,
    LargestValue,
    least_stored,
    surely_stored,
    too_large,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.relations import TableName

FILES = TableName("public", "files")


def test_the_limit_is_what_a_server_puts_into_one_message() -> None:
    assert LIMIT == 2**30 - 1
    assert NEAR == 966_367_640


def test_the_text_counts_and_that_of_bytes_is_twice_as_long() -> None:
    fits = LargestValue(FILES, "photo", NEAR // 2 - 1, doubles=True)
    too_long = LargestValue(FILES, "photo", NEAR // 2, doubles=True)
    text = LargestValue(FILES, "note", NEAR // 2, doubles=False)
    assert list(too_large([fits, too_long, text])) == [too_long]
    assert too_long.words == "public.files.photo (about 966 MB as text)"
    assert LargestValue(FILES, "note", NEAR, doubles=False, sampled=True).words == (
        "public.files.note (in a sample, about 966 MB as text)"
    )


def test_what_could_not_be_read_is_no_small_value() -> None:
    unknown = LargestValue(FILES, "photo", None, doubles=True)
    assert list(too_large([unknown])) == [unknown]
    assert unknown.words == "public.files.photo (not read in time)"


def test_a_table_that_stores_less_than_the_best_compression_makes_of_such_a_value_is_not_asked() -> None:
    assert least_stored() == NEAR // 2 // 255
    assert surely_stored() == NEAR // 2


def test_a_megabyte_is_a_million_bytes() -> None:
    below, full = (LargestValue(FILES, "note", octets, doubles=False) for octets in (999_999_999, 1_000_000_000))
    assert "about 999 MB" in below.words
    assert "about 1000 MB" in full.words

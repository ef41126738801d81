# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every byte of a text comes back, whatever Python thinks of an encoding."""

from __future__ import annotations

import psycopg2.extensions
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.encodings import learn

# pg_char_to_encoding() of 14 to 18, without UTF8 and MULE_INTERNAL.
ENCODINGS = (
    "SQL_ASCII", "EUC_JP", "EUC_CN", "EUC_KR", "EUC_TW", "EUC_JIS_2004", "LATIN1", "LATIN2", "LATIN3", "LATIN4",
    "LATIN5", "LATIN6", "LATIN7", "LATIN8", "LATIN9", "LATIN10", "WIN1256", "WIN1258", "WIN866", "WIN874", "KOI8R",
    "WIN1251", "WIN1252", "ISO_8859_5", "ISO_8859_6", "ISO_8859_7", "ISO_8859_8", "WIN1250", "WIN1253", "WIN1254",
    "WIN1255", "WIN1257", "KOI8U",
)  # fmt: skip


def _codec(encoding: str) -> str:
    table = dict(psycopg2.extensions.encodings)
    learn(table, encoding)
    learn(table, encoding)
    return table[encoding.replace("_", "")]


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_byte_comes_back(encoding: str) -> None:
    codec = _codec(encoding)

    @settings(max_examples=30)
    @given(st.binary(max_size=12))
    def check(text: bytes) -> None:
        assert text.decode(codec).encode(codec) == text

    check()
    high = range(0xA0, 0x100) if encoding.startswith("EUC") else range(0)
    pairs = (bytes((first, second)) for first in high for second in high[::7])
    for text in (*(bytes((one,)) for one in range(256)), *(bytes((0x8F, 0xA2, one)) for one in high), *pairs):
        assert text.decode(codec).encode(codec) == text


@pytest.mark.parametrize(
    ("encoding", "text", "written"),
    [("LATIN1", "caf\xe9", b"caf\xe9"), ("SQL_ASCII", "\xe4", b"\xc3\xa4"), ("EUC_JP", "\u6f22", b"\xb4\xc1")],
)
def test_a_name_is_written_as_its_encoding_has_it(encoding: str, text: str, written: bytes) -> None:
    codec = _codec(encoding)
    assert (text.encode(codec), written.decode(codec)) == (written, text)


def test_what_an_encoding_does_not_have_is_a_question_mark() -> None:
    assert "a \u2026 b".encode(_codec("LATIN1")) == b"a ? b"

# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Texts of databases that are not in UTF8: every byte comes as something and goes back as the same byte."""

from __future__ import annotations

import codecs
from collections.abc import MutableMapping

UTF8 = "UTF8"
_NO_ENCODING = "SQL_ASCII"  # whatever bytes clients have sent, most often those of UTF-8
_ASCII = "ascii"  # part of each encoding of a database
_BYTE_BY_BYTE = "surrogateescape"
_PREFIX = "bluegreen_bytes_"
_FIRST_BYTE, _LAST_BYTE, _BYTES = 0xDC80, 0xDCFF, 0xDC00  # as Python writes bytes that are no characters


def learn(encodings: MutableMapping[str, str], encoding: str) -> None:
    """Let psycopg2 read and write that encoding byte by byte.

    :param encodings: psycopg2's own table: the codec of each encoding, by its name without underscores
    """
    name = encoding.replace("_", "")
    known = "utf_8" if encoding == _NO_ENCODING else encodings.get(name, _ASCII)
    if not known.startswith(_PREFIX):
        encodings[name] = f"{_PREFIX}{codecs.lookup(known).name.replace('-', '_')}"


def _found(name: str) -> codecs.CodecInfo | None:
    if not name.startswith(_PREFIX):
        return None
    plain = codecs.lookup(name[len(_PREFIX) :])

    def encode(text: str, _errors: str = "") -> tuple[bytes, int]:
        return plain.encode(text, _PREFIX)

    def decode(found: bytes, _errors: str = "") -> tuple[str, int]:
        text, read = plain.decode(found, _BYTE_BY_BYTE)
        if plain.encode(text, _PREFIX)[0] != found:  # Python reads some characters of EUC_JP as another one
            text = bytes(found).decode(_ASCII, _BYTE_BY_BYTE)
        return text, read

    return codecs.CodecInfo(encode, decode, name=name)  # type: ignore[arg-type]


def _bytes_again(error: UnicodeError) -> tuple[bytes, int]:
    """Write a byte as itself, and what the encoding has no character for as a question mark."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    number = ord(error.object[error.start])
    is_byte = _FIRST_BYTE <= number <= _LAST_BYTE
    return (bytes([number - _BYTES]) if is_byte else b"?"), error.start + 1


codecs.register(_found)
codecs.register_error(_PREFIX, _bytes_again)

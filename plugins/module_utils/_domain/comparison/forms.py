# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The form in which values of two types are compared: equal values, and no others, are equal in it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum


class Conversion(Enum):
    """The conversion of a value that the two sides store in different types."""

    NONE = "none"
    TO_TEXT = "text"
    TO_BIGINT = "bigint"
    TO_JSONB = "jsonb"
    WITHOUT_SCALE = "numeric without trailing zeros"


class Hashing(Enum):
    """How a value enters the hash of its row without losing any difference.

    PostgreSQL's hash of a type treats as equal what the type treats as equal (1.0 and 1.00), and folds 64-bit values to
    32 bits. So we use it where it is exact, hash the value's bytes where those are, and its text elsewhere.
    """

    EXACT = "hash of the type"
    INTEGER_BYTES = "bytes of a bigint"
    TIMESTAMP_BYTES = "bytes of a timestamp without time zone"
    TIMESTAMPTZ_BYTES = "bytes of a timestamp with time zone"
    TIME_BYTES = "bytes of a time without time zone"
    REAL_BYTES = "bytes of a real"
    FLOAT_BYTES = "bytes of a double precision"
    CHARACTERS = "characters, whatever the collation"
    OUTPUT = "text as the type prints it"


@dataclass(frozen=True)
class Form:
    """The form in which both sides' values of a column are compared."""

    conversion: Conversion
    hashing: Hashing


class Ordering(Enum):
    """The order of values that every server of every version sorts alike, so that ranges mean the same."""

    INTEGER = "integer"
    NUMERIC = "numeric"
    DATE = "date"
    TIMESTAMP = "timestamp"
    TIMESTAMPTZ = "timestamptz"
    UUID = "uuid"


_ORDERED = {
    "numeric": Ordering.NUMERIC,
    "date": Ordering.DATE,
    "timestamp without time zone": Ordering.TIMESTAMP,
    "timestamp with time zone": Ordering.TIMESTAMPTZ,
    "uuid": Ordering.UUID,
}
_SMALL_INTEGERS = frozenset({"smallint", "integer"})
_INTEGERS = _SMALL_INTEGERS | {"bigint"}
_NUMBERS = _INTEGERS | {"numeric"}
_CHARACTERS = frozenset({"text", "character varying"})
_EXACT = frozenset({"boolean", "date", "uuid", "bytea"})
_BYTES = {
    "timestamp without time zone": Hashing.TIMESTAMP_BYTES,
    "timestamp with time zone": Hashing.TIMESTAMPTZ_BYTES,
    "time without time zone": Hashing.TIME_BYTES,
}


_FLOATS = {"real": Hashing.REAL_BYTES, "double precision": Hashing.FLOAT_BYTES}


def form_of(one_type: str, other_type: str, *, floats_print_alike: bool = True) -> Form:
    """Return how values of these two types (format_type's words) are compared; equal values are equal in it.

    :param floats_print_alike: on both servers
    """
    bases = {_base(one_type), _base(other_type)}
    base = next(iter(bases))
    if bases <= _SMALL_INTEGERS or (len(bases) == 1 and base in _EXACT):
        return Form(Conversion.NONE, Hashing.EXACT)
    if bases <= _INTEGERS:
        return Form(Conversion.TO_BIGINT, Hashing.INTEGER_BYTES)
    if bases <= _CHARACTERS:
        return Form(Conversion.NONE, Hashing.CHARACTERS)
    if bases == {"character"}:  # its hash, like its equality, ignores the padding; its text does not
        return Form(Conversion.NONE if one_type == other_type else Conversion.TO_TEXT, Hashing.CHARACTERS)
    as_bytes = _BYTES if floats_print_alike else {**_BYTES, **_FLOATS}
    if len(bases) == 1 and base in as_bytes:
        return Form(Conversion.NONE, as_bytes[base])
    return Form(_conversion(bases, one_type == other_type), Hashing.OUTPUT)


def _conversion(bases: set[str], same: bool) -> Conversion:
    if bases == {"json", "jsonb"}:
        return Conversion.TO_JSONB
    if bases <= _NUMBERS and not same:
        return Conversion.WITHOUT_SCALE
    return Conversion.NONE


def _base(type_name: str) -> str:
    return re.sub(r"\(\d+(,-?\d+)?\)", "", type_name)


def names_its_row(form: Form) -> bool:
    """Tell whether the value's text is the same on both servers and differs where the value does."""
    return form.hashing not in (Hashing.REAL_BYTES, Hashing.FLOAT_BYTES)


def ordering_of(one_type: str, other_type: str) -> Ordering | None:
    """Return how both sides sort values of these two types, ``None`` where they may sort them differently."""
    bases = {_base(one_type), _base(other_type)}
    if bases <= _INTEGERS:
        return Ordering.INTEGER
    return _ORDERED.get(next(iter(bases))) if len(bases) == 1 else None

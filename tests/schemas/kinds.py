# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Types of columns, each with values that are hard to carry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from tests.schemas.words import literal

Draw = Callable[[Random], str]


@dataclass(frozen=True)
class Kind:
    """A type: how SQL writes it, and an expression for one value. `sorted`: it may be part of a key."""

    type: str
    value: Draw
    sorted: bool = True


_TEXTS = (
    "", " ", "a", "NULL", "\\N", "\\.", "a\tb", "a\nb", "\r\n", "it's", '"', "back\\slash", "100%", "{0}", "ÄÖÜ",
    "数据库", "🐘", "e\u0301", "x" * 3000, ",", "\x01",
)  # fmt: skip
_ALPHABET = "abcdefghijklmnopqrstuvwxyzÄ 0123456789"
_REPEATS = 40


def _text(chance: Random, longest: int = 60) -> str:
    if chance.random() < 0.4:
        return chance.choice(_TEXTS)[:longest]
    return "".join(chance.choice(_ALPHABET) for _time in range(chance.randint(1, longest)))


def _short(longest: int) -> Draw:
    return lambda chance: literal(_text(chance, longest))


def _of(type_: str, *values: str) -> Draw:
    """Draw one of these texts, of that type."""
    return lambda chance: f"{literal(chance.choice(values))}::{type_}"


def _number(lowest: int, highest: int) -> Draw:
    return lambda chance: str(chance.choice((lowest, highest, 0, chance.randint(lowest, highest))))


def _cast(type_: str, draw: Callable[[Random], str]) -> Draw:
    return lambda chance: f"{literal(draw(chance))}::{type_}"


def _date(chance: Random) -> str:
    return f"{chance.randint(1, 9999):04}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}"


def _stamp(chance: Random) -> str:
    rare = ("infinity", "-infinity", "4713-01-02 00:00:00 BC", "2026-03-29 02:30:00.123456")
    clock = f"{chance.randint(0, 23):02}:{chance.randint(0, 59):02}:{chance.randint(0, 59):02}"
    return chance.choice(rare) if chance.random() < 0.2 else f"{_date(chance)} {clock}.{chance.randint(0, 999999):06}"


def _uuid(chance: Random) -> str:
    return f"{chance.getrandbits(128):032x}"


def _document(chance: Random) -> str:
    text = _text(chance, 20).replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t")
    text = text.replace("\n", "\\n").replace("\r", "\\r").replace("\x01", "\\u0001")
    return f'{{"b":  [1, 2.50, null], "a": "{text}", "a": {chance.randint(0, 9)}}}'


def _integers(chance: Random) -> str:
    inner = ",".join(chance.choice(("NULL", str(chance.randint(-9, 9)))) for _time in range(chance.randint(0, 4)))
    return f"{{{inner}}}"


def _spans(chance: Random) -> str:
    low = chance.randint(-100, 100)
    return chance.choice(("empty", f"[{low},{low + chance.randint(1, 9)})", f"({low},)", "(,)"))


KINDS: tuple[Kind, ...] = (
    Kind("smallint", _number(-32768, 32767)),
    Kind("integer", _number(-(2**31), 2**31 - 1)),
    Kind("bigint", lambda chance: f"'{chance.randint(-(2**63), 2**63 - 1)}'::bigint"),
    Kind("numeric", _of("numeric", "NaN", "0.10", "0.1", "-1e-20", "123456789012345678901234567890.5", "0")),
    Kind("numeric(12,3)", lambda chance: f"{chance.randint(-(10**11), 10**11)}::numeric / 1000"),
    Kind("real", _of("real", "NaN", "-0", "0", "1e-40", "3.4e38", "-Infinity", "0.1")),
    Kind("double precision", _of("float8", "NaN", "-0", "0.1", "5e-324", "1.7976931348623157e308", "Infinity")),
    Kind("boolean", _of("boolean", "t", "f")),
    Kind("text", _short(200)),
    Kind('text COLLATE "C"', _short(60)),
    Kind("varchar(20)", _short(20)),
    Kind("char(5)", _short(5)),
    Kind("name", _short(20)),
    Kind('"char"', _of('"char"', "", "a", " ")),
    Kind("bytea", lambda chance: f"'\\x{chance.randbytes(chance.randint(0, 30)).hex()}'::bytea"),
    Kind("date", _cast("date", _date)),
    Kind("time(3)", _of("time", "00:00", "24:00", "12:34:56.789")),
    Kind("timetz", _of("timetz", "00:00+14", "23:59:59.999999-12")),
    Kind("timestamp", _cast("timestamp", _stamp)),
    Kind("timestamptz", _cast("timestamptz", lambda chance: _stamp(chance).replace(" BC", "+00 BC"))),
    Kind("interval", _of("interval", "1 mon", "30 days", "-1 year 2 mons", "1 day -00:00:00.000001", "0")),
    Kind("uuid", _cast("uuid", _uuid)),
    Kind("inet", _of("inet", "10.0.0.1/8", "::1", "::ffff:1.2.3.4/128")),
    Kind("cidr", _of("cidr", "10.0.0.0/8", "2001:db8::/32")),
    Kind("macaddr", _of("macaddr", "08:00:2b:01:02:03")),
    Kind("macaddr8", _of("macaddr8", "08:00:2b:01:02:03:04:05")),
    Kind("bit(5)", _of("bit(5)", "00000", "10101")),
    Kind("varbit", _of("varbit", "", "1", "0001")),
    Kind("money", _of("money", "0", "-12.34", "92233720368547758.07")),
    Kind("oid", _number(0, 2**31 - 1)),
    Kind("pg_lsn", _of("pg_lsn", "0/0", "FFFFFFFF/FFFFFFFF")),
    Kind("int4range", _cast("int4range", _spans)),
    Kind("numrange", _cast("numrange", _spans)),
    Kind("int8multirange", lambda chance: f"int8multirange({literal(_spans(chance))}::int8range)"),
    Kind("tsvector", _of("tsvector", "", "a:1A b:2,3C", "'it''s'")),
    Kind("tsquery", _of("tsquery", "", "a & !b", "a <-> b:*", "'it''s'")),
    Kind("jsonb", _cast("jsonb", _document)),
    Kind("integer[]", _cast("integer[]", _integers)),
    Kind("text[]", lambda chance: f"ARRAY[{literal(_text(chance, 20))}, NULL, 'NULL', '']::text[]"),
    Kind("text[]", _of("text[]", "{}", "[2:3][0:1]={{a,b},{c,NULL}}", '{"NULL",NULL}')),
    Kind("numeric[]", _of("numeric[]", "{}", "{0.10,NaN,NULL}")),
    Kind("json", _cast("json", _document), sorted=False),
    Kind("jsonpath", _of("jsonpath", "$.a[*] ? (@ > 1)"), sorted=False),
    Kind("point", _of("point", "(0,0)", "(1e300,-0)"), sorted=False),
    Kind("lseg", _of("lseg", "[(0,0),(1,1)]"), sorted=False),
    Kind("box", _of("box", "(1,1),(0,0)"), sorted=False),
    Kind("path", _of("path", "((0,0),(1,1))", "[(0,0),(1,1)]"), sorted=False),
    Kind("polygon", _of("polygon", "((0,0),(1,1),(1,0))"), sorted=False),
    Kind("circle", _of("circle", "<(0,0),1>"), sorted=False),
    Kind("line", _of("line", "{1,-1,0}"), sorted=False),
)  # fmt: skip

BIG_TEXT = Kind(
    "text", lambda chance: f"repeat({literal(_text(chance, 20))} || '.', {chance.randint(1, _REPEATS) * 100})"
)


def enum(type_: str, labels: list[str]) -> Kind:
    """Return the kind of an enum."""
    return Kind(type_, lambda chance: f"{literal(chance.choice(labels))}::{type_}")


def whole(lowest: int, highest: int, type_: str) -> Kind:
    """Return a type whose values are whole numbers of that range."""
    return Kind(type_, lambda chance: f"{chance.randint(lowest, highest)}::{type_}")


def pair(type_: str, first: Kind, second: Kind) -> Kind:
    """Return the kind of a composite type of two."""
    return Kind(
        type_,
        lambda chance: f"ROW({first.value(chance)}, {second.value(chance)})::{type_}",
        first.sorted and second.sorted,
    )


def several(of: Kind) -> Kind:
    """Return the kind of arrays of it."""
    return Kind(f"{of.type}[]", lambda chance: f"ARRAY[{of.value(chance)}, NULL]::{of.type}[]", of.sorted)

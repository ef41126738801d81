# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which types hold every value of another one."""

from __future__ import annotations

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.schema.column_types import holds


@pytest.mark.parametrize(
    ("target", "source"),
    [
        ("bigint", "integer"),
        ("numeric", "bigint"),
        ("text", "character varying(10)"),
        ("text", "jsonb"),
        ("character varying(20)", "character varying(10)"),
        ("character varying", "character varying(10)"),
        ("numeric(12,2)", "numeric(10,2)"),
        ("numeric", "numeric(10,2)"),
        ("bigint[]", "integer[]"),
        ("double precision", "real"),
        ('public."Odd (type)"', 'public."Odd (type)"'),
    ],
)
def test_a_wider_type_holds_a_narrower_one(target: str, source: str) -> None:
    narrow, wide = source, target
    assert holds(wide, narrow)
    assert wide == narrow or not holds(narrow, wide)


@pytest.mark.parametrize(
    ("target", "source"),
    [
        ("integer", "text"),
        ("bigint[]", "integer"),
        ("numeric(11,4)", "numeric(10,2)"),
        ("text[]", "integer[]"),
        ("timestamp with time zone", "timestamp without time zone"),
        ("numeric(10,2)", "integer"),
        ("jsonb", "json"),
    ],
)
def test_neither_holds_the_other(target: str, source: str) -> None:
    assert not holds(target, source)


@pytest.mark.parametrize(
    ("target", "source", "fits"),
    [
        ("numeric(10)", "numeric(10)", True),
        ("numeric(10)", "numeric(9)", True),
        ("numeric(9)", "numeric(10)", False),
        ("numeric(11,1)", "numeric(10)", True),
        ("numeric(10,1)", "numeric(10)", False),
        ("numeric(10)", "numeric(10,1)", False),
        ("numeric(12,4)", "numeric(10,2)", True),
        ("timestamp(3) with time zone", "timestamp(2) with time zone", True),
        ("timestamp(2) with time zone", "timestamp(3) with time zone", False),
        ("time(3) without time zone", "time(2) without time zone", True),
        ("interval(3)", "interval(2)", True),
        ("character(3)", "character(2)", True),
        ("bit varying(3)", "bit varying(2)", True),
        ("character varying(5)", "character varying(5)", True),
        ("public.vector(4)", "public.vector(3)", False),
        ("public.vector", "public.vector(3)", True),
        ("integer", "real", False),
        ("bit(5)", "bit(4)", False),
        ("weird(type", "integer", False),
        ("integer", "weird(type", False),
        ("bigint", "bigint", True),
        ("numeric(5)", "bigint", False),
    ],
)
def test_what_fits_into_a_type_to_the_last_digit(target: str, source: str, fits: bool) -> None:
    assert holds(target, source) is fits

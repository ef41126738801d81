# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values of two types are compared in a form, and sorted in an order, that mean the same on both sides."""

from __future__ import annotations

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.comparison.forms import (
    Conversion,
    Form,
    Hashing,
    Ordering,
    form_of,
    names_its_row,
    ordering_of,
)


@pytest.mark.parametrize(
    ("blue", "green", "form"),
    [
        ("smallint", "integer", Form(Conversion.NONE, Hashing.EXACT)),
        ("integer", "bigint", Form(Conversion.TO_BIGINT, Hashing.INTEGER_BYTES)),
        ("bigint", "numeric(20,0)", Form(Conversion.WITHOUT_SCALE, Hashing.OUTPUT)),
        ("numeric(10,2)", "numeric(12,4)", Form(Conversion.WITHOUT_SCALE, Hashing.OUTPUT)),
        ("numeric(10,2)", "numeric(10,2)", Form(Conversion.NONE, Hashing.OUTPUT)),
        ("text", "character varying(20)", Form(Conversion.NONE, Hashing.CHARACTERS)),
        ("character(5)", "character(9)", Form(Conversion.TO_TEXT, Hashing.CHARACTERS)),
        ("json", "jsonb", Form(Conversion.TO_JSONB, Hashing.OUTPUT)),
        ("double precision", "numeric", Form(Conversion.NONE, Hashing.OUTPUT)),
    ],
)
def test_equal_values_are_equal_in_the_form_whichever_side_has_which_type(blue: str, green: str, form: Form) -> None:
    assert form_of(blue, green) == form_of(green, blue) == form


@pytest.mark.parametrize(
    ("blue", "green", "ordering"),
    [
        ("integer", "integer", Ordering.INTEGER),
        ("smallint", "bigint", Ordering.INTEGER),
        ("numeric(10,2)", "numeric(12,4)", Ordering.NUMERIC),
        ("timestamp(3) with time zone", "timestamp with time zone", Ordering.TIMESTAMPTZ),
        ("uuid", "uuid", Ordering.UUID),
        ("text", "text", None),  # collations differ from server to server
        ("integer", "text", None),
        ("bigint", "numeric", None),
        ("date", "timestamp without time zone", None),
    ],
)
def test_ranges_are_made_only_where_both_sides_sort_alike(blue: str, green: str, ordering: Ordering | None) -> None:
    assert ordering_of(blue, green) == ordering_of(green, blue) == ordering


@pytest.mark.parametrize(("kind", "hashing"), [("real", Hashing.REAL_BYTES), ("double precision", Hashing.FLOAT_BYTES)])
def test_floats_are_compared_by_bytes_where_a_server_prints_them_otherwise(kind: str, hashing: Hashing) -> None:
    assert form_of(kind, kind).hashing is Hashing.OUTPUT
    form = form_of(kind, kind, floats_print_alike=False)
    assert form == Form(Conversion.NONE, hashing)
    assert not names_its_row(form)
    assert names_its_row(form_of(kind, kind))

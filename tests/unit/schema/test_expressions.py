# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists in expressions read alike before and after a restore, and nothing else does."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.schema.expressions import plain_arrays

VARCHAR = "character varying"
literals = st.text("ab'\\\"(),[] :", max_size=8).map(lambda text: "'" + text.replace("'", "''") + "'")


@pytest.mark.parametrize(
    ("blue", "green"),
    [
        (
            f"CHECK (((v)::text <> ALL ((ARRAY['a'::{VARCHAR}, 'b'::{VARCHAR}])::text[])))",
            f"CHECK (((v)::text <> ALL (ARRAY[('a'::{VARCHAR})::text, ('b'::{VARCHAR})::text])))",
        ),
        (
            f"n, (v::text = ANY (ARRAY['a'::{VARCHAR}, 'b'::{VARCHAR}]::text[])) FROM t",
            f"n, (v::text = ANY (ARRAY['a'::{VARCHAR}::text, 'b'::{VARCHAR}::text])) FROM t",
        ),
        (
            f"(((v)::text = ANY ((ARRAY['ARRAY[x'::{VARCHAR}(3), lower((w)::text)])::text[])) AND (n > 0))",
            f"(((v)::text = ANY (ARRAY[('ARRAY[x'::{VARCHAR}(3))::text, (lower((w)::text))::text])) AND (n > 0))",
        ),
        ('((ARRAY[a, b])::public."odd []"[])', '(ARRAY[(a)::public."odd []", (b)::public."odd []"])'),
        (f"ARRAY['a'::{VARCHAR}, 'b'::{VARCHAR}]::text[]", f"ARRAY['a'::{VARCHAR}::text, 'b'::{VARCHAR}::text]"),
        ("ARRAY[ab,cd]", "ARRAY[ab, cd]"),
    ],
)
def test_a_cast_of_all_is_a_cast_of_each(blue: str, green: str) -> None:
    assert plain_arrays(blue) == plain_arrays(green)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("(ARRAY['a'::text, 'b'::text])", "(ARRAY['a'::text, 'c'::text])"),
        ("((ARRAY['a', 'b'])::text[])", "(ARRAY[('a')::name, ('b')::name])"),
        ("(ARRAY['a'::text, 'b'::name])", "(ARRAY['a'::text, 'b'::text])"),
        ("(ARRAY[(a)::text, (b)::text])", "(ARRAY[a, b])"),
        ("(ARRAY[('a, b')::text])", "(ARRAY[('a')::text, ('b')::text])"),
        ("((a + b) * (c))", "(a + b * c)"),
        ("ARRAY[((a) + (b))::int4]", "ARRAY[(a) + ((b)::int4)]"),
        ("ARRAY[((a) + (b))::int4]", "ARRAY[((a) + (c))::int4]"),
        ("ARRAY[(a, b)::pair]", "ARRAY[(a, c)::pair]"),
    ],
)
def test_other_lists_stay_apart(one: str, other: str) -> None:
    assert plain_arrays(one) != plain_arrays(other)


@pytest.mark.parametrize("text", ["", "ARRAY[]::text[]", "(ARRAY[1, 2])", "'ARRAY['", '"ARRAY[" = 1', "(n > 0)"])
def test_what_has_no_cast_of_elements_stays_as_it_is(text: str) -> None:
    assert plain_arrays(text) == text


@given(st.lists(literals, min_size=1, max_size=4))
def test_whatever_the_literals_hold(texts: list[str]) -> None:
    cast_of_all = f"((v)::text = ANY ((ARRAY[{', '.join(f'{one}::{VARCHAR}' for one in texts)}])::text[]))"
    cast_of_each = f"((v)::text = ANY (ARRAY[{', '.join(f'({one}::{VARCHAR})::text' for one in texts)}]))"
    assert plain_arrays(cast_of_all) == plain_arrays(cast_of_each)
    assert plain_arrays(plain_arrays(cast_of_all)) == plain_arrays(cast_of_all)
    for one in texts:
        assert one in plain_arrays(cast_of_all)


@given(st.text("ARAY[]()'\":,ab ", max_size=30))
@example("ARRAY[a, (b")
def test_any_text_is_taken(text: str) -> None:
    assert isinstance(plain_arrays(text), str)

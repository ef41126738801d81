# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever a name is, it stays text where it goes; two migrations share neither folder nor slot."""

from __future__ import annotations

import json
import re
import unicodedata

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.errors import MigrationError
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.names import (
    folder_name,
    link_prefix,
    require_name,
    slug,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.printable import (
    markdown,
    markdown_block,
    printable,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.secrets import MASK, without_credentials
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.texts import one_line

_READER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
_SPECIAL = "\\`*_{}[]()<>#+-.!|~&;:=0123456789ab \n\t\r\x1b\x9b\u202e\u2066\u2028\"'"
texts = st.one_of(st.text(_SPECIAL, max_size=40), st.text(max_size=40))
names = st.text(st.sampled_from("ab.A_-0f é"), min_size=1, max_size=30)


def _plain(value: str) -> str:
    return one_line(value).strip()


def _shown(page: str) -> list[str]:
    return [token.content for token in _READER.parse(page) if token.type == "inline"]


@given(texts)
@example("x\n## 2026-01-01 cutover: done")
@example("a | b")
@example("1. a")
@example("---")
@example("- -")
@example("+")
@example("```")
@example("<script>")
def test_a_text_is_one_item_of_a_list_and_nothing_else(value: str) -> None:
    tokens = _READER.parse(f"- {markdown(value)}\n")
    kinds = [token.type for token in tokens if token.type not in {"paragraph_open", "inline", "paragraph_close"}]
    assert kinds == ["bullet_list_open", "list_item_open", "list_item_close", "bullet_list_close"]
    inline = [child for token in tokens for child in token.children or []]
    assert {child.type for child in inline} <= {"text", "text_special"}
    assert "".join(child.content for child in inline) == _plain(value)


@pytest.mark.parametrize("name", ["127.0.0.1", "public.order_items", "-c", "a->b", "BG100 blue: 7 (x)", '"Odd"'])
def test_a_plain_name_stays_readable(name: str) -> None:
    assert markdown(name) == name


@given(texts, texts)
def test_a_text_is_one_cell_of_a_table(one: str, other: str) -> None:
    page = f"| a | b |\n|---|---|\n| {markdown(one)} | {markdown(other)} |\n"
    assert len(_shown(page)) == 4


@given(texts)
@example("a\n```\n## done")
def test_nothing_in_a_block_ends_it(value: str) -> None:
    assert [token.type for token in _READER.parse(markdown_block(value))] == ["fence"]


@given(st.recursive(texts, lambda inner: st.lists(inner) | st.dictionaries(texts, inner), max_leaves=5))
def test_a_terminal_obeys_nothing(value: object) -> None:
    said = json.dumps(printable(value), ensure_ascii=False)
    assert not [char for char in said if unicodedata.category(char) in {"Cc", "Cs"} or char in "\u202e\u2066"]


@given(texts)
def test_a_text_without_controls_stays_as_it_is(value: str) -> None:
    assert one_line(one_line(value)) == one_line(value)
    assert "\n" not in one_line(value)


@pytest.mark.parametrize(
    "address",
    ["postgresql://u:{}@h/d", "host=h password={} dbname=x", "redis://:{}@h", "sslPASSWORD = {}"],
)
def test_the_password_within_an_address_is_replaced(address: str) -> None:
    assert without_credentials(address.format("s3cret!")) == address.format(MASK)
    assert without_credentials(r"password='it\'s s3' x") == f"password={MASK} x"


@given(names, names)
@example("a.b", "a_b")
@example("A", "a")
@example("a.b", slug("a.b"))
@example("a b", folder_name("a b"))
def test_two_migrations_share_neither_folder_nor_slots(one: str, other: str) -> None:
    assert (link_prefix(one) == link_prefix(other)) == (one == other)
    assume(not any(name.startswith((".", "-", " ")) for name in (one, other)))
    folders = folder_name(one), folder_name(other)
    assert (folders[0].lower() == folders[1].lower()) == (one == other)
    assert all(re.fullmatch(r"[a-z0-9_][a-z0-9_.-]*", folder) for folder in folders)


@pytest.mark.parametrize(
    "name", ["../etc", "a/b", "a\\b", ".git", "-rf", "a\nb", "a\x1bb", "a\u202eb", "x" * 101, "a\tb", "a\0b", ".", ".."]
)
def test_a_name_that_is_a_path_or_more_than_a_line_is_refused(name: str) -> None:
    with pytest.raises(MigrationError, match="BG071"):
        require_name(name)
    with pytest.raises(MigrationError, match="BG071"):
        folder_name(name)


@pytest.mark.parametrize(
    ("inside", "fence"), [("x", "```"), ("`x`", "```"), ("```x", "````"), ("`\n`````\n``", "``````")]
)
def test_a_fence_is_longer_than_any_inside(inside: str, fence: str) -> None:
    assert markdown_block(inside) == f"{fence}text\n{inside}\n{fence}"

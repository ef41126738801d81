# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where psql sees a statement end: not within brackets, bodies and rows, and at the next semicolon behind them."""

from __future__ import annotations

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sql_text import COMMAND, pieces, statements

_TWICE = "(DELETE FROM b WHERE (x - 1 > 2 * y); DELETE FROM c)"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            f"CREATE RULE r AS ON INSERT TO a DO ALSO {_TWICE}; SELECT 1;",
            [f"ON INSERT TO a DO ALSO {_TWICE}", "SELECT 1"],
        ),
        ("SELECT 1); SELECT 2;", ["SELECT 1)", "SELECT 2"]),
    ],
)
def test_brackets_hold_a_statement_together_and_one_too_many_does_not(text: str, expected: list[str]) -> None:
    assert [one.removeprefix("CREATE RULE r AS ") for one in statements(text)] == expected


@pytest.mark.parametrize(
    "routine",
    [
        "CREATE FUNCTION f(begin int) RETURNS int LANGUAGE sql AS ''",
        "CREATE FUNCTION f() RETURNS int RETURN CASE WHEN true THEN 1 END",
        "CREATE PROCEDURE f() BEGIN ATOMIC SELECT 1; SELECT CASE WHEN true THEN 2 END; END",
    ],
)
def test_a_routine_ends_at_its_own_end(routine: str) -> None:
    assert list(statements(f"{routine}; SELECT 2;")) == [routine, "SELECT 2"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("COPY a FROM STDIN; SELECT f(1);\n1;\n\\.\nSELECT 2;", ["COPY a FROM STDIN", "SELECT f(1)", "SELECT 2"]),
        (
            "COPY a FROM STDIN; COPY b FROM STDIN;\n\\.\n1;\n\\.\nSELECT 2;",
            ["COPY a FROM STDIN", "COPY b FROM STDIN", "SELECT 2"],
        ),
        (
            "COPY a FROM STDIN; COPY b FROM STDIN;\n1;\n\\.\n\\.\nSELECT 2;",
            ["COPY a FROM STDIN", "COPY b FROM STDIN", "SELECT 2"],
        ),
        ("\\copy a from stdin\n1;\n\\.\nSELECT 2;\nSELECT 3;", ["SELECT 2", "SELECT 3"]),
    ],
)
def test_rows_begin_on_the_next_line_and_end_with_their_own_mark(text: str, expected: list[str]) -> None:
    assert list(statements(text)) == expected


def test_a_comment_within_a_comment_hides_what_follows_it() -> None:
    assert list(statements("/* a /* b */ SELECT 1; */ SELECT 2;")) == ["SELECT 2"]
    assert [piece.text for piece in pieces("\\echo a -- b") if piece.kind == COMMAND] == ["\\echo a -- b"]

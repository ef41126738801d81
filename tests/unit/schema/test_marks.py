# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When a file runs, and what it may not say, wherever comments, strings and rows stand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.errors import MigrationError
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.schema.client_commands import (
    includes,
    refuse_what_escapes,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.schema.marks import (
    AT_CUTOVER,
    BEFORE_COPY,
    Marks,
    read_marks,
    require_no_mark,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.schema.version import collect
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sql_text import pieces, statements

_MARK = "-- bluegreen: at_cutover"


def _code(name: str, text: str) -> str:
    try:
        collect({name: text})
    except MigrationError as error:
        return error.code
    return ""


@pytest.mark.parametrize(
    "text",
    [
        f"{_MARK}\nSELECT 1;",
        f"-- Licence\n\n  {_MARK}  \nSELECT 1;",
        f"/* Licence /* of ours */ */ {_MARK}\nSELECT 1;",
        "/*\n * Licence\n * bluegreen: at_cutover\n */\nSELECT 1;",
        "/* bluegreen: at_cutover */ SELECT 1;",
        f"\\set x 1 -- bluegreen\n\\echo don't\n{_MARK}\nSELECT 1;",
        f"--bluegreen:at_cutover\r{_MARK}\r\nSELECT 1;",
        f"{_MARK}\nSELECT '\n-- bluegreen: before_copy', $$\n{_MARK}\n$$;",
    ],
)
def test_a_mark_is_obeyed_in_every_comment_before_the_first_statement(text: str) -> None:
    assert read_marks("f", text) == Marks(AT_CUTOVER)


@pytest.mark.parametrize(
    "text",
    [
        "-- Bluegreen: at_cutover", "-- BLUEGREEN: AT_CUTOVER", "-- bluegreen at_cutover", "-- bluegreen : at_cutover",
        "-- blue-green: at_cutover", "-- bluegren: at_cutover", "-- @bluegreen: at_cutover", "-- bluegreen = x",
        "-- bluegreen after cutover", "-- bluegreen at_cuttover", "-- at_cutover", "-- phase: after_cutover",
        "-- bluegreen: at-cutover", "-- bluegreen: at_cutover, after_cutover", "-- bluegreen:", "/* Bluegreen: x */",
        f"SET work_mem = '1MB';\n{_MARK}", f"SELECT 1 {_MARK}", f"SELECT\n{_MARK}\n1;", f"\\ir x\n{_MARK}",
        "SELECT 1;\n-- bluegreen: no-transaction",
    ],
)  # fmt: skip
def test_what_looks_like_a_mark_and_is_none_is_refused(text: str) -> None:
    with pytest.raises(MigrationError) as caught:
        read_marks("f", text)
    assert caught.value.code == "BG260"


@pytest.mark.parametrize(
    "text", ["-- bluegreen replicates this table", "-- see the docs of bluegreen: marks", "-- copy"]
)
def test_a_comment_that_means_something_else_is_left_alone(text: str) -> None:
    assert read_marks("f", text).phase == BEFORE_COPY


def test_a_down_file_runs_when_its_up_file_decides() -> None:
    files = {"1_a.up.sql": f"{_MARK}\nSELECT 1;", "1_a.down.sql": f"{_MARK}\nSELECT 2;"}
    assert collect(files)[0].phase == AT_CUTOVER
    with pytest.raises(MigrationError) as caught:
        collect({**files, "1_a.down.sql": "-- bluegreen: after_cutover\nSELECT 2;"})
    assert caught.value.code == "BG260"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("ROLLBACK;", "BG226"), ("SELECT 1; end work;", "BG226"), ("SELECT 1\\; COMMIT;", "BG226"),
        ("abort", "BG226"), ("SELECT 1 \\gset\nCOMMIT AND CHAIN;", "BG226"), ("PREPARE TRANSACTION 'x';", "BG226"),
        ("-- x\rROLLBACK;", "BG226"), ("\\q", "BG253"), ("SELECT 1; \\quit", "BG253"),
        ("\\set ON_ERROR_ROLLBACK on", "BG253"), ("\\ir :file", "BG253"), ("\\i `ls`", "BG253"),
        ("-- bluegreen: no-transaction\nBEGIN; ROLLBACK;", ""), ("ROLLBACK TO a;", ""), ("ROLLBACK WORK TO a;", ""),
        ("-- bluegreen: no-transaction\n\\c other", "BG253"),
        ("-- bluegreen: no-transaction\n\\set AUTOCOMMIT 0", "BG253"),
        ("COPY t FROM stdin;\nROLLBACK;\n\\q\n\\.\nSELECT 1;", ""), ("\\copy t FROM stdin\nROLLBACK;\n\\.\n", ""),
        ("COPY t FROM stdin;\n1\n\\.\nROLLBACK;", "BG226"), ("SELECT 'ROLLBACK;', $x$COMMIT;$x$, E'\\'; COMMIT;';", ""),
        ("CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; END;", ""),
        ("CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; END; END;", "BG226"),
        ("CREATE RULE r AS ON INSERT TO t DO ALSO (SELECT 1; SELECT 2);", ""),
    ],
)  # fmt: skip
def test_what_would_make_the_record_untrue_is_refused(text: str, code: str) -> None:
    if text.startswith(("\\ir", "\\i ")):
        with pytest.raises(MigrationError) as caught:
            list(includes("f", text))
        assert caught.value.code == code
    else:
        assert _code("1_a.up.sql", text) == code


def test_the_line_is_named() -> None:
    with pytest.raises(MigrationError) as caught:
        refuse_what_escapes("f", "SELECT 1;\n/* a\n */ SELECT\n2; COMMIT;\n", in_transaction=True)
    assert "f ends its own transaction at line 4: COMMIT" in str(caught.value)


@pytest.mark.parametrize(("length", "shown"), [(59, 59), (60, 60), (61, 59)])
def test_a_long_command_is_told_by_its_beginning(length: int, shown: int) -> None:
    command = "\\q " + "x" * (length - 3)
    told = f"{command[:shown]}{'…' if shown < length else ''} at line 2, after which nothing would run"
    with pytest.raises(MigrationError) as caught:
        refuse_what_escapes("f", f"\n{command}", in_transaction=True)
    assert caught.value.what == f"f has a command of psql's that cannot be checked: {told}"


def test_a_harmless_command_may_stand_in_a_file_without_transaction() -> None:
    refuse_what_escapes("f", "\\echo hello\nSELECT 1;", in_transaction=False)


@pytest.mark.parametrize("comment", ["-- bluegreen: at_cutover", "-- at_cutover", "SELECT 1; -- Bluegreen: at_cutover"])
def test_a_file_that_another_one_includes_has_no_mark(comment: str) -> None:
    require_no_mark("f", "-- what it does\nSELECT 1;")
    with pytest.raises(MigrationError, match=r"BG260: f has the comment '(?i:bluegreen: )?at_cutover', which only"):
        require_no_mark("f", f"-- what it does\n{comment}\nSELECT 2;")


def test_includes_after_other_pieces_are_found_too() -> None:
    assert [one.path for one in includes("f", "SELECT 1;\n\\echo x\n\\ir a")] == ["a"]


def test_includes_are_found_with_their_paths() -> None:
    text = "\\i /a/b.sql\n\\ir 'with space.sql'\n\\include_relative c\n-- \\ir no\nSELECT '\\ir no';"
    found = [("/a/b.sql", False), ("with space.sql", True), ("c", True)]
    assert [(one.path, one.beside) for one in includes("f", text)] == found


@given(st.text(alphabet="aE$;:'\"\\-/*()\n\r {}%begind_cs", max_size=60))
def test_whatever_stands_in_a_file_is_read_to_its_end(text: str) -> None:
    found = list(pieces(text))
    assert all(0 <= piece.start < len(text) for piece in found)
    assert "".join(statements(text)).count("\n") == 0


@given(st.lists(st.sampled_from(["SELECT 1", "SELECT ';'", "SELECT $$;$$", "-- a;\nSELECT 2", "/* ; */ SELECT (3)"])))
def test_statements_end_where_psql_ends_them(parts: list[str]) -> None:
    assert len(list(statements(";\n".join(parts)))) == len(parts)


def test_a_comment_that_ends_where_the_first_statement_begins_is_before_it() -> None:
    assert read_marks("f", "/*bluegreen: at_cutover*/SELECT 1;") == Marks(AT_CUTOVER)
    with pytest.raises(MigrationError, match="after its first statement"):
        read_marks("f", "SELECT 1/*bluegreen: at_cutover*/;")

# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Statements of pg_stat_statements are made fit for EXPLAIN, or refused because they hold values."""

from __future__ import annotations

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.plans.statement_text import (
    fit_for_explain,
    is_planned,
    with_unknown_values,
)


@pytest.mark.parametrize(
    ("text", "fit"),
    [
        ("SELECT a FROM t WHERE b = $1", "SELECT a FROM t WHERE b = $1"),
        ("SELECT a -- why\nFROM t", "SELECT a  \nFROM t"),
        ("/* of /* a */ page */ SELECT 1", "SELECT 1"),
        ("SELECT 1 /* open", "SELECT 1"),
        ("SELECT a FROM t;", "SELECT a FROM t"),
        ('SELECT "it\'s -- $1" FROM t', 'SELECT "it\'s -- $1" FROM t'),
        ("SELECT a FROM t WHERE d > date $1", "SELECT a FROM t WHERE d > CAST($1 AS date)"),
        ("SELECT timestamp with time zone $12", "SELECT CAST($12 AS timestamp with time zone)"),
        ("SELECT a::numeric(10, 2) FROM t ORDER BY 1", "SELECT a::numeric(10, 2) FROM t ORDER BY 1"),
        ("SELECT a FROM t ORDER BY 1234", "SELECT a FROM t ORDER BY 1234"),
        ("SELECT a WHERE id IN ($1 /*, ... */)", "SELECT a WHERE id IN ($1  )"),
    ],
)
def test_comments_go_and_typed_values_become_casts(text: str, fit: str) -> None:
    assert fit_for_explain(text) == fit


@pytest.mark.parametrize(
    "text",
    [
        "SELECT 'secret'",
        "SELECT E'secret'",
        "SELECT U&'secret'",
        "SELECT $$secret$$",
        "SELECT $of$secret$of$",
        "SELECT x'ff'",
        "SELECT a FROM t WHERE card = 4111111111111111",
        "SELECT 1.2345",
        "SELECT a FROM t ORDER BY 12345",
        "SELECT 'open",
    ],
)
def test_a_text_with_values_is_refused(text: str) -> None:
    assert fit_for_explain(text) is None


@pytest.mark.parametrize(
    ("text", "planned"),
    [
        ("select 1", True),
        (" ((SELECT 1) UNION SELECT 2)", True),
        ("WITH a AS (SELECT 1) TABLE a", True),
        ("MERGE INTO t USING s ON true WHEN MATCHED THEN DELETE", True),
        ("SET a = b", False),
        ("selection", False),
        ("EXPLAIN SELECT 1", False),
    ],
)
def test_only_what_has_a_plan_is_explained(text: str, planned: bool) -> None:
    assert is_planned(text) is planned


def test_a_subquery_stands_for_each_parameter() -> None:
    types = ["integer", *["text"] * 8, "date"]
    assert (
        with_unknown_values('SELECT "$1", a$1, $1, $10 FROM t', types)
        == 'SELECT "$1", a$1, (SELECT NULL::integer), (SELECT NULL::date) FROM t'
    )

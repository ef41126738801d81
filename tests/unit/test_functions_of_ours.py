# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""In every function and every DO block of ours each name has its schema, and each operator as well."""

from __future__ import annotations

import importlib
import pkgutil
import re

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres import sql
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.sql.functions import PINNED
from tests.fixtures.function_bodies import unqualified

_BODY = re.compile(r"(?:CREATE[^;]*?FUNCTION|DO)\s[^;$]*?(\$\w*\$)(.*?)\1", re.DOTALL)
_FUNCTION = re.compile(r"CREATE (?:OR REPLACE )?FUNCTION .*?\bAS\b", re.DOTALL)


def _statements() -> dict[str, str]:
    found = {}
    for module in pkgutil.walk_packages(sql.__path__, f"{sql.__name__}."):
        constants, where = vars(importlib.import_module(module.name)), module.name.removeprefix(f"{sql.__name__}.")
        found.update({f"{where}.{name}": text for name, text in constants.items() if isinstance(text, str)})
    return found


BODIES = {name: body for name, text in _statements().items() for _quote, body in _BODY.findall(text)}


def test_all_of_them_are_read() -> None:
    assert {
        "service.gate.CREATE_PASS_GATE",
        "copy.first_copy.CREATE",
        "copy.obstacles.TAKE_AWAY",
        "copy.obstacles.GIVE_BACK",
        "service.ddl_guard.CREATE_FUNCTION",
        "schema.version.PROLOGUE",
        "subscribe.SUBSCRIBE",
        "schema.surroundings.DO_AS_TOLD",
        "preflight.reach.BY_DBLINK",
        "preflight.reach.BY_SUBSCRIPTION",
    } <= set(BODIES)


@pytest.mark.parametrize("name", BODIES)
def test_nothing_in_it_is_looked_for_in_a_search_path(name: str) -> None:
    assert unqualified(BODIES[name]) == []


@pytest.mark.parametrize("name", [name for name, text in _statements().items() if _FUNCTION.search(text)])
def test_each_function_has_a_search_path_of_its_own(name: str) -> None:
    assert all(PINNED in head for head in _FUNCTION.findall(_statements()[name]))


@pytest.mark.parametrize(
    ("body", "strange"),
    [
        ("IF a = 1 THEN", "="),
        ("IF a OPERATOR(pg_catalog.=) 1 THEN", ""),
        ("PERFORM now();", "now("),
        ("PERFORM pg_catalog.now();", ""),
        ("x text := 'a';", "text"),
        ("x pg_catalog.text := 'a = b';", ""),
        ("x := y::regclass;", "regclass"),
        ("x := y::pg_catalog.regclass;", ""),
        ("IF a IN (1, 2) THEN", "IN"),
        ("IF a IS DISTINCT FROM b THEN", "DISTINCT FROM"),
        ("x := NULLIF(a, b);", "NULLIF"),
        ("IF a LIKE 'b%' THEN", "LIKE"),
        ("RAISE EXCEPTION 'a' USING ERRCODE = 'b', HINT = 'c';", ""),
        ("UPDATE bluegreen.x SET a = false WHERE b OPERATOR(pg_catalog.=) 1;", ""),
        ("SELECT a INTO b FROM journal;", "journal"),
        ("SELECT a INTO b FROM bluegreen.journal;", ""),
        ("x := a || b;", "||"),
        ("-- a = b\n x := 1;", ""),
    ],
)
def test_the_reader_itself(body: str, strange: str) -> None:
    assert unqualified(body) == ([strange] if strange else [])

# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Version differences stand in one table."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.capabilities import Capability
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.versions import NEWEST, VERSIONS
from scripts.write_versions import PAGE, page

PLUGINS = Path(__file__).resolve().parents[2] / "plugins"
THE_TABLE = {PLUGINS / "module_utils/_domain/capabilities.py", PLUGINS / "module_utils/_domain/versions.py"}
_ORDERS = (ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq)
_VERSION_NUMBER = re.compile(r"server_version_num\b.*[<>]=?")


def _own_versions(tree: ast.AST) -> Iterator[int]:
    """Yield the lines that compare a server's version with a number, or ask a server to do so."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], _ORDERS):
            sides = [node.left, *node.comparators]
            asked = any(re.search(r"major|server_version", ast.unparse(one)) for one in sides)
            number = any(isinstance(one, ast.Constant) and isinstance(one.value, int) for one in sides)
            if asked and (number or any(ast.unparse(one).rpartition(".")[2].isupper() for one in sides)):
                yield node.lineno
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and _VERSION_NUMBER.search(node.value):
            yield node.lineno


@pytest.mark.parametrize(
    "code",
    [
        "session.major >= 16",
        "if min(blue_major, green_major) < _FIRST_WITH_ORIGIN: pass",
        "facts.blue.database.major >= sql.FIRST",
        "SQL = \"WHERE current_setting('server_version_num')::int >= 160000\"",
    ],
)
def test_a_version_of_its_own_is_seen(code: str) -> None:
    assert list(_own_versions(ast.parse(code)))


def test_no_file_has_a_version_of_its_own() -> None:
    found = [
        f"{path.relative_to(PLUGINS)}:{line}"
        for path in sorted(set(PLUGINS.rglob("*.py")) - THE_TABLE)
        for line in _own_versions(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert not found, "ask _domain/capabilities.py"


def test_the_page_says_what_the_table_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run PYTHONPATH=collections python -m scripts.write_versions"


@pytest.mark.parametrize("capability", Capability, ids=lambda one: one.name)
def test_a_capability_begins_with_its_version(capability: Capability) -> None:
    assert min(VERSIONS) < capability.first <= NEWEST + 1, "what only a version has that nobody has tried"
    assert [capability.of(major) for major in (capability.first - 1, capability.first, NEWEST + 1)] == [
        False, True, True,
    ]  # fmt: skip
    assert not capability.of(NEWEST, capability.first - 1)
    assert f">=) {capability.first}0000" in capability.in_sql

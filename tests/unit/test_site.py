# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the documentation site is built from: every page, a page for each error code, and links that lead somewhere."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from demo.commands import PROJECT
from scripts.index_errors import entries
from scripts.write_site_reference import keywords_page, shorten
from scripts.write_site_sources import write

_LINK = re.compile(r"\]\(([^)#\s:]+)(?:#[^)\s]*)?\)")
_FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_MADE_LATER = {"reference/index", "connections"}


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    write(folder)
    return folder


@pytest.fixture
def collection(tmp_path: Path) -> Path:
    shutil.copytree(PROJECT / "plugins", tmp_path / "plugins", ignore=shutil.ignore_patterns("module_utils", "*.pyc"))
    return tmp_path


def _documentation(module: Path) -> dict[str, Any]:
    text = module.read_text(encoding="utf-8").partition('DOCUMENTATION = r"""')[2].partition('"""')[0]
    documentation: dict[str, Any] = yaml.safe_load(text)
    return documentation


def test_the_sidebar_names_every_page_and_nothing_else(sources: Path) -> None:
    named = set(re.findall(r"^([a-z0-9_/]+)$", (sources / "index.md").read_text(encoding="utf-8"), re.MULTILINE))
    pages = {path.stem for path in sources.glob("*.md")} | {"ansible", "adr/index", "errors/index"}
    assert named == (pages | _MADE_LATER) - {"index"}


def test_every_error_code_has_a_page_of_its_own_with_its_text(sources: Path) -> None:
    codes = [code for code, _title, _page in entries()]
    assert {path.stem for path in (sources / "errors").glob("BG*.md")} == set(codes)
    for code in codes:
        text = (sources / "errors" / f"{code}.md").read_text(encoding="utf-8")
        assert len(text.partition(f"# {code}: ")[2].split("\n", 1)[1].strip()) > 20, code
        assert text.count("\n# ") == 1, code
        assert f"[{code}]({code}.md)" in (sources / "errors" / "index.md").read_text(encoding="utf-8")


def test_every_link_of_the_site_leads_to_a_page_or_a_file_of_it(sources: Path) -> None:
    dead = [
        (str(page.relative_to(sources)), target)
        for page in sources.rglob("*.md")
        for target in _LINK.findall(_FENCED.sub("", page.read_text(encoding="utf-8")))
        if not (page.parent / target).exists()
    ]
    assert dead == []


def test_the_keywords_of_a_connection_stand_on_one_page_and_no_module_repeats_them(collection: Path) -> None:
    page = keywords_page(collection)
    assert "| `sslmode` | How TLS is used, such as `require` or `verify-full`. |" in page
    shorten(collection)
    for path in sorted((collection / "plugins" / "modules").glob("*.py")):
        told, original = _documentation(path), _documentation(PROJECT / "plugins" / "modules" / path.name)
        assert "sslmode" not in path.read_text(encoding="utf-8").partition("EXAMPLES")[0], path.name
        assert list(told.get("options") or {}) == list(original.get("options") or {}), path.name
        assert told["description"] == original["description"], path.name
    fragment = (collection / "plugins" / "doc_fragments" / "connection.py").read_text(encoding="utf-8")
    assert "sslmode" not in fragment
    assert fragment.count("L(Connections,../connections.html)") == 2

# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pages for people: the glossary has words that they use, links lead somewhere, examples parse, and spelling is one."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

import pytest
import yaml

from demo.commands import PROJECT

_GLOSSARY = PROJECT / "docs" / "glossary.md"
_FRONT = [PROJECT / "README.md", PROJECT / "CONTRIBUTING.md"]
_PAGES = [*_FRONT, *sorted((PROJECT / "docs").rglob("*.md"))]
_REWRITTEN = [page for page in _PAGES if page.parent.name != "adr"]  # records use words of their time
_MODULES = sorted((PROJECT / "plugins" / "modules").glob("*.py"))
_TERM = re.compile(r"^### (.+)$", re.MULTILINE)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_CODE = re.compile(r"`[^`]*`")
_AMERICAN = re.compile(
    r"\b(?:synchroniz|recogniz|initializ|organiz|normaliz|summariz|minimiz|behavior|canceled|color|favor)\w*"
)
_YAML = re.compile(r"^ *```yaml\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
_FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def _terms() -> list[str]:
    return _TERM.findall(_GLOSSARY.read_text(encoding="utf-8"))


def _anchors(page: Path) -> set[str]:
    """Return the names by which headings can be linked to, as GitHub makes them."""
    headings = _HEADING.findall(page.read_text(encoding="utf-8"))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def _dead(page: Path) -> list[str]:
    text = _FENCED.sub("", page.read_text(encoding="utf-8"))
    dead = []
    for link in _LINK.findall(text):
        if "://" in link:
            continue
        path, _hash, anchor = link.partition("#")
        target = page.parent / path if path else page
        if not target.exists() or (anchor and anchor not in _anchors(target)):
            dead.append(link)
    return dead


def test_no_term_is_explained_twice() -> None:
    assert len(_terms()) == len(set(_terms())) > 0


@pytest.mark.parametrize("term", _terms())
def test_the_documentation_uses_each_term(term: str) -> None:
    users = [path for path in [*_PAGES, *_MODULES] if path != _GLOSSARY]
    word = re.compile(rf"\b{re.escape(term)}", re.IGNORECASE)

    assert any(word.search(path.read_text(encoding="utf-8")) for path in users)


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "docs/operations.md"])
def test_the_first_pages_lead_to_the_glossary(page: str) -> None:
    links = _LINK.findall((PROJECT / page).read_text(encoding="utf-8"))

    assert _GLOSSARY in [(PROJECT / page).parent / link for link in links]


@pytest.mark.parametrize("page", _PAGES, ids=lambda page: str(page.relative_to(PROJECT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    assert _dead(page) == []


@pytest.mark.parametrize("page", _REWRITTEN, ids=lambda page: str(page.relative_to(PROJECT)))
def test_spelling_is_british(page: Path) -> None:
    assert _AMERICAN.findall(_CODE.sub("", _FENCED.sub("", page.read_text(encoding="utf-8")))) == []


def test_every_yaml_example_parses() -> None:
    examples = [text for page in _PAGES for text in _YAML.findall(page.read_text(encoding="utf-8"))]

    assert all(yaml.safe_load(textwrap.dedent(text)) for text in examples)
    assert len(examples) > 5

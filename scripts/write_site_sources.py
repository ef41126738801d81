# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes what Sphinx builds the documentation site from: the pages of docs/, and a page for each error code."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

from .index_errors import PROJECT, entries

DOCS = PROJECT / "docs"
_ERRORS = "errors"
_FILES = "_files"
_LINK = re.compile(r"\[(?P<text>[^\]]*)\]\((?P<target>[^)#\s:]+)(?P<anchor>#[^)\s]*)?\)")
_FENCED = re.compile(r"(^```.*?^```$)", re.MULTILINE | re.DOTALL)
_INDEX = """# Error codes

Every error and finding has a code, and a page that says what helps.

| code | in short |
|---|---|
"""
# Every page shows the sidebar; with 400 pages in it a build takes eight minutes and each of them half a megabyte.
_NOT_IN_THE_SIDEBAR = "---\norphan: true\n---\n\n"


def write(folder: Path) -> None:
    """Write the sources into ``folder``, which must be empty or missing."""
    for page in sorted([*DOCS.glob("*.md"), *(DOCS / "adr").glob("*.md")]):
        if page.name != "TROUBLESHOOTING.md":
            head = _NOT_IN_THE_SIDEBAR if page.parent != DOCS else ""
            _write(folder, page.relative_to(DOCS), head + _linked(page, page.read_text(encoding="utf-8"), folder))
    for code, title, page in entries():
        body = page.read_text(encoding="utf-8").partition(f"## {code}: {title}\n")[2].partition("\n## ")[0]
        _write(
            folder,
            Path(_ERRORS, f"{code}.md"),
            f"{_NOT_IN_THE_SIDEBAR}# {code}: {title}\n{_linked(page, body, folder)}",
        )
    rows = (f"| [{code}]({code}.md) | {title} |\n" for code, title, _page in entries())
    _write(folder, Path(_ERRORS, "index.md"), _INDEX + "".join(rows))
    records = (f"- [{_title(page)}]({page.name})\n" for page in sorted((DOCS / "adr").glob("*.md")))
    _write(folder, Path("adr", "index.md"), "# Decisions\n\n" + "".join(records))
    for file in (DOCS / "site").iterdir():
        shutil.copy(file, folder)


def _write(folder: Path, path: Path, text: str) -> None:
    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")


def _title(page: Path) -> str:
    return page.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ")


def _linked(page: Path, text: str, folder: Path) -> str:
    """Return the text with its links as they are in the site; what stands in a block of code is left as it is."""
    parts = _FENCED.split(text)
    return "".join(
        part if part.startswith("```") else _LINK.sub(lambda link: _link(link, page, folder), part) for part in parts
    )


def _link(link: re.Match[str], page: Path, folder: Path) -> str:
    target = (page.parent / link["target"]).resolve()
    up = "../" if page.parent != DOCS else ""
    anchor = link["anchor"] or ""
    if target.name == "TROUBLESHOOTING.md":
        return f"[{link['text']}]({up}{_ERRORS}/index.md)"
    if target.suffix == ".md" and target.is_relative_to(DOCS):
        return f"[{link['text']}]({up}{target.relative_to(DOCS)}{anchor})"
    if target.is_file():
        (folder / _FILES).mkdir(parents=True, exist_ok=True)
        shutil.copy(target, folder / _FILES / target.name)
        return f"[{link['text']}]({up}{_FILES}/{target.name})"
    return link["text"]


if __name__ == "__main__":
    write(Path(sys.argv[1]))

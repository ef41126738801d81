# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shortens a copy of the collection for the documentation site: libpq's keywords, which each connection of each module
has, stand on a page of their own there. A module's page would otherwise have 7,000 lines."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import yaml

_DOCUMENTATION = re.compile(r'(?<= = r""")(.*?)(?=""")', re.DOTALL)
_OF_LIBPQ = "sslmode"
_SEE = "Its keywords are listed under L(Connections,../connections.html)."
_HEAD = """# Connections

A connection is a dict of libpq's own keywords. These are taken, besides a `dsn` that holds them in one string:

| Keyword | Meaning |
|---|---|
"""


def shorten(collection: Path) -> None:
    """Take libpq's keywords out of the documentation of every module and fragment below ``collection``."""
    for path in sorted([*collection.glob("plugins/modules/*.py"), *collection.glob("plugins/doc_fragments/*.py")]):
        text = path.read_text(encoding="utf-8")
        path.write_text(_DOCUMENTATION.sub(_without_keywords, text), encoding="utf-8")


def keywords_page(collection: Path) -> str:
    """Return the page about the keywords, from a copy that was not shortened yet."""
    text = (collection / "plugins" / "doc_fragments" / "connection.py").read_text(encoding="utf-8")
    [documentation] = _DOCUMENTATION.findall(text)
    keywords = yaml.safe_load(documentation)["options"]["blue"]["suboptions"]
    rows = (f"| `{name}` | {_words(option['description'])} |\n" for name, option in keywords.items())
    return _HEAD + "".join(rows)


def _without_keywords(found: re.Match[str]) -> str:
    try:
        documentation = yaml.safe_load(found[1])
    except yaml.YAMLError:
        return found[1]
    if not isinstance(documentation, dict) or not _shortened(documentation.get("options") or {}):
        return found[1]
    return "\n" + yaml.safe_dump(documentation, sort_keys=False, allow_unicode=True, width=110)


def _shortened(options: dict[str, Any]) -> bool:
    """Shorten the options in place, and tell whether there was anything to shorten."""
    shortened = False
    for option in options.values():
        below = option.get("suboptions") or {}
        if _OF_LIBPQ in below:
            description = option["description"]
            option["description"] = [*([description] if isinstance(description, str) else description), _SEE]
            del option["suboptions"]
            shortened = True
        else:
            shortened |= _shortened(below)
    return shortened


def _words(description: str | list[str]) -> str:
    lines = [description] if isinstance(description, str) else description
    return re.sub(r"[OVC]\((?:ignore:)?([^)]*)\)", r"`\1`", " ".join(lines))


if __name__ == "__main__":
    copy, sources = Path(sys.argv[1]), Path(sys.argv[2])
    (sources / "connections.md").write_text(keywords_page(copy), encoding="utf-8")
    shorten(copy)

# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a check reports what it found."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from ..sides import Side

_SINGULAR = {"{s}": "", "{have}": "has", "{are}": "is"}
_PLURAL = {"{s}": "s", "{have}": "have", "{are}": "are"}


@dataclass(frozen=True)
class Reason:
    """A finding without its code and severity, which the table of checks adds."""

    side: Side
    what: str
    fix: str
    objects: tuple[str, ...] = ()


def about(side: Side, objects: Iterable[object], what: str, fix: str) -> Iterator[Reason]:
    """Give one reason that names all objects, or none if there are no objects.

    :param what: ``{n}`` is the number of objects, ``{s}`` an s for several, ``{have}`` and ``{are}`` follow the number
    :param fix: with ``{}`` (an object) or ``{id}`` (an object as a quoted identifier) it becomes a line for each object
    """
    return about_each(
        side, {name: _filled(fix, {"{id}": identifier(name), "{}": name}) for name in map(str, objects)}, what
    )


def about_each(side: Side, fixes: Mapping[str, str], what: str) -> Iterator[Reason]:
    """Give one reason that names all objects, each with its own fix; otherwise like :func:`about`."""
    if not fixes:
        return
    names = sorted(fixes)
    words = _SINGULAR if len(names) == 1 else _PLURAL
    yield Reason(
        side,
        _filled(what, {**words, "{n}": str(len(names))}),
        "\n".join(dict.fromkeys(fixes[name] for name in names)),
        tuple(names),
    )


def _filled(text: str, words: Mapping[str, str]) -> str:
    """Replace words in one pass: what replaces one may look like another."""
    return re.sub("|".join(map(re.escape, words)), lambda match: words[match[0]], text)


def identifier(name: str) -> str:
    """Return ``name`` as a quoted SQL identifier, whatever it contains."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Return ``text`` as an SQL literal."""
    quoted = "'" + text.replace("'", "''") + "'"
    return "E" + quoted.replace("\\", "\\\\") if "\\" in text else quoted

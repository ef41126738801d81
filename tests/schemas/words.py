# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names as somebody somewhere has them, and literals."""

from __future__ import annotations

import re
from random import Random

from tests.fixtures.databases import Database, RoleName
from tests.fixtures.hostile_names import EVERYTHING, MARKS, WORDS

_PLAIN = ("orders", "users", "notes", "items", "state", "price", "parent", "kind", "amount", "day")
_ODD = (
    *WORDS, EVERYTHING, "Täble", "Ünïcode 数据库", 'a"b', "it's", "back\\slash", " space ", "1st", "a{b}", "100%", "%I",
    "UPPER", "semi;colon", "-- dash", "/* star", "pgqueues", "x" * 40, "ü" * 20, "new\nline", "tab\tulator",
)  # fmt: skip
_ODD_SHARE, _MARKED_SHARE = 0.3, 0.2
_LONGEST_OF_MARKS = 12
_MOST_BYTES = 63
# A terminal would obey them, so results write them as numbers.
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class Words:
    """Draws names that are unique within one schema."""

    def __init__(self, chance: Random) -> None:
        self._chance = chance
        self._taken = {"public"}

    def name(self, prefix: str = "") -> str:
        """Return a new name, unquoted. `prefix`: tells what it is for, in names that say nothing."""
        stem = self._odd() if self._chance.random() < _ODD_SHARE else f"{prefix}{self._chance.choice(_PLAIN)}"
        number = 0
        while (found := _cut(stem, f"_{number}" if number else "")) in self._taken:
            number += 1
        self._taken.add(found)
        return found

    def _odd(self) -> str:
        if self._chance.random() < _MARKED_SHARE:
            return "".join(self._chance.choice(MARKS) for _time in range(self._chance.randint(1, _LONGEST_OF_MARKS)))
        return self._chance.choice(_ODD)


def _cut(stem: str, end: str) -> str:
    kept = stem.encode()[: _MOST_BYTES - len(end)]
    return kept.decode(errors="ignore") + end


def quoted(name: str) -> str:
    """Return it as SQL writes an identifier, with quotation marks always."""
    return '"' + name.replace('"', '""') + '"'


def as_told(name: str) -> str:
    """Return a quoted name as results show it, without quotation marks: each major quotes its own keywords."""
    return _CONTROLS.sub(lambda found: found[0].encode("unicode_escape").decode(), name.replace('"', ""))


def literal(text: str) -> str:
    """Return it as SQL writes a string, whatever standard_conforming_strings says."""
    marks = text.replace("'", "''")
    return f"E'{marks.replace(chr(92), chr(92) * 2)}'" if "\\" in text else f"'{marks}'"


def for_roles(statement: str, side: Database) -> str:
    """Return it with the names of the database's roles for `{owner}` and `{app}`; other braces stay."""
    roles: tuple[RoleName, ...] = ("owner", "app")
    for role in roles:
        statement = statement.replace(f"{{{role}}}", quoted(side.roles[role].name))
    return statement

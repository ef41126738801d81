# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A schema as a set of objects, and what differs between two of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..relations import respelled
from .expressions import plain_arrays

# What a database may hold before anything is copied into it.
_MAY_BE_IN_A_NEW_DATABASE = ("schema", "extension", "default privileges")
# The text of these differs between majors although the meaning does not: from 16 on needless qualifiers are left out.
_REWRITTEN = ("view", "materialized view", "rule")
_QUALIFIER = re.compile(r'(?:"(?:[^"]|"")+"|\w+)\.')
_QUOTED_NUMBER = re.compile(r"'(-?\d+(?:\.\d+)?)'")
_MIDNIGHT = re.compile(r"'(\d+-\d\d-\d\d) 00:00:00(?:\+00)?'")
_IDENTITY = re.compile(r" GENERATED (?:ALWAYS|BY DEFAULT) AS IDENTITY")
_NOISE = re.compile(r"[\s()]+")
_LITERAL_OR_NAME = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")+\"""")
# The default of XMLSERIALIZE, which servers spell out from 16 on.
_DEFAULT_WORDS = re.compile(r" NO INDENT(?=\))")


@dataclass(frozen=True)
class SchemaObject:
    """One object: ``kind`` in PostgreSQL's words, ``name`` qualified and quoted where needed.

    ``definition`` is empty for kinds of which only the existence is compared. ``owner`` is ``None`` if the kind has
    none. ``roles`` are other roles that it names, in privileges or policies. ``parent``: of a partition's column, index
    or constraint, the name of the parent's one that it comes from.
    """

    kind: str
    name: str
    definition: str = ""
    owner: str | None = None
    roles: tuple[str, ...] = ()
    parent: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """Return what identifies it within a database."""
        return (self.kind, self.name)

    @property
    def title(self) -> str:
        """Return it in words."""
        return f"{self.kind} {self.name}"

    def means_the_same(self, other: SchemaObject) -> bool:
        """Tell whether an object of another server, possibly of another major, is the same."""
        return self.owner == other.owner and self._meaning() == other._meaning()

    def _meaning(self) -> str:
        definition = plain_arrays(_DEFAULT_WORDS.sub("", self.definition))
        definition = _LITERAL_OR_NAME.sub(_without_needless_quotes, definition)
        if self.kind == "table":
            definition = plain_bounds(definition)
        if self.kind not in _REWRITTEN:
            return " ".join(definition.split())
        return _NOISE.sub("", _QUALIFIER.sub("", definition))


def _without_needless_quotes(match: re.Match[str]) -> str:
    return respelled(match[0]) if match[0].startswith('"') else match[0]


def plain_bounds(text: str) -> str:
    """Return a partition's bounds without what another type of the key prints: quoted numbers, midnight of a day."""
    return _MIDNIGHT.sub(r"'\1'", _QUOTED_NUMBER.sub(r"\1", text))


class Schema:
    """The objects of one database, or those that were copied from it."""

    def __init__(self, objects: Iterable[SchemaObject]) -> None:
        self._objects = {one.key: one for one in sorted(objects, key=lambda one: one.key)}

    def __iter__(self) -> Iterator[SchemaObject]:
        return iter(self._objects.values())

    def __len__(self) -> int:
        return len(self._objects)

    def get(self, key: tuple[str, str]) -> SchemaObject | None:
        """Return the object of that kind and name, ``None`` if there is none."""
        return self._objects.get(key)

    @property
    def is_empty(self) -> bool:
        """Tell whether it holds nothing except what a new database may hold."""
        return all(one.kind in _MAY_BE_IN_A_NEW_DATABASE for one in self)

    @property
    def owners(self) -> set[str]:
        """Return the roles that own any object."""
        return {one.owner for one in self if one.owner is not None}

    @property
    def roles(self) -> set[str]:
        """Return all roles that are named anywhere."""
        return self.owners.union(*(one.roles for one in self))

    def names(self, kind: str) -> list[str]:
        """Return the names of its objects of one kind."""
        return [one.name for one in self if one.kind == kind]

    def merged_with(self, other: Schema) -> Schema:
        """Return it with the objects of ``other`` added; those of ``other`` replace objects of the same kind and
        name."""
        return Schema({**self._objects, **other._objects}.values())


@dataclass(frozen=True)
class Comparison:
    """Blue's objects that green lacks or has with another definition, and additional ones; titles, sorted."""

    missing: tuple[str, ...]
    different: tuple[str, ...]
    extra: tuple[str, ...]

    def as_result(self) -> dict[str, Any]:
        """Return it JSON-ready."""
        return {"missing": list(self.missing), "different": list(self.different), "extra": list(self.extra)}


def compare(blue: Schema, green: Schema) -> Comparison:
    """Compare green with blue."""
    pairs = [(one, green.get(one.key)) for one in blue]
    return Comparison(
        missing=tuple(mine.title for mine, theirs in pairs if theirs is None),
        different=tuple(mine.title for mine, theirs in pairs if theirs and not mine.means_the_same(theirs)),
        extra=tuple(one.title for one in green if blue.get(one.key) is None),
    )


@dataclass(frozen=True)
class Drift:
    """What changed on blue since its schema was copied; titles, sorted.

    ``unmet``: new or changed, and green does not have it. ``met``: new or changed, and green has the same definition.
    ``dropped``: gone from blue, still on green.
    """

    unmet: tuple[str, ...] = ()
    met: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()

    def as_result(self) -> dict[str, Any]:
        """Return it JSON-ready; whatever green has by now is no longer drift."""
        return {"unmet": list(self.unmet), "dropped": list(self.dropped)}


def drift(copied: Schema, blue: Schema, green: Schema) -> Drift:
    """Tell what changed on blue since ``copied`` was taken from it, and whether green has followed.

    ``copied`` and ``blue`` come from the same server, so their definitions are compared unchanged. Changes on green by
    a versioned migration are no drift: a partition that came since has to match green's root, not blue's.
    """
    changed = [one for one in blue if not _unchanged(copied.get(one.key), one)]
    unmet = {one.key for one in changed if not _has(green, one) and not _follows_the_parent(one, blue, green)}
    return Drift(
        unmet=tuple(one.title for one in changed if one.key in unmet),
        met=tuple(one.title for one in changed if one.key not in unmet),
        dropped=tuple(one.title for one in copied if blue.get(one.key) is None and green.get(one.key) is not None),
    )


def changed_parts(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """Return in words what is new, gone or has another definition, sorted."""
    return [
        f"{part} is {'new' if part not in before else 'gone' if part not in now else 'changed'}"
        + (f" ({before[part]} became {now[part]})" if part in before and part in now else "")
        for part in sorted({*before, *now})
        if before.get(part) != now.get(part)
    ]


def _unchanged(before: SchemaObject | None, now: SchemaObject) -> bool:
    return before is not None and (before.owner, before.definition) == (now.owner, now.definition)


def _has(schema: Schema, wanted: SchemaObject) -> bool:
    found = schema.get(wanted.key)
    return found is not None and found.means_the_same(wanted)


def _follows_the_parent(one: SchemaObject, blue: Schema, green: Schema) -> bool:
    """Tell whether a partition's object is on each side as its own parent there has it.

    A server itself gives a partition the indexes and the constraints of its parent.
    """
    if not one.parent or one.kind != "column":
        return bool(one.parent)
    mine, theirs = (schema.get((one.kind, one.parent)) for schema in (blue, green))
    return _like(one, mine) and _like(green.get(one.key), theirs)


def _like(one: SchemaObject | None, parent: SchemaObject | None) -> bool:
    """Tell whether a partition's column is as its parent's; before 17 an identity stays with the parent."""
    if one is None or parent is None:
        return one is parent
    return _IDENTITY.sub("", one.definition) == _IDENTITY.sub("", parent.definition)

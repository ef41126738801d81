# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The list of contents of a dump, and the entries that must not be restored."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_ENTRY = re.compile(r"(?P<id>\d+); (?P<catalog>\d+) (?P<oid>\d+) (?P<words>\S.*)")


_NEEDS = ";\tdepends on:"


@dataclass(frozen=True)
class LeftOut:
    """An object that must not be restored; ``catalog`` and ``oid`` are its address on blue.

    ``with_comment``: nor must the comment on it.
    """

    catalog: int
    oid: int
    with_comment: bool = False


@dataclass(frozen=True)
class Cut:
    """The remaining list of contents, and the addresses (catalog and oid) of what was removed."""

    contents: str
    away: frozenset[tuple[int, int]]


def without_what_needs(contents: str, roots: Iterable[LeftOut]) -> Cut:
    """Remove ``roots`` and everything that depends on them, directly or indirectly.

    :param contents: the output of ``pg_restore --list --verbose``, which lists the dependencies of each entry
    """
    wanted = {(one.catalog, one.oid) for one in roots}
    entries = list(_entries(contents.splitlines()))
    away = {one.number for one in entries if one.address in wanted}
    found = -1
    while found != len(away):
        found = len(away)
        away |= {one.number for one in entries if one.needs & away}
    if any(one.words.startswith("SERVER ") for one in entries if one.number in away):
        # A dump does not say which server a mapping depends on; without wrappers there are no servers at all.
        away |= {one.number for one in entries if one.words.startswith("USER MAPPING ")}
    lines = [line for line in contents.splitlines() if (number := _number(line)) is None or number not in away]
    cut = frozenset(one.address for one in entries if one.number in away)
    return Cut("".join(f"{line}\n" for line in lines), cut)


@dataclass(frozen=True)
class _Entry:
    number: int
    address: tuple[int, int]
    words: str
    needs: frozenset[int]


def _entries(lines: list[str]) -> Iterator[_Entry]:
    for line, following in zip(lines, [*lines[1:], ""]):
        entry = _ENTRY.fullmatch(line)
        if entry is not None:
            needs = following.removeprefix(_NEEDS).split() if following.startswith(_NEEDS) else []
            address = int(entry["catalog"]), int(entry["oid"])
            yield _Entry(int(entry["id"]), address, entry["words"], frozenset(map(int, needs)))


def _number(line: str) -> int | None:
    entry = _ENTRY.fullmatch(line)
    return int(entry["id"]) if entry else None


def without(contents: str, left_out: Iterable[LeftOut]) -> str:
    """Return the output of ``pg_restore --list --verbose`` without the objects in ``left_out`` and comments on them."""
    unwanted = {(one.catalog, one.oid): one.with_comment for one in left_out}
    lines = contents.splitlines()
    entries = list(_entries(lines))
    silent = {one.number for one in entries if unwanted.get(one.address)}
    away = {
        one.number
        for one in entries
        if one.address in unwanted or (one.words.startswith("COMMENT ") and one.needs & silent)
    }
    return "".join(f"{line}\n" for line in lines if _number(line) not in away)

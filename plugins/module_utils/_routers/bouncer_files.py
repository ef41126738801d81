# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PgBouncer's live file and the two prepared ones beside it: read, compared, and replaced in one step."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from .._domain.sides import Side
from .places import Here, InvalidFile, Place

DATABASES = "databases"
# Keys that may differ between the two sides; any other is a setting of the user's that a switch would lose.
_ADDRESS = ("host", "port", "dbname", "user", "password", "auth_user", "auth_dbname")
_LINE = re.compile(r'(?P<key>"(?:[^"]|"")*"|[\w.*-]+)\s*=\s*(?P<value>.*)')
PAIR = re.compile(r"\s*(\w+)\s*=\s*('(?:[^']|'')*'|[^\s']+)\s*")
_INCLUDE = re.compile(r"\s*%include\s+(\S+)\s*$")

Sections = Mapping[str, Mapping[str, str]]
Settings = Mapping[str, str]


@dataclass(frozen=True)
class Entries:
    """The contents of one file: its databases by name, and its other sections unchanged."""

    databases: Mapping[str, Settings]
    others: Sections

    def address(self, name: str) -> tuple[str | None, int, str]:
        """Return host (None: the default socket), port and database as SHOW DATABASES puts them; raises KeyError."""
        settings = self.databases[name]
        return settings.get("host") or None, int(settings.get("port", "5432")), settings.get("dbname", name)

    def kept(self, name: str) -> Settings:
        """Return the settings of an entry that must be the same on both sides."""
        return {key: value for key, value in self.databases[name].items() if key not in _ADDRESS}


def parse(text: str, where: str) -> Entries:
    """Read the text of a configuration file.

    :raises InvalidFile: naming ``where`` and the line, without its text: that may hold a password
    """
    sections: dict[str, dict[str, str]] = {}
    for section, key, value, _line in lines_of(text, where):
        if section is not None:
            known = sections.setdefault(section, {})
            if key:
                known[unquoted(key)] = value
    others = {name: lines for name, lines in sections.items() if name != DATABASES}
    databases = {name: _settings(value, name, where) for name, value in sections.get(DATABASES, {}).items()}
    return Entries(databases, others)


def lines_of(text: str, where: str) -> Iterator[tuple[str | None, str, str, str]]:
    """Yield section, key and value (empty if a line has none), and the whole line.

    :raises InvalidFile: as :func:`parse` does
    """
    section = None
    for number, line in enumerate(text.splitlines(), start=1):
        stripped = line.strip()
        if not stripped or stripped[0] in ";#":
            yield section, "", "", line
        elif stripped[0] == "[" and stripped[-1] == "]":
            section = stripped[1:-1].lower()
            yield section, "", "", line
        else:
            match = _LINE.fullmatch(stripped)
            if section is None or match is None:
                raise InvalidFile(f"{where}, line {number}, is not `name = value` in a section")
            yield section, match["key"], match["value"], line


class Readable(Protocol):
    """Files that can be read: those of a place, or as they will be."""

    def texts(self, paths: Sequence[str]) -> list[str]:
        """Return the texts of these files; raises InvalidFile."""

    def real(self, path: str) -> str:
        """Return the path behind symbolic links."""


def includes(main: str, place: Readable) -> set[str]:
    """Return the real paths of a configuration file and of all files that it includes; raises InvalidFile."""
    found: set[str] = set()
    waiting = [place.real(main)]
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            lines = place.texts([path])[0].splitlines()
            waiting += [place.real(match[1]) for match in map(_INCLUDE.match, lines) if match]
    return found


@dataclass(frozen=True)
class Snapshot:
    """The contents of the live file and both prepared ones at one moment."""

    live: Entries
    prepared: Mapping[Side, Entries]

    @property
    def side(self) -> Side | None:
        """Return the side whose prepared file equals the live one."""
        return next((side for side in Side if self.prepared[side] == self.live), None)


class PreparedFiles:
    """The live file, and a prepared one for each side in the same folder."""

    def __init__(
        self, live: str, blue: str, green: str, place: Place | None = None, planned: Mapping[str, str] | None = None
    ) -> None:
        self.live = live
        self.prepared = {Side.BLUE: blue, Side.GREEN: green}
        self.place = place or Here()
        self._planned = planned or {}

    @property
    def resolved_live(self) -> str:
        """Return the live file's real path: behind a symbolic link it is the file that changes, never the link."""
        return self.place.real(self.live)

    def once_written(self, texts: Mapping[str, str]) -> PreparedFiles:
        """Return the same files as they will be when these, by path, have been written."""
        return PreparedFiles(self.live, self.prepared[Side.BLUE], self.prepared[Side.GREEN], self.place, texts)

    def read(self) -> Snapshot:
        """Read all three; raises InvalidFile."""
        return self._parsed(self.texts(self._paths))

    def texts(self, paths: Sequence[str]) -> list[str]:
        """Return the texts of these files, or what they will be; raises InvalidFile."""
        if not self._planned:
            return self.place.texts(paths)
        planned = {self.real(path): text for path, text in self._planned.items()}
        real = [self.real(path) for path in paths]
        there = iter(self.place.texts([path for path, one in zip(paths, real) if one not in planned]))
        return [planned[one] if one in planned else next(there) for one in real]

    def exists(self, path: str) -> bool:
        """Tell whether the file is there, or will be."""
        return path in self._planned or self.place.exists(path)

    def real(self, path: str) -> str:
        """Return the path behind symbolic links."""
        return self.place.real(path)

    def stage(self, side: Side) -> None:
        """Stage the prepared file of ``side`` for :meth:`install`; raises OSError."""
        self.place.stage(self.prepared[side], self.live)

    def settle(self) -> None:
        """Make the live file durable, and remove what :meth:`stage` left; raises OSError."""
        self.place.settle(self.live)

    def install(self, side: Side) -> Snapshot:
        """Make the prepared file of ``side`` the live one, in one step, and return the files' contents afterwards.

        :raises OSError: when that fails; the live file is then unchanged
        """
        return self._parsed(self.place.install(self.prepared[side], self.live, self._paths))

    @property
    def _paths(self) -> list[str]:
        return [self.live, *(self.prepared[side] for side in Side)]

    def _parsed(self, texts: list[str]) -> Snapshot:
        live, *prepared = (parse(text, path) for text, path in zip(texts, self._paths))
        return Snapshot(live, dict(zip(Side, prepared)))


def _settings(value: str, name: str, where: str) -> dict[str, str]:
    settings: dict[str, str] = {}
    position = 0
    value = value.strip()
    while position < len(value):
        match = PAIR.match(value, position)
        if match is None:
            raise InvalidFile(f"{where}: the entry {name} is not a list of `key=value`")
        quoted = match[2].startswith("'")
        settings[match[1]] = match[2][1:-1].replace("''", "'") if quoted else match[2]
        position = match.end()
    if not settings.get("port", "5432").isdigit():
        raise InvalidFile(f"{where}: the port of the entry {name} is not a number")
    return settings


def unquoted(key: str) -> str:
    """Return the name of an entry as PgBouncer reads it."""
    return key[1:-1].replace('""', '"') if key.startswith('"') else key

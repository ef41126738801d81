# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where each entry of a PgBouncer leads, whether or not a route names it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .bouncer_files import Entries, PreparedFiles, includes, parse
from .contract import Way
from .places import InvalidFile

_CONSOLE = "pgbouncer"
_FALLBACK = "*"


def ways_in_memory(rows: Iterable[Mapping[str, Any]]) -> list[Way]:
    """Return the entries of SHOW DATABASES; a list of hosts is several ways."""
    return [
        Way(row["name"], row["name"], host, int(row["port"]), row["database"])
        for row in rows
        if row["name"] != _CONSOLE
        for host in (row["host"] or "").split(",")
    ]


def ways_in_files(files: PreparedFiles, databases: Sequence[str]) -> list[Way]:
    """Return where these entries lead on either side, from the prepared files that are there."""
    there = [path for path in files.prepared.values() if files.place.exists(path)]
    entries = [parse(text, path) for path, text in zip(there, files.place.texts(there))] if there else []
    return [way for one in entries for name in databases if name in one.databases for way in _ways_of(one, name)]


def fallback(conffile: str, files: PreparedFiles) -> tuple[list[Way], str | None]:
    """Return the ways of ``*``, which SHOW DATABASES does not list, and why they are unknown."""
    try:
        paths = sorted(includes(conffile, files.place))
        every = [parse(_without_includes(text), path) for path, text in zip(paths, files.place.texts(paths))]
    except InvalidFile as error:
        return [], str(error)
    found = [way for one in every if _FALLBACK in one.databases for way in _ways_of(one, _FALLBACK)]
    return [Way(way.name, way.part, way.host, way.port) for way in found], None


def _ways_of(entries: Entries, name: str) -> list[Way]:
    host, port, database = entries.address(name)
    return [Way(name, name, one, port, database) for one in (host or "").split(",")]


def _without_includes(text: str) -> str:
    return "".join(f"{line}\n" for line in text.splitlines() if not line.lstrip().startswith("%include"))

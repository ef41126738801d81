# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The contents of PgBouncer's prepared files, made from the live one: only addresses differ."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from .._domain.sides import Side
from .bouncer_files import DATABASES, PAIR, Entries, PreparedFiles, lines_of, parse, unquoted
from .contract import Address, FileChange
from .places import InvalidFile

_PLAIN = re.compile(r"[^\s']+")
_ADDRESS = ("host", "port", "dbname")


class LedElsewhere(Exception):
    """The live file leads to the side out of service: a switch was interrupted, or somebody changed the file."""


def changes_to(
    files: PreparedFiles,
    databases: Sequence[str],
    in_service: Side,
    found: Mapping[Side, Address],
    given: Mapping[Side, Address],
) -> list[FileChange]:
    """Return what to write, so that the prepared files equal the live one except for their side's addresses.

    An address that a prepared file already has is kept, unless one was given for this route.

    :param found: each side's address, as we reach it
    :param given: addresses given for this route, since PgBouncer may need different ones
    :raises InvalidFile: for a live file that is missing, or that lacks one of the databases
    :raises LedElsewhere: when the live file leads to the other side
    """
    live = files.texts([files.live])[0]
    said = parse(live, files.live)
    missing = [name for name in databases if name not in said.databases]
    if missing:
        raise InvalidFile(f"{files.live} has no entry {', '.join(missing)}")
    other = in_service.other
    existing = {side: _existing(files, side) for side in Side}
    if _leads_to(said, existing[other], databases) and not _leads_to(said, existing[in_service], databases):
        raise LedElsewhere(f"{files.live} leads to {other}, and {in_service} is in service")
    kept = None if given[other] else existing[other]
    wanted = {
        in_service: live,
        other: _led_to(live, files.live, _by_name(databases, {**found[other], **given[other]}, kept)),
    }
    return [
        FileChange(files.prepared[side], wanted[side], files.live)
        for side in Side
        if existing[side] != parse(wanted[side], files.prepared[side])
    ]


def led_side(files: PreparedFiles, databases: Sequence[str]) -> Side | None:
    """Return the side whose prepared file has the live file's addresses; ``None``: neither, or both."""
    live = parse(files.place.texts([files.live])[0], files.live)
    if any(name not in live.databases for name in databases):
        return None
    sides = [side for side in Side if _leads_to(live, _existing(files, side), databases)]
    return sides[0] if len(sides) == 1 else None


def _existing(files: PreparedFiles, side: Side) -> Entries | None:
    path = files.prepared[side]
    return parse(files.texts([path])[0], path) if files.exists(path) else None


def _leads_to(said: Entries, prepared: Entries | None, databases: Sequence[str]) -> bool:
    return prepared is not None and all(
        name in prepared.databases and prepared.address(name) == said.address(name) for name in databases
    )


def _by_name(databases: Sequence[str], address: Address, kept: Entries | None) -> dict[str, Address]:
    by_name: dict[str, Address] = {}
    for name in databases:
        source = kept.databases.get(name, address) if kept else address
        by_name[name] = {key: source[key] for key in _ADDRESS if source.get(key)}
    return by_name


def _led_to(text: str, where: str, addresses: Mapping[str, Address]) -> str:
    """Return ``text`` with these entries pointing to their addresses; all other lines stay unchanged."""
    lines = []
    for section, key, value, line in lines_of(text, where):
        name = unquoted(key) if section == DATABASES else ""
        lines.append(_line_led_to(key, value, addresses[name]) if name in addresses else line)
    return "\n".join([*lines, ""])


def _line_led_to(key: str, value: str, address: Address) -> str:
    kept = [match[0].strip() for match in PAIR.finditer(value) if match[1] not in _ADDRESS]
    led = [f"{name}={_quoted(address[name])}" for name in _ADDRESS if name in address]
    return f"{key} = {' '.join([*led, *kept])}"


def _quoted(value: str) -> str:
    return value if _PLAIN.fullmatch(value) else "'" + value.replace("'", "''") + "'"

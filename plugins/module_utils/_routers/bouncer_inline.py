# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The section `[databases]` of PgBouncer's own configuration, moved into a file that it includes."""

from __future__ import annotations

from collections.abc import Sequence

from .bouncer_files import DATABASES, PreparedFiles, includes, parse
from .contract import FileChange
from .places import InvalidFile

_COPY = ".before-bluegreen"


class Inline(Exception):
    """The entries lie in PgBouncer's own configuration; the text says where."""


def moves_out(files: PreparedFiles, conffile: str, databases: Sequence[str], *, allowed: bool) -> list[FileChange]:
    """Return what to write so that the section lies in the live file; nothing where that is included already.

    The configuration comes last and changes in one step, so that a run that ends before it changes nothing.

    :param allowed: the user lets us change the configuration
    :raises Inline: where it would have to change and may not
    :raises InvalidFile: where it cannot change
    """
    main = files.real(conffile) if conffile else ""
    if not main or files.resolved_live in includes(main, files):
        return []
    text = files.texts([main])[0]
    found = _section(text)
    if found is None:
        return []
    first, last = found
    lines = text.splitlines(keepends=True)
    section = "".join(lines[first:last])
    entries = parse(section, main).databases
    if not all(name in entries for name in databases):
        return []
    where = f"lines {first + 1} to {last} of {main}"
    if not allowed:
        raise Inline(f"its entries are {where}, and a switch exchanges a file of their own")
    _require_free(files, main, text, section)
    included = f"%include {files.live}\n"
    return [
        *_new(files, main + _COPY, text, main),
        *_new(files, files.live, section, main),
        FileChange(
            main,
            "".join([*lines[:first], included, *lines[last:]]),
            main,
            shown=f"{where} become `{included.strip()}`",
            before=text,
        ),
    ]


def _new(files: PreparedFiles, path: str, text: str, like: str) -> list[FileChange]:
    """Return the file to write, unless a run that ended too early has written it."""
    return [] if files.exists(path) else [FileChange(path, text, like)]


def _require_free(files: PreparedFiles, main: str, text: str, section: str) -> None:
    if len(files.live.split()) != 1:
        raise InvalidFile(f"{files.live} has a space in its name, which PgBouncer cannot include")
    for path, wanted in ((files.live, section), (main + _COPY, text)):
        if files.exists(path) and files.texts([path]) != [wanted]:
            raise InvalidFile(f"{path} is there and says something else; move it away")


def _section(text: str) -> tuple[int, int] | None:
    """Return the first line of the one section `[databases]`, and the first after it.

    Comments and empty lines before the next section belong to that one.
    """
    lines = [line.strip() for line in text.splitlines()]
    headers = [number for number, line in enumerate(lines) if line[:1] == "[" and line[-1:] == "]"]
    ours = [number for number in headers if lines[number][1:-1].lower() == DATABASES]
    if len(ours) != 1:
        return None
    end = next((number for number in headers if number > ours[0]), len(lines))
    while lines[end - 1][:1] in ("", ";", "#"):
        end -= 1
    return ours[0], end

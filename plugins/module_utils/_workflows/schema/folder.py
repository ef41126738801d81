# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The folder of versioned migrations, read as psql reads it: the one place for every phase."""

from __future__ import annotations

from pathlib import Path

from ..._domain.errors import MigrationError
from ..._domain.schema.client_commands import cannot_be_included, includes
from ..._domain.schema.marks import BEFORE_COPY
from ..._domain.schema.version import LATEST, Migration, Script, by_version, collect, due, moves, refusals


def read_migrations(directory: Path) -> tuple[Migration, ...]:
    """Return a folder's migrations, ordered by version.

    :raises MigrationError: BG220 for a folder that cannot be read, BG253 for an included file that cannot; and as
        :func:`collect` does
    """
    texts = _texts(directory)
    return collect(texts, {name: _included(name, directory / name, text) for name, text in texts.items()})


def read_refusals(directory: Path) -> list[MigrationError]:
    """Return every reason for which a phase would refuse the folder while nothing of it is applied."""
    try:
        texts = _texts(directory)
        read = {name: _included_or_why_not(name, directory / name, text) for name, text in texts.items()}
        found = [one for one in read.values() if isinstance(one, MigrationError)]
        included = {name: one for name, one in read.items() if not isinstance(one, MigrationError)}
        migrations = by_version(texts, included)
        found += refusals(migrations)
        if not found:
            due(moves(migrations, (), LATEST), BEFORE_COPY)
    except MigrationError as error:
        return [error]
    return found


def _included_or_why_not(name: str, path: Path, text: str) -> list[Script] | MigrationError:
    try:
        return _included(name, path, text)
    except MigrationError as error:
        return error


def _texts(directory: Path) -> dict[str, str]:
    try:
        paths = sorted(path for path in directory.iterdir() if path.suffix.lower() == ".sql")
        return {path.name: _read(path) for path in paths}
    except (OSError, UnicodeDecodeError) as error:
        raise MigrationError(
            "BG220",
            f"The versioned migrations in {directory} cannot be read ({error})",
            "Nothing was changed",
            "Set directory to a folder of UTF-8 files on the host where the module runs",
        ) from None


def _included(name: str, path: Path, text: str, above: tuple[Path, ...] = ()) -> list[Script]:
    """Return what a file includes, and what those files include, in the order in which psql reads them."""
    found, here = [], (*above, path.resolve())
    for one in includes(name, text):
        inner = ((path.parent if one.beside else Path.cwd()) / Path(one.path).expanduser()).resolve()
        if inner in here:
            raise cannot_be_included(name, f"{one.path} includes itself")
        script = Script(f"{name}, by {one.path},", _read_included(name, one.path, inner))
        found += [script, *_included(script.name, inner, script.text, here)]
    return found


def _read_included(name: str, told: str, path: Path) -> str:
    try:
        return _read(path)
    except (OSError, UnicodeDecodeError) as error:
        raise cannot_be_included(name, f"the file {told} cannot be read ({error})") from None


def _read(path: Path) -> str:
    """Read a text as psql does, which passes over a byte order mark."""
    return path.read_text(encoding="utf-8-sig")

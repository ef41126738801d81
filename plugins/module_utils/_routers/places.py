# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a router's files are: here, or on its own host."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from .._domain.clock import Deadline
from .files import drop_staged, install_staged, replace_file, stage_file, sync_folder, why_not_replaceable


class InvalidFile(Exception):
    """A file is missing, unreadable or invalid for PgBouncer; the text says where."""


class PlaceLost(Exception):
    """The host of the files cannot be reached; the text says why."""


class Place(Protocol):
    """A host with files. Every verb ends with ``deadline``, and may raise PlaceLost and DeadlineReached."""

    deadline: Deadline | None

    def open(self) -> None:
        """Connect, before anybody waits for it."""

    def texts(self, paths: Sequence[str]) -> list[str]:
        """Return the texts of these files; raises InvalidFile."""

    def exists(self, path: str) -> bool:
        """Tell whether the file exists."""

    def real(self, path: str) -> str:
        """Return the path behind symbolic links."""

    def obstacle(self, path: str) -> str | None:
        """Return why :meth:`install` into ``path`` would fail, ``None`` if it would not."""

    def stage(self, source: str, live: str) -> None:
        """Stage the content of ``source``, durably, where :meth:`settle` cannot fail; raises OSError."""

    def install(self, source: str, live: str, read: Sequence[str]) -> list[str]:
        """Give ``live`` the content of ``source`` in one step, with its old owner and mode.

        Behind a symbolic link the file changes, never the link.

        :param read: files to read afterwards, over the same connection
        :returns: the texts of these files
        :raises OSError: when that fails; ``live`` is then unchanged
        """

    def settle(self, live: str) -> None:
        """Make the result of :meth:`install` durable, and remove what :meth:`stage` left; raises OSError."""

    def write(self, path: str, text: str, like: str) -> None:
        """Give ``path`` this text in one step, with the owner and mode of ``like`` if that exists; raises OSError."""

    def close(self) -> None:
        """Disconnect."""


class Here:
    """The host that the module runs on."""

    deadline: Deadline | None = None

    def __init__(self) -> None:
        self._unsettled = False

    def open(self) -> None:
        """Do nothing: files here need no connection."""

    def texts(self, paths: Sequence[str]) -> list[str]:
        """Read the files."""
        return [_text(Path(path)) for path in paths]

    def exists(self, path: str) -> bool:
        """Look for the file."""
        return Path(path).exists()

    def real(self, path: str) -> str:
        """Follow symbolic links."""
        return os.path.realpath(path)

    def obstacle(self, path: str) -> str | None:
        """Check the permissions of folder and file."""
        return why_not_replaceable(Path(path))

    def stage(self, source: str, live: str) -> None:
        """Put it beside the live file."""
        stage_file(Path(live).resolve(), Path(source).read_bytes())

    def install(self, source: str, live: str, read: Sequence[str]) -> list[str]:
        """Replace the file, unless it is already the same."""
        content, target = Path(source).read_bytes(), Path(live).resolve()
        if target.read_bytes() != content and not install_staged(target, content):
            replace_file(target, content)
        self._unsettled = True
        return self.texts(read)

    def settle(self, live: str) -> None:
        """Sync the folder where something was installed; a killed process may have left a staged file there."""
        target = Path(live).resolve()
        drop_staged(target)
        if self._unsettled:
            self._unsettled = False
            sync_folder(target.parent)

    def write(self, path: str, text: str, like: str) -> None:
        """Replace or create the file."""
        replace_file(Path(path), text.encode("utf-8"), Path(like))

    def close(self) -> None:
        """Do nothing: nothing is open."""


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidFile(f"{path}: {getattr(error, 'strerror', None) or 'not UTF-8'}") from None

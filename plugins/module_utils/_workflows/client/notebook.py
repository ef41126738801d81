# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The file in which the probe puts down what it does, and by which it is told to stop.

It stops once the file has another name. While it lives it holds the file's lock, which ends with it however it dies.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import time
from pathlib import Path

from ..._domain.client.events import Header, Record, header_line, read_record

_ENDED = ".ended"
_POLL = 0.02


class Notebook:
    """The probe's end of it."""

    def __init__(self, path: str, descriptor: int) -> None:
        self._path = path
        self.descriptor = descriptor
        found = os.fstat(descriptor)
        self._identity = (found.st_dev, found.st_ino)

    @classmethod
    def begun(cls, path: str, header: Header) -> Notebook:
        """Begin a new one in the place of an old one, complete with its first line.

        :raises OSError: when it cannot be written
        """
        forget(path)
        target = Path(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = f"{path}.{secrets.token_hex(4)}"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            book = cls(path, descriptor)
            book.put_down(header_line(header))
            Path(draft).rename(path)
        except BaseException:
            os.close(descriptor)
            Path(draft).unlink(missing_ok=True)
            raise
        return book

    def put_down(self, line: str) -> None:
        """Append a line; to outlive this process it needs no fsync.

        :raises OSError: when the disk takes no more
        """
        data = line.encode()
        if os.write(self.descriptor, data) != len(data):
            raise OSError("a line was cut short")

    def is_wanted(self) -> bool:
        """Tell whether the file still has its name: otherwise the probe is to end."""
        try:
            found = Path(self._path).stat()
        except OSError:
            return False
        return (found.st_dev, found.st_ino) == self._identity

    def close(self) -> None:
        """Close this process's end."""
        os.close(self.descriptor)


def is_kept(path: str) -> bool:
    """Tell whether a living probe puts down what it does there."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except FileNotFoundError:
        return False
    try:
        return not _is_free(descriptor)
    finally:
        os.close(descriptor)


def take_away(path: str, seconds: float) -> bool | None:
    """Tell the probe to end, and wait until it has; return whether it has, ``None`` where there is none.

    A run that was killed in between finds what it took away.

    :raises OSError: when the file is out of reach
    """
    ended = f"{path}{_ENDED}"
    if Path(path).exists():
        Path(path).rename(ended)
    if not Path(ended).exists():
        return None
    descriptor = os.open(ended, os.O_RDONLY | os.O_NOFOLLOW)
    try:
        end = time.monotonic() + seconds
        while not _is_free(descriptor):
            if time.monotonic() >= end:
                return False
            time.sleep(_POLL)
        return True
    finally:
        os.close(descriptor)


def read_taken(path: str) -> Record:
    """Return what the probe has put down.

    :raises OSError: when the file cannot be read
    :raises ValueError: when it is not one of ours
    """
    with Path(f"{path}{_ENDED}").open(encoding="utf-8", newline="\n") as file:
        return read_record(file)


def forget(path: str) -> None:
    """Remove what was taken away: its figures are known."""
    Path(f"{path}{_ENDED}").unlink(missing_ok=True)


def read_running(path: str) -> Record:
    """Return what a living probe has put down so far; raises as :func:`read_taken` does."""
    with Path(path).open(encoding="utf-8", newline="\n") as file:
        return read_record(file)


def _is_free(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    fcntl.flock(descriptor, fcntl.LOCK_UN)
    return True

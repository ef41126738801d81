# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Replacing a file in one step: every reader finds the old or the new file, never half of one."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path

_MODE_OF_NEW_FILES = 0o644


def replace_file(path: Path, content: bytes, like: Path | None = None) -> None:
    """Give ``path`` this content, durably, with its old owner and mode.

    :param like: a file whose owner and mode to use instead
    :raises OSError: when that fails; the file is then unchanged
    """
    _write_beside(path, content, like or path, path)
    sync_folder(path.parent)


def stage_file(path: Path, content: bytes) -> None:
    """Prepare this content for :func:`install_staged`, durably, with the owner and the mode of ``path``.

    :raises OSError: when that fails
    """
    _write_beside(path, content, path, _staged(path))


def install_staged(path: Path, content: bytes) -> bool:
    """Give ``path`` this content by a mere rename, if it was staged; :func:`sync_folder` makes that durable.

    :returns: whether it was staged
    :raises OSError: when that fails; the file is then unchanged
    """
    staged = _staged(path)
    if not staged.is_file() or staged.read_bytes() != content:
        return False
    staged.replace(path)
    return True


def drop_staged(path: Path) -> None:
    """Remove what :func:`stage_file` left."""
    staged = _staged(path)
    # A process that only releases clients may lack permissions for that folder.
    if staged.is_file():
        staged.unlink()


def _staged(path: Path) -> Path:
    return path.with_name(f".{path.name}.bluegreen")


def _write_beside(path: Path, content: bytes, like: Path, target: Path) -> None:
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as copy:
            copy.write(content)
            copy.flush()
            _dress(copy.fileno(), like)
            os.fsync(copy.fileno())
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink()
        raise


def why_not_replaceable(path: Path) -> str | None:
    """Return why :func:`replace_file` would fail, ``None`` if it would not."""
    if not os.access(path.parent, os.W_OK | os.X_OK):
        return f"{path.parent} is missing, or not writable for the user that the module runs as"
    if path.exists() and os.geteuid() not in (0, path.stat().st_uid):
        return f"{path} belongs to another user than the one that the module runs as"
    return None


def _dress(descriptor: int, like: Path) -> None:
    if not like.exists():
        os.fchmod(descriptor, _MODE_OF_NEW_FILES)
        return
    before, made = like.stat(), os.fstat(descriptor)
    if (made.st_uid, made.st_gid) != (before.st_uid, before.st_gid):
        os.fchown(descriptor, before.st_uid, before.st_gid)
    os.fchmod(descriptor, stat.S_IMODE(before.st_mode))


def sync_folder(folder: Path) -> None:
    """Make renames in it durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

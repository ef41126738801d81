# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files written completely or not at all, which only their owner may read unless somebody says otherwise."""

from __future__ import annotations

import contextlib
import errno
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any


def write_lines(path: str, lines: Iterable[str], mode: int = 0o600) -> int:
    """Write lines to a file, durably and in one step; return their number.

    Others who may write to the folder cannot redirect it: a link in the file's place is replaced.

    :param mode: its permissions, whatever the umask is
    :raises OSError: when it cannot be written; the old file is still there
    """
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    folder = _opened(target.parent)
    part = f".{target.name}.part"
    try:
        _remove(folder, part)
        written = _write(folder, part, lines, mode)
        os.rename(part, target.name, src_dir_fd=folder, dst_dir_fd=folder)
        os.fsync(folder)
    except BaseException:
        _remove(folder, part)
        raise
    finally:
        os.close(folder)
    return written


def _opened(folder: Path) -> int:
    if folder.is_symlink():
        if folder.lstat().st_uid not in {0, os.geteuid()}:
            raise OSError(errno.ELOOP, "its folder is a symbolic link of another user", str(folder))
        folder = folder.resolve()
    return os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)


def _write(folder: int, name: str, lines: Iterable[str], mode: int) -> int:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    written = 0
    with os.fdopen(os.open(name, flags, 0o600, dir_fd=folder), "w", encoding="utf-8") as file:
        for line in lines:
            file.write(f"{line}\n")
            written += 1
        file.flush()
        os.fchmod(file.fileno(), mode)
        os.fsync(file.fileno())
    return written


def _remove(folder: int, name: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(name, dir_fd=folder)


def write_document(path: str, document: Any) -> None:
    """Write a JSON document the same way; raises as :func:`write_lines` does."""
    write_lines(path, json.dumps(document, indent=2, ensure_ascii=False).splitlines())

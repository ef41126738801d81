# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the waves of one run leave for each other and for its last lines: a file for each host, by its state."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote, unquote

from ansible import constants

_FOLDER = "bluegreen-waves"
_BEGUN, _WAITING = "begun", "waiting"


def begun() -> list[str]:
    """Return the hosts whose switch has begun in this run."""
    return _hosts(_BEGUN)


def waiting() -> list[str]:
    """Return the hosts that have not come to their turn."""
    return _hosts(_WAITING)


def take_turn(host: str) -> None:
    """Note that a host has come to its turn, whether its switch then begins or not."""
    _file(_WAITING, host).unlink(missing_ok=True)


def note_begun(host: str, later: Iterable[str]) -> None:
    """Note that a host's switch begins, and who comes later."""
    _file(_BEGUN, host).touch()
    for each in later:
        _file(_WAITING, each).touch()


def _hosts(state: str) -> list[str]:
    folder = _folder(state)
    return sorted(unquote(file.name) for file in folder.iterdir()) if folder.is_dir() else []


def _file(state: str, host: str) -> Path:
    folder = _folder(state)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder / quote(host, safe="")


def _folder(state: str) -> Path:
    return Path(constants.DEFAULT_LOCAL_TMP) / _FOLDER / state

# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asking the user's backup proof when the last backup was completed."""

from __future__ import annotations

from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from pathlib import Path
from typing import Any

from ansible.module_utils.urls import ConnectionError as UrlError
from ansible.module_utils.urls import open_url

from .._domain.backup import Backup, parse_time
from .ports import Run

_SECONDS = 30


def read_backup(proof: Mapping[str, Any], run: Run) -> Backup | None:
    """Return the proof's answer, ``None`` where the user gave no proof.

    :param proof: one of ``command``, ``url``, ``file``; a URL may hold a token and is never repeated
    """
    if proof.get("command"):
        return _ask_command(proof["command"], run)
    if proof.get("url"):
        return _ask_url(proof["url"])
    if proof.get("file"):
        return _ask_file(proof["file"])
    return None


def _ask_command(command: list[str], run: Run) -> Backup:
    status, output, complaint = run(["timeout", "--kill-after=1", str(_SECONDS), *command])
    named = f"the command {command[0]}"
    if status != 0:
        said = complaint.strip().splitlines()[:1]
        return Backup(named, None, f"it ended with status {status}{': ' + said[0] if said else ''}")
    lines = output.strip().splitlines()
    completed_at = parse_time(lines[-1]) if lines else None
    problem = "" if completed_at else "its last line is neither a time in ISO 8601 nor seconds since the epoch"
    return Backup(named, completed_at, problem)


def _ask_url(url: str) -> Backup:
    named = "the URL's Last-Modified"
    try:
        answer = open_url(url, method="GET", timeout=_SECONDS)
        changed = answer.headers.get("Last-Modified")
        answer.close()
    except (OSError, ValueError, HTTPException, UrlError) as error:
        return Backup(named, None, f"it was not answered: {getattr(error, 'code', '') or type(error).__name__}")
    if not changed:
        return Backup(named, None, "the answer has no such header")
    try:
        return Backup(named, parsedate_to_datetime(changed).timestamp())
    except (TypeError, ValueError):
        return Backup(named, None, "the header is not a date")


def _ask_file(path: str) -> Backup:
    try:
        return Backup(f"the age of {path}", Path(path).stat().st_mtime)
    except OSError as error:
        return Backup(f"the age of {path}", None, f"it cannot be read: {error.strerror}")

# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The user's own checks before a cutover: a URL, a query or a command, each with a time limit."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Mapping
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError

from ansible.module_utils.urls import ConnectionError as UrlError
from ansible.module_utils.urls import open_url

from ..._domain.clock import Deadline
from ..._domain.errors import MigrationError
from ..._domain.sides import Side
from ..._postgres.go_no_go.health import ask
from ..ports import Ports

_MOST_BYTES = 1024 * 1024
_KILLED = (124, 137)  # the exit status of timeout(1)


def failed_checks(checks: Iterable[Mapping[str, Any]], ports: Ports) -> tuple[tuple[str, str], ...]:
    """Return name and problem of each check that failed. A URL or query may hold a secret and is never repeated."""
    found = ((check["name"], _problem(check, ports)) for check in checks)
    return tuple((name, problem) for name, problem in found if problem)


def _problem(check: Mapping[str, Any], ports: Ports) -> str:
    if check.get("url"):
        return _ask_url(check)
    if check.get("sql"):
        return _ask_side(check, ports)
    return _ask_command(check, ports)


def _ask_url(check: Mapping[str, Any]) -> str:
    end = time.monotonic() + check["timeout"]
    try:
        status, body = _get(check["url"], check["timeout"], end)
    except (OSError, ValueError, HTTPException, UrlError) as error:
        return f"it was not answered: {type(error).__name__}"
    if status != check["status"]:
        return f"it was answered with status {status}, not {check['status']}"
    if time.monotonic() > end:
        return f"it took more than {check['timeout']:g} s"
    try:
        return "" if not check.get("body") or re.search(check["body"], body) else "its body does not match"
    except (re.error, OverflowError):
        return "the pattern for its body is not a regular expression"


def _get(url: str, timeout: float, end: float) -> tuple[int, str]:
    try:
        answer = open_url(url, method="GET", timeout=timeout)
    except HTTPError as error:
        answer = error
    status, body = int(answer.getcode()), b""
    try:
        while len(body) < _MOST_BYTES and time.monotonic() <= end:
            part = answer.read1(_MOST_BYTES)
            if not part:
                break
            body += part
    finally:
        answer.close()
    return status, body.decode("utf-8", "replace")


def _ask_side(check: Mapping[str, Any], ports: Ports) -> str:
    deadline = Deadline(check["timeout"], f"The check {check['name']}")
    try:
        session = ports.sides.connect(Side(check["side"]), "check", deadline)
        try:
            passed = ask(session, check["sql"], deadline)
        finally:
            session.close()
    except MigrationError as error:
        return error.what
    return "" if passed else "its first value is not true"


def _ask_command(check: Mapping[str, Any], ports: Ports) -> str:
    status, _output, complaint = ports.run(["timeout", "--kill-after=1", f"{check['timeout']:g}", *check["command"]])
    if status == 0:
        return ""
    if status in _KILLED:
        return f"it took more than {check['timeout']:g} s"
    said = complaint.strip().splitlines()[:1]
    return f"it ended with status {status}{': ' + said[0] if said else ''}"

# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The user's own checks: a URL, a query or a command, each with a time limit."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Mapping
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError

from ansible.module_utils.urls import ConnectionError as UrlError
from ansible.module_utils.urls import open_url

from .._domain.clock import Deadline
from .._domain.errors import DatabaseError, MigrationError
from .._domain.sides import Side
from .._domain.users_check import FailedCheck
from .._postgres.users_query import first_value
from .ports import Ports

_MOST_BYTES = 1024 * 1024
_KILLED = (124, 137)  # the exit status of timeout(1)
_CANCELLED = "57014"  # the server ends a statement at our deadline
_NOT_RUN = (125, 126, 127)  # timeout(1) itself failed, or the command cannot be executed or is not there


def failed_checks(checks: Iterable[Mapping[str, Any]], ports: Ports) -> tuple[FailedCheck, ...]:
    """Return each check that did not pass. A URL or query may hold a secret and is never repeated."""
    found = (_ask(check, ports) for check in checks)
    return tuple(one for one in found if one is not None)


def _ask(check: Mapping[str, Any], ports: Ports) -> FailedCheck | None:
    if check.get("url"):
        return _ask_url(check)
    if check.get("sql"):
        return _ask_side(check, ports)
    return _ask_command(check, ports)


def _ask_url(check: Mapping[str, Any]) -> FailedCheck | None:
    end = time.monotonic() + check["timeout"]
    try:
        status, body = _get(check["url"], check["timeout"], end)
    except (OSError, ValueError, HTTPException, UrlError) as error:
        return FailedCheck(check["name"], f"it was not answered: {type(error).__name__}", answered=False)
    if status != check["status"]:
        return FailedCheck(check["name"], f"it was answered with status {status}, not {check['status']}")
    if time.monotonic() > end:
        return FailedCheck(check["name"], f"it took more than {check['timeout']:g} s")
    return _judge(check, body)


def _judge(check: Mapping[str, Any], body: str) -> FailedCheck | None:
    try:
        matches = not check.get("body") or re.search(check["body"], body)
    except (re.error, OverflowError):
        problem = "the pattern for its body is not a regular expression"
        return FailedCheck(check["name"], problem, answered=False)
    return None if matches else FailedCheck(check["name"], "its body does not match")


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


def _ask_side(check: Mapping[str, Any], ports: Ports) -> FailedCheck | None:
    deadline = Deadline(check["timeout"], f"The check {check['name']}")
    try:
        session = ports.sides.connect(Side(check["side"]), "check", deadline)
        try:
            value = first_value(session, check["sql"], deadline)
        finally:
            session.close()
    except DatabaseError as error:
        return FailedCheck(check["name"], error.what, error.sqlstate == _CANCELLED, error.sqlstate)
    except MigrationError as error:
        return FailedCheck(check["name"], error.what)
    if value is None or value is False:
        return FailedCheck(check["name"], "its first value is not true")
    return None if value is True else FailedCheck(check["name"], "its first value is no boolean", answered=False)


def _ask_command(check: Mapping[str, Any], ports: Ports) -> FailedCheck | None:
    status, _output, complaint = ports.run(["timeout", "--kill-after=1", f"{check['timeout']:g}", *check["command"]])
    if status == 0:
        return None
    if status in _KILLED:
        return FailedCheck(check["name"], f"it took more than {check['timeout']:g} s")
    said = complaint.strip().splitlines()[:1]
    problem = f"it ended with status {status}{': ' + said[0] if said else ''}"
    return FailedCheck(check["name"], problem, answered=status not in _NOT_RUN)

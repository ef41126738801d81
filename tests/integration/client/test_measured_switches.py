# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a client saw is in last lines, runbook, journals and an alarm; without a client the switch goes on."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.fixtures.webhooks import Receiver, receiver
from tests.integration.conftest import UP_TO_SYNC, Migration

__all__ = ["receiver"]

_LINE = re.compile(r"longest gap \d+ ms, \d+ of \d+ writes failed, 0 lost")


@pytest.fixture
def ready(migration: Migration) -> Migration:
    """Give a migration right before a cutover that is measured."""
    migration.advance(*UP_TO_SYNC)
    ends = [migration.green.endpoint("app"), migration.blue.endpoint("app")]
    both = {key: ",".join(str(end[key]) for end in ends) for key in ("host", "port")}
    migration.variables["bluegreen_application"] = {**ends[0], **both, "target_session_attrs": "read-write"}
    migration.variables["bluegreen_probe"] = True
    return migration


def _client(ready: Migration, phase: str) -> Any:
    """Return the figures that green's journal has of the last run of that phase."""
    told = "SELECT details -> 'client' FROM bluegreen.journal WHERE details ->> 'phase' = %s ORDER BY id DESC LIMIT 1"
    [(client,)] = ready.green.query(told, phase)
    return client


def test_a_cutover_tells_what_a_client_saw_and_a_rollback_goes_on_without_one(
    ready: Migration, receiver: Receiver
) -> None:
    ready.variables |= {"bluegreen_gap_warning_ms": 0.001, "bluegreen_notify": [{"type": "json", "url": receiver.url}]}
    run = ready.play("cutover")
    assert run.status == 0, run.output
    [told] = re.findall(r"^  clients   (.*)$", run.output, re.MULTILINE)
    assert _LINE.fullmatch(told)
    runbook = (ready.reports / "runbook.md").read_text(encoding="utf-8")
    assert f"a client saw: {told}" in runbook
    assert "of its writes were on green, from" in runbook
    seen = _client(ready, "cutover")
    assert (seen["lost"], seen["doubled"], seen["role"]) == (0, 0, ready.blue.roles["app"].name)
    [alarm] = [one for one in receiver.messages if one["state"] == "alarm"]
    assert (alarm["alert"], alarm["details"]["client"]) == (True, seen)
    assert "BG757: a client waited " in alarm["text"]
    assert not list(ready.reports.glob("probe*")), "the probe's file is gone"
    secret = "password-that-nobody-may-see"
    ready.variables["bluegreen_application"]["password"] = secret
    back = ready.play("rollback", "-vvv")
    assert "BG755: The probe could not write through the application's route" in back.output
    assert "Blue is in service" in back.output, "route_check fails, after the switch"
    assert secret not in back.output
    assert ready.rows(ready.blue) == 200

# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The checklist before a cutover, the checks after a switch, and the watch: by playbooks, on real servers."""

from __future__ import annotations

import json
import threading
import time

import pytest

from tests.fixtures.conditions import wait_for
from tests.fixtures.databases import run_statement
from tests.fixtures.webhooks import Receiver, receiver
from tests.integration.conftest import UP_TO_SYNC, Migration

__all__ = ["receiver"]


@pytest.fixture
def ready(migration: Migration) -> Migration:
    """Give a migration right before its cutover, whose application finds the side in service by itself."""
    migration.advance(*UP_TO_SYNC)
    ends = [migration.green.endpoint("app"), migration.blue.endpoint("app")]
    both = {key: ",".join(str(end[key]) for end in ends) for key in ("host", "port")}
    migration.variables["bluegreen_application"] = {**ends[0], **both, "target_session_attrs": "read-write"}
    return migration


def go_back_through_the_checklist(ready: Migration) -> None:
    """Roll back after a cutover, and look at checklist and post-mortem."""
    back = ready.play("rollback")
    assert back.status == 0, back.output
    for line in (
        "green refuses writes: yes",
        "blue accepts writes: yes",
        "the application uses blue: yes",
        "monitoring confirms blue's traffic: unknown (0 sessions on blue, 0 on green)",
        "stakeholders: nobody is notified, no channel in bluegreen_notify is told of it",
        f"post-mortem: {ready.reports}/post-mortem.md is begun next; agree on its date",
    ):
        assert line in back.output
    post_mortem = (ready.reports / "post-mortem.md").read_text(encoding="utf-8")
    assert "- In service now: blue" in post_mortem
    assert "| cutover | done |" in post_mortem
    assert "- green refuses writes: yes" in post_mortem
    assert ready.changed_by("monitor") >= 0
    assert ready.changed_by("rollback") == 0
    (ready.reports / "post-mortem.md").write_text("what people wrote", encoding="utf-8")
    assert ready.changed_by("rollback") == 0
    assert (ready.reports / "post-mortem.md").read_text(encoding="utf-8") == "what people wrote"


@pytest.mark.soak
def test_a_cutover_names_everything_that_is_missing_at_once_and_so_does_the_rollback(ready: Migration) -> None:
    signed = ready.variables.pop("bluegreen_confirmed")
    waived = ready.variables.pop("bluegreen_backup_waived")
    for arguments in (["--check"], []):
        refused = ready.play("cutover", *arguments)
        assert (refused.status, refused.count("failed", ready.host)) == (2, 1)
        assert refused.output.count("BG540 blue: ") >= 5
        for name in ("backup", "rehearsal", "dashboards", "team", "window"):
            assert f"{name}: unknown (nothing)" in refused.output
    assert "rollback: yes (the way back)" in ready.play("status").output
    ready.variables["bluegreen_confirmed"] = {name: signed[name] for name in ("dashboards", "team")}
    ready.variables["bluegreen_backup_proof"] = {"command": ["date", "+%s"]}
    ready.variables["bluegreen_window"] = {"start": "2020-01-01", "end": "2020-01-02"}
    result = {"migration": ready.host, "succeeded": True, "finished_at": "2026-05-01T00:00:00Z"}
    (ready.reports / "rehearsal.json").write_text(json.dumps(result), encoding="utf-8")
    refused = ready.play("cutover")
    assert "1 reason(s): BG527 blue: the window is from 2020-01-01 to 2020-01-02" in refused.output
    assert "window: no (bluegreen_window)" in refused.output
    ready.variables["bluegreen_window"] = {"start": "2020-01-01", "end": "2120-01-01"}
    ready.advance("cutover")
    ready.variables["bluegreen_window"] = {"start": "2020-01-01", "end": "2020-01-02"}
    assert ready.changed_by("cutover") == 0, "what is done needs no checklist"
    assert waived
    del ready.variables["bluegreen_window"]
    go_back_through_the_checklist(ready)


@pytest.mark.soak
def test_after_a_switch_the_application_s_route_and_log_are_looked_at(ready: Migration) -> None:
    ready.variables["bluegreen_log_check"] = ["sh", "-c", "echo connection lost in the shop; exit 1"]
    found = ready.play("cutover")
    assert (found.status, found.count("failed", ready.host)) == (2, 1)
    assert "BG543: The check of the application's log ended with status 1: connection lost in the shop" in found.output
    assert "Green is in service" in found.output
    ready.variables["bluegreen_log_check"] = ["true"]
    ready.advance("cutover")
    runbook = (ready.reports / "runbook.md").read_text(encoding="utf-8")
    assert "a write through the application's route reached green" in runbook
    assert "the check of the application's log found nothing" in runbook
    ready.variables["bluegreen_application"] = ready.green.endpoint("app")
    refused = ready.play("rollback")
    assert "BG541: No write passed through the application's route" in refused.output
    assert "Blue is in service" in refused.output
    ready.variables["bluegreen_log_check"] = ["sleep", "60"]
    ready.variables["bluegreen_log_check_timeout"] = 0.2
    ready.variables["bluegreen_application"] = {}
    assert "ended with status 124" in ready.play("rollback").output


@pytest.mark.soak
def test_monitor_watches_for_its_time_and_counts_errors(ready: Migration) -> None:
    assert ready.changed_by("monitor") > 0
    assert ready.changed_by("monitor") == 0
    begun = time.monotonic()
    seen = ready.play("monitor", bluegreen_monitor_duration=6, bluegreen_canary_interval=1)
    assert time.monotonic() - begun > 6
    assert "0 rollbacks, 0 deadlocks, 0 conflicts since the first reading" in seen.output
    assert "forward: a row takes 0." in seen.output
    assert "blue: public.users: 200 inserts, 0 updates, 0 deletes" in seen.output


@pytest.mark.soak
def test_a_watch_warns_and_sees_the_recovery(ready: Migration, receiver: Receiver) -> None:
    ready.variables["bluegreen_notify"] = [{"type": "json", "url": receiver.url}]
    held = ready.green.connect("owner", autocommit=False)
    run_statement(held, "LOCK TABLE users IN EXCLUSIVE MODE")
    ready.blue.query("INSERT INTO users (name) VALUES ('waits')", role="app")

    def release_once_told() -> None:
        wait_for(lambda: bool(receiver.messages))
        held.rollback()

    release = threading.Thread(target=release_once_told)
    release.start()
    limits = {"bluegreen_monitor_duration": 22, "bluegreen_canary_interval": 1, "bluegreen_lag_warning_seconds": 2}
    begun = time.monotonic()
    seen = ready.play("monitor", **limits)
    release.join()
    assert seen.status == 0, seen.output
    assert time.monotonic() - begun > 20
    late = seen.output.index("replication takes longer than 2 s")
    assert late < seen.output.index("replication takes no longer than 2 s again")
    assert "BG312" in seen.output
    told = [(message["state"], message["alert"]) for message in receiver.messages]
    assert told == [("alarm", True), ("recovered", False), ("done", False)]

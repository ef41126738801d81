# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Playbooks tell people once, and never at a migration's cost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.mail_servers import Mailbox, mail_server
from tests.fixtures.modules import ModuleRunner
from tests.fixtures.webhooks import TOKEN, Receiver, ReceiverFactory, receiver, receivers
from tests.integration.conftest import UP_TO_SYNC, Migration

__all__ = ["mail_server", "receiver", "receivers"]


@pytest.fixture
def prepared(migration: Migration, receiver: Receiver, run_module: ModuleRunner) -> Migration:
    """Give a migration with its gate installed, whose green lacks every table, and whose channel is the receiver."""
    ends = {"migration": migration.host, "blue": migration.blue.endpoint(), "green": migration.green.endpoint()}
    assert run_module("migration_journal", {**ends, "phase": "prepare"})["changed"]
    assert run_module("write_gate", ends)["changed"]
    migration.variables["bluegreen_notify"] = [{"type": "json", "name": "hook", "url": receiver.url}]
    return migration


@pytest.mark.soak
def test_success_is_told_once(prepared: Migration, receiver: Receiver) -> None:
    prepared.advance("monitor", "monitor")
    [message] = receiver.messages
    assert set(message) == {"migration", "phase", "state", "text", "details", "alert"}
    assert message["alert"] is False
    assert (message["migration"], message["phase"], message["state"]) == (prepared.host, "monitor", "done")
    assert message["text"] == f"{prepared.host}: monitor is done. In service: blue"
    assert "in service: blue" in message["details"]["observations"]


def test_a_failure_is_told_once_recorded_and_still_a_failure(prepared: Migration, receiver: Receiver) -> None:
    for _time in range(2):
        run = prepared.play("replicate")
        assert (run.status, run.count("failed", prepared.host)) == (2, 1)
    [message] = receiver.messages
    assert (message["phase"], message["state"], message["alert"]) == ("replicate", "failed", True)
    assert "BG301: Green lacks" in message["text"]
    assert message["details"]["task"] == "Link green to blue"
    runbook = (prepared.reports / "runbook.md").read_text(encoding="utf-8")
    assert "replicate: failed" in runbook
    assert "BG301: Green lacks" in runbook
    assert "Who was not told" not in runbook


def test_a_failure_is_told_although_no_journal_can_be_written(prepared: Migration, receiver: Receiver) -> None:
    prepared.variables["bluegreen_blue"] = {**prepared.blue.endpoint(), "password": "wrong"}
    prepared.variables["bluegreen_green"] = {**prepared.green.endpoint(), "password": "wrong"}
    run = prepared.play("replicate")
    assert (run.status, run.count("failed", prepared.host)) == (2, 1)
    [message] = receiver.messages
    assert "BG004: Blue refused the password" in message["text"]


@pytest.mark.soak
def test_success_and_failure_are_told_by_mail(prepared: Migration, mail_server: Mailbox) -> None:
    prepared.variables["bluegreen_notify"] = [mail_server.channel(user="me", password=TOKEN)]
    good, bad = prepared.play("monitor", "-vvv"), prepared.play("replicate", "-vvv")
    assert (good.status, bad.status) == (0, 2)
    [done, failed] = mail_server.mails
    assert done["Subject"] == f"{prepared.host}: monitor is done. In service: blue"
    assert (done["From"], done["To"]) == ("migrations@example.com", "team@example.com, oncall@example.com")
    assert "in service: blue" in str(done.get_content())
    assert failed["Subject"].startswith(f"ALERT {prepared.host}: replicate failed. BG301: Green lacks")
    assert TOKEN not in good.output + bad.output


@pytest.mark.soak
def test_check_mode_tells_nobody(prepared: Migration, receiver: Receiver) -> None:
    assert prepared.play("monitor", "--check").status == 0
    assert prepared.play("replicate", "--check").status == 2
    assert receiver.messages == []


def test_a_template_of_the_users_words_the_message(prepared: Migration, receivers: ReceiverFactory) -> None:
    good, bad, document = receivers(), receivers(), receivers()
    texts = {
        "good.j2": "{{ message.migration }} {{ message.state }} of {{ own_words }}\n{{ message.details.task }}",
        "bad.j2": "{{ own_secret | from_json }}",
        "document.j2": '{"content": {{ message.text | to_json }}}',
    }
    for name, text in texts.items():
        (prepared.folder / name).write_text(text, encoding="utf-8")
    prepared.variables |= {"own_words": "ours", "own_secret": TOKEN}
    prepared.variables["bluegreen_notify"] = [
        {"type": "slack", "url": good.url, "template": str(prepared.folder / "good.j2")},
        {"type": "slack", "name": "bad", "url": bad.url, "template": str(prepared.folder / "bad.j2")},
        {"type": "slack", "name": "gone", "url": bad.url, "template": "no such file"},
        {"type": "json", "url": document.url, "template": str(prepared.folder / "document.j2")},
    ]
    run = prepared.play("replicate", "-vvv")
    assert run.status == 2
    [header, task] = [block["text"]["text"] for block in good.messages[0]["blocks"]]
    assert (header, task) == (f"{prepared.host} failed of ours", "Link green to blue")
    assert [message["text"].split()[0] for message in bad.messages] == ["ALERT", "ALERT"]
    assert set(document.messages[0]) == {"content"}
    for name in ("bad", "gone"):
        assert f"BG335: {name} was told in our words, since its template could not be rendered" in run.output
    assert TOKEN not in run.output


def every_way_to_fail(receivers: ReceiverFactory, mail_server: Mailbox) -> list[dict[str, Any]]:
    """Return a channel of each type, and each fails in a way of its own; each has a secret."""
    wrong = [receivers() for _number in range(6)]
    slow, refusing, redirecting, dropping, failing, elsewhere = wrong
    slow.delay, refusing.status, dropping.drops, failing.status = 30.0, 403, True, 500
    redirecting.status, redirecting.location = 307, elsewhere.url
    mail_server.refusing = True
    return [
        {"type": "slack", "name": "slow", "url": slow.url, "timeout": 2},
        {"type": "teams", "name": "refusing", "url": refusing.url},
        {"type": "json", "name": "redirecting", "url": redirecting.url, "headers": {"Authorization": TOKEN}},
        {"type": "mattermost", "name": "dropping", "url": dropping.url},
        {"type": "pagerduty", "name": "failing", "url": failing.url, "routing_key": TOKEN},
        {"type": "slack", "name": "gone", "url": f"http://127.0.0.1:9/{TOKEN}"},
        mail_server.channel(name="mail", user="me", password=TOKEN),
        {"type": "command", "name": "command", "command": ["sh", "-c", "echo $SECRET; exit 1"],
         "environment": {"SECRET": TOKEN}},
        {"type": "json", "name": "elsewhere", "url": elsewhere.url, "on": ["waiting"]},
    ]  # fmt: skip


def texts_of(folder: Path) -> str:
    """Return whatever is written below a folder."""
    return "\n".join(file.read_text(encoding="utf-8") for file in folder.rglob("*") if file.is_file())


def require_all_lost(migration: Migration, output: str, phase: str, *names: str) -> None:
    """See that the last lines and the runbook say of each channel that it was not told."""
    runbook = (migration.reports / "runbook.md").read_text(encoding="utf-8")
    assert "## Who was not told" in runbook
    for name in names:
        assert f"BG730: {name} was not told of {phase}" in output
        assert f"| {name} | {phase} (" in runbook


def test_channels_that_fail_in_every_way_leave_a_switch_untouched(
    migration: Migration, receivers: ReceiverFactory, mail_server: Mailbox
) -> None:
    migration.advance(*UP_TO_SYNC)
    channels = every_way_to_fail(receivers, mail_server)
    migration.variables["bluegreen_notify"] = channels
    run = migration.play("cutover", "-vvv", "--diff")
    assert run.status == 0, run.output
    names = [
        channel["name"] for channel in channels if channel["type"] != "pagerduty" and channel["name"] != "elsewhere"
    ]
    require_all_lost(migration, run.output, "cutover", *names)
    assert "slow was not told of cutover (begins): no answer within 2 s" in run.output
    assert "slow was not told of cutover (done): not tried: it gave no answer earlier in this run" in run.output
    assert migration.green.query("SELECT to_regclass('bluegreen.fenced')") == [(None,)]
    assert "cutover is done" in run.output
    migration.variables["bluegreen_confirmed"] = {}
    refused = migration.play("rollback", "-vvv", "--diff", bluegreen_log_check=["false"])
    assert (refused.status, refused.count("failed", migration.host)) == (2, 1)
    require_all_lost(migration, refused.output, "rollback", *names, "failing")
    journals = str([side.query("SELECT * FROM bluegreen.journal") for side in (migration.blue, migration.green)])
    for told in (run.output, refused.output, texts_of(migration.reports), journals):
        assert TOKEN not in told


def test_a_phase_does_not_begin_with_a_channel_that_is_not_complete(migration: Migration) -> None:
    migration.variables["bluegreen_notify"] = [{"type": "slack", "url": f"nonsense {TOKEN}"}, {"type": "mail"}]
    run = migration.play("prepare", "-vvv")
    assert run.status == 2
    assert "BG333: A channel of notifications is not complete: bluegreen_notify[0].url is no URL" in run.output
    assert "bluegreen_notify[1].sender is missing; bluegreen_notify[1].to is missing" in run.output
    assert TOKEN not in run.output
    assert migration.green.query("SELECT to_regnamespace('bluegreen')") == [(None,)]


def test_people_hear_that_a_cutover_waits_for_approval(migration: Migration, receiver: Receiver) -> None:
    migration.variables["bluegreen_notify"] = [{"type": "json", "url": receiver.url, "on": ["waiting"]}]
    migration.advance("migrate")
    migration.variables["bluegreen_approval"] = {"row": True}
    for _time in range(2):
        assert migration.play("cutover").status == 2
    texts = [(message["state"], message["alert"], message["text"]) for message in receiver.messages]
    ready = "green is ready; the applications stay on blue until somebody approves the cutover"
    assert texts[0] == ("waiting", False, f"{migration.host}: {ready}")
    [(state, alert, text)] = texts[1:]
    assert (state, alert) == ("waiting", False)
    assert text.startswith(f"{migration.host}: cutover waits for approval. ")
    assert "BG528" in text
    memory = json.loads((migration.reports / "notifications.json").read_text(encoding="utf-8"))
    assert memory["channels"]["json 1"]["cutover"]["state"] == "waiting"
    migration.variables["bluegreen_approval"] = {}
    migration.advance("cutover")
    assert len(receiver.messages) == 2
    memory = json.loads((migration.reports / "notifications.json").read_text(encoding="utf-8"))
    assert memory["channels"] == {}

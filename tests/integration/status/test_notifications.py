# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Notifications: by webhook and mail, once, and never at a migration's cost."""

from __future__ import annotations

import email
import email.policy
import socketserver
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from tests.fixtures.modules import ModuleRunner
from tests.fixtures.webhooks import TOKEN, Receiver, receiver
from tests.integration.conftest import Migration

__all__ = ["receiver"]


@pytest.fixture
def prepared(migration: Migration, receiver: Receiver, run_module: ModuleRunner) -> Migration:
    """Give a migration with its gate installed, whose green lacks every table, and whose webhook is the receiver."""
    ends = {"migration": migration.host, "blue": migration.blue.endpoint(), "green": migration.green.endpoint()}
    assert run_module("migration_journal", {**ends, "phase": "prepare"})["changed"]
    assert run_module("write_gate", ends)["changed"]
    migration.variables["bluegreen_notify_webhook_url"] = receiver.url
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


def test_a_failure_is_told_recorded_and_still_a_failure(prepared: Migration, receiver: Receiver) -> None:
    run = prepared.play("replicate")
    assert (run.status, run.count("failed", prepared.host)) == (2, 1)
    [message] = receiver.messages
    assert (message["phase"], message["state"], message["alert"]) == ("replicate", "failed", True)
    assert "BG301: Green lacks" in message["text"]
    assert message["details"]["task"] == "Link green to blue"
    runbook = (prepared.reports / "runbook.md").read_text(encoding="utf-8")
    assert "replicate: failed" in runbook
    assert "BG301: Green lacks" in runbook


def test_a_failure_is_told_although_no_journal_can_be_written(prepared: Migration, receiver: Receiver) -> None:
    prepared.variables["bluegreen_blue"] = {**prepared.blue.endpoint(), "password": "wrong"}
    prepared.variables["bluegreen_green"] = {**prepared.green.endpoint(), "password": "wrong"}
    run = prepared.play("replicate")
    assert (run.status, run.count("failed", prepared.host)) == (2, 1)
    [message] = receiver.messages
    assert "BG004: Blue refused the password" in message["text"]


class MailServer(socketserver.StreamRequestHandler):
    """As much of SMTP as a message needs (RFC 5321); `server.mails` stores messages, `server.refusing` refuses all."""

    def handle(self) -> None:
        """Speak with one client until it says goodbye."""
        self._say("220 mail.example.com")
        while line := self.rfile.readline().decode().strip():
            verb = line.upper()
            if verb == "DATA":
                self._say("354 go on")
                body = b"".join(iter(self.rfile.readline, b".\r\n"))
                self.server.mails.append(email.message_from_bytes(body, policy=email.policy.default))  # type: ignore[attr-defined]
                self._say("250 taken")
            elif verb == "QUIT":
                self._say("221 goodbye")
                return
            elif verb.startswith("RCPT") and self.server.refusing:  # type: ignore[attr-defined]
                self._say(f"550 nobody here, {TOKEN}")
            else:
                self._say("250 well")

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


@pytest.fixture
def mail_server() -> Iterator[Any]:
    """Give a mail server on a port of its own."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), MailServer) as server:
        server.mails, server.refusing = [], False  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def mail_through(server: Any) -> dict[str, Any]:
    """Return the value of bluegreen_notify_mail."""
    host, port = server.server_address
    ends = {"host": host, "port": port, "tls": "none", "password": TOKEN}
    return {**ends, "sender": "migrations@example.com", "to": ["team@example.com", "oncall@example.com"]}


@pytest.mark.soak
def test_success_and_failure_are_told_by_mail(prepared: Migration, mail_server: Any) -> None:
    prepared.variables["bluegreen_notify_mail"] = mail_through(mail_server)
    good, bad = prepared.play("monitor", "-vvv"), prepared.play("replicate", "-vvv")
    assert (good.status, bad.status) == (0, 2)
    [done, failed] = mail_server.mails
    assert done["Subject"] == f"{prepared.host}: monitor is done. In service: blue"
    assert (done["From"], done["To"]) == ("migrations@example.com", "team@example.com, oncall@example.com")
    assert "in service: blue" in done.get_content()
    assert failed["Subject"].startswith(f"ALERT {prepared.host}: replicate failed. BG301: Green lacks")
    assert TOKEN not in good.output + bad.output


@pytest.mark.soak
def test_a_mail_server_that_takes_nothing_costs_nothing(prepared: Migration, mail_server: Any) -> None:
    mail_server.refusing = True
    complete = mail_through(mail_server)
    without_recipients = {key: value for key, value in complete.items() if key != "to"}
    for mail in (complete, {**complete, "port": 9}, without_recipients):
        port = mail["port"]
        prepared.variables["bluegreen_notify_mail"] = mail
        bad = prepared.play("replicate", "-vvv")
        assert (bad.status, bad.count("failed", prepared.host)) == (2, 1)
        assert f"BG730: The mail server 127.0.0.1:{port} did not take the message" in bad.output
        assert TOKEN not in bad.output
    assert mail_server.mails == []


@pytest.mark.soak
def test_check_mode_tells_nobody(prepared: Migration, receiver: Receiver) -> None:
    assert prepared.play("monitor", "--check").status == 0
    assert prepared.play("replicate", "--check").status == 2
    assert receiver.messages == []


@pytest.mark.soak
@pytest.mark.parametrize(
    "breaks", ["answers 500", *(pytest.param(what, marks=pytest.mark.soak) for what in ("is not there", "is no URL"))]
)
def test_a_broken_webhook_costs_nothing(prepared: Migration, receiver: Receiver, breaks: str) -> None:
    receiver.status = 500
    urls = {"is not there": f"http://127.0.0.1:9/{TOKEN}", "is no URL": f"nonsense {TOKEN}"}
    prepared.variables["bluegreen_notify_webhook_url"] = urls.get(breaks, receiver.url)
    good, bad = prepared.play("monitor", "-vvv"), prepared.play("replicate", "-vvv")
    assert good.status == 0
    assert (bad.status, bad.count("failed", prepared.host)) == (2, 1)
    for run in (good, bad):
        assert "The webhook did not take the message" in run.output
        assert TOKEN not in run.output

# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One message to real receivers: slow, dripping, refusing, redirecting ones, and ones that hang up."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from demo.commands import run_command
from tests.fixtures.mail_servers import Mailbox, mail_server
from tests.fixtures.modules import ModuleRunner
from tests.fixtures.webhooks import TOKEN, Receiver, ReceiverFactory, receiver, receivers

__all__ = ["mail_server", "receiver", "receivers"]
_DONE = {"migration": "shop", "phase": "sync", "state": "done", "text": "shop: sync is done\nblue serves"}
_FAILED = {**_DONE, "state": "failed", "text": "shop: sync failed. BG301"}
_LIMIT = 0.5


@contextlib.contextmanager
def untrusted(folder: Path) -> Iterator[int]:
    """Give the port of a TLS server whose certificate nobody has signed."""
    key, signed = str(folder / "key.pem"), str(folder / "certificate.pem")
    made = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-keyout",
        key,
        "-out",
        signed,
        "-subj",
        "/CN=x",
    ]
    status, _output, complaint = run_command(made)
    assert status == 0, complaint
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(signed, key)

    def serve() -> None:
        with contextlib.suppress(OSError):
            context.wrap_socket(listener.accept()[0], server_side=True)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        thread.join()


def tell(run_module: ModuleRunner, *channels: dict[str, Any], check: Any = False, **message: Any) -> dict[str, Any]:
    """Send a message, and see that nothing that is returned holds a secret."""
    result = run_module("notify", {**_DONE, "channels": list(channels), **message}, check=check)
    assert TOKEN not in json.dumps(result)
    return result


def test_every_kind_of_channel_takes_a_message_at_once(
    run_module: ModuleRunner, receivers: ReceiverFactory, mail_server: Mailbox, tmp_path: Path
) -> None:
    chats = {kind: receivers() for kind in ("json", "slack", "mattermost", "teams", "pagerduty")}
    script = 'test -z "$OTHER" && printf "%s %s" "$SECRET" "$(cat)" >"$0"'
    command = ["sh", "-c", script, str(tmp_path / "told")]
    result = tell(
        run_module,
        {"type": "json", "url": chats["json"].url, "headers": {"Authorization": f"Bearer {TOKEN}"}},
        *({"type": kind, "url": chats[kind].url} for kind in ("slack", "mattermost", "teams")),
        {"type": "pagerduty", "url": chats["pagerduty"].url, "routing_key": TOKEN},
        mail_server.channel(user="me", password=TOKEN, name="team"),
        {"type": "command", "command": command, "environment": {"SECRET": TOKEN}},
        **_FAILED,
    )
    assert (result["changed"], result["lines"], result["silent"]) == (True, [], [])
    names = ["json 1", "slack 2", "mattermost 3", "teams 4", "pagerduty 5", "team", "command 7"]
    assert sorted(result["told"]) == sorted(names)
    assert {kind: chat.calls for kind, chat in chats.items()} == dict.fromkeys(chats, 1)
    plain = {**_FAILED, "alert": True, "details": {}}
    assert chats["json"].messages == [plain]
    assert chats["json"].headers[0]["authorization"] == f"Bearer {TOKEN}"
    assert chats["slack"].messages[0]["text"] == "ALERT shop: sync failed. BG301"
    assert chats["pagerduty"].messages[0]["routing_key"] == TOKEN
    secret, _space, document = (tmp_path / "told").read_text(encoding="utf-8").partition(" ")
    assert (secret, json.loads(document)) == (TOKEN, plain)
    [mail] = mail_server.mails
    assert (mail["Subject"], len(mail_server.logins)) == ("ALERT shop: sync failed. BG301", 1)


@pytest.mark.parametrize(
    ("kind", "wrong", "why"),
    [
        ("slow", {"delay": 5.0}, f"no answer within {_LIMIT} s"),
        ("dripping", {"drips": 0.1}, f"no answer within {_LIMIT} s"),
        ("refusing", {"status": 403}, "it answered with status 403"),
        ("failing", {"status": 500}, "it answered with status 500"),
        ("hanging up", {"drops": True}, "it did not answer (RemoteDisconnected)"),
    ],
)
def test_a_channel_that_takes_nothing_costs_its_limit_and_no_other_channel(
    run_module: ModuleRunner, receivers: ReceiverFactory, kind: str, wrong: dict[str, Any], why: str
) -> None:
    bad, good = receivers(), receivers()
    for key, value in wrong.items():
        setattr(bad, key, value)
    begun = time.monotonic()
    channels: list[dict[str, Any]] = [
        {"type": "slack", "name": kind, "url": bad.url, "timeout": _LIMIT},
        {"type": "slack", "url": good.url},
    ]
    result = tell(run_module, *channels)
    assert time.monotonic() - begun < _LIMIT + 1.5
    assert (result["changed"], result["told"], good.calls) == (True, ["slack 2"], 1)
    assert result["lines"] == [f"BG730: {kind} was not told of sync (done): {why}"]
    slow = kind in ("slow", "dripping")
    assert result["silent"] == ([kind] if slow else [])
    again = tell(run_module, *channels, silent=result["silent"])
    assert bad.calls == (1 if slow else 2)
    assert (again["told"], len(again["lines"])) == (["slack 2"], 1)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(run_module: ModuleRunner, receivers: ReceiverFactory, status: int) -> None:
    here, elsewhere = receivers(), receivers()
    here.status, here.location = status, elsewhere.url
    result = tell(run_module, {"type": "json", "url": here.url, "headers": {"Authorization": TOKEN}})
    assert (here.calls, elsewhere.calls) == (1, 0)
    assert f"it leads to another place (status {status}), where nothing is sent" in result["lines"][0]
    assert elsewhere.url not in str(result)


def test_nobody_there_and_no_name_and_no_trust(run_module: ModuleRunner, tmp_path: Path) -> None:
    with untrusted(tmp_path) as port:
        result = tell(
            run_module,
            {"type": "slack", "name": "gone", "url": f"http://127.0.0.1:9/{TOKEN}"},
            {"type": "slack", "name": "nowhere", "url": f"http://nowhere.invalid/{TOKEN}"},
            {"type": "slack", "name": "distrusted", "url": f"https://127.0.0.1:{port}/{TOKEN}"},
        )
    lines = " ".join(result["lines"])
    assert "gone was not told of sync (done): it cannot be reached (Connection refused)" in lines
    assert "nowhere was not told of sync (done): it cannot be reached (" in lines
    assert "distrusted was not told of sync (done): TLS failed (CERTIFICATE_VERIFY_FAILED)" in lines
    assert not result["changed"]


def test_a_mail_server_that_is_slow_or_refuses(run_module: ModuleRunner, mail_server: Mailbox) -> None:
    mail_server.refusing = True
    refused = tell(run_module, mail_server.channel(name="mail"))
    assert refused["lines"] == ["BG730: mail was not told of sync (done): the server refused every recipient"]
    login = tell(run_module, mail_server.channel(name="mail", user="me", password=TOKEN))
    assert login["lines"] == ["BG730: mail was not told of sync (done): the server refused the login (status 535)"]
    mail_server.delay = 5.0
    slow = tell(run_module, mail_server.channel(name="mail", timeout=_LIMIT))
    assert (slow["silent"], mail_server.mails) == (["mail"], [])


@pytest.mark.parametrize(
    ("command", "why", "slow"),
    [
        (["sleep", "5"], f"no end within {_LIMIT} s", True),
        (["sh", "-c", f"cat >&2; echo {TOKEN}; exit 3"], "the command ended with status 3", False),
        (["/nowhere/at all"], "the command ended with status 127", False),
    ],
)
def test_a_command_that_takes_nothing(run_module: ModuleRunner, command: list[str], why: str, slow: bool) -> None:
    channel = {"type": "command", "name": "page", "command": command, "timeout": _LIMIT}
    begun = time.monotonic()
    result = run_module("notify", {**_DONE, "channels": [channel]})
    assert time.monotonic() - begun < _LIMIT + 1.5
    assert result["lines"] == [f"BG730: page was not told of sync (done): {why}"]
    assert result["silent"] == (["page"] if slow else [])


def test_a_command_need_not_read_a_long_message(run_module: ModuleRunner) -> None:
    result = tell(run_module, {"type": "command", "command": ["true"]}, details={"x": "y" * 500_000})
    assert result["told"] == ["command 1"], result["lines"]


def test_a_channel_hears_only_what_it_wants_to(run_module: ModuleRunner, receiver: Receiver) -> None:
    channel = {"type": "json", "url": receiver.url, "on": ["failed"]}
    assert not tell(run_module, channel)["changed"]
    assert tell(run_module, channel, **_FAILED)["changed"]
    assert [message["state"] for message in receiver.messages] == ["failed"]


def test_check_mode_tells_nobody(run_module: ModuleRunner, receiver: Receiver, tmp_path: Path) -> None:
    memory = tmp_path / "memory.json"
    result = tell(run_module, {"type": "json", "url": receiver.url}, check=True, memory=str(memory), **_FAILED)
    assert (result["changed"], result["told"], receiver.calls, memory.exists()) == (True, ["json 1"], 0, False)


def test_a_problem_is_told_once_and_its_end_once(
    run_module: ModuleRunner, receivers: ReceiverFactory, tmp_path: Path
) -> None:
    chat, pager = receivers(), receivers()
    channels = [{"type": "json", "name": "chat", "url": chat.url},
                {"type": "pagerduty", "name": "pager", "url": pager.url, "routing_key": TOKEN}]  # fmt: skip
    memory = {"memory": str(tmp_path / "reports" / "notifications.json")}
    pager.status = 500
    assert tell(run_module, *channels, **_FAILED, **memory)["told"] == ["chat"]
    pager.status = 202
    assert tell(run_module, *channels, **_FAILED, **memory)["told"] == ["pager"], "what was lost is told again"
    assert not tell(run_module, *channels, **_FAILED, **memory)["changed"]
    done = {**_DONE, "changed": False}
    assert sorted(tell(run_module, *channels, **done, **memory)["told"]) == ["chat", "pager"]
    assert not tell(run_module, *channels, **done, **memory)["changed"]
    assert [event["event_action"] for event in pager.messages] == ["trigger", "trigger", "resolve"]
    assert len({event["dedup_key"] for event in pager.messages}) == 1
    kept = Path(memory["memory"]).read_text(encoding="utf-8")
    assert TOKEN not in kept
    [lost] = json.loads(kept)["lost"]
    assert (lost["channel"], lost["state"], lost["why"]) == ("pager", "failed", "it answered with status 500")


@pytest.mark.parametrize(
    "damage", ["", "[]", "{", '{"channels": {"json 1": {"sync": 7}}}', '{"channels": 3, "lost": 4}']
)
def test_a_damaged_memory_remembers_nothing(
    run_module: ModuleRunner, receiver: Receiver, tmp_path: Path, damage: str
) -> None:
    memory = tmp_path / "memory.json"
    memory.write_text(damage, encoding="utf-8")
    assert tell(run_module, {"type": "json", "url": receiver.url}, memory=str(memory), **_FAILED)["changed"]
    assert set(json.loads(memory.read_text(encoding="utf-8"))["channels"]) == {"json 1"}


def test_a_memory_that_cannot_be_kept_is_told(run_module: ModuleRunner, receiver: Receiver, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    result = tell(run_module, {"type": "json", "url": receiver.url}, memory=str(tmp_path / "file" / "m"), **_FAILED)
    assert (result["told"], result["lines"][0][:6]) == (["json 1"], "BG334:")


def test_a_channel_that_is_not_complete_is_refused(run_module: ModuleRunner) -> None:
    refused = tell(run_module, {"type": "json", "url": f"nonsense {TOKEN}"})
    assert (refused["failed"], refused["code"]) == (True, "BG333")

# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Texts that other parsers answer with a traceback: mail addresses, regular expressions."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.users_check import FailedCheck
from ansible_collections.bluegreen.postgresql.plugins.module_utils._workflows import health_checks, mail
from tests.fixtures.modules import ModuleRunner

_MAIL: dict[str, Any] = {"host": "127.0.0.1", "port": 1, "subject": "s", "body": "b"}


@pytest.mark.parametrize("address", ['"', "(", "<", "@", "a@[1", "a@b@c", "a b@c", ":"])
def test_a_malformed_address_is_told(run_module: ModuleRunner, address: str) -> None:
    for wrong in ({"sender": address, "to": ["b@example.com"]}, {"sender": "a@example.com", "to": [address]}):
        told = run_module("send_mail", {**_MAIL, **wrong})
        assert (told["code"], "address that cannot be read" in told["what"]) == ("BG730", True)


def test_an_address_may_have_a_name_or_no_domain() -> None:
    wanted = {"sender": "Größe <root>", "to": ["Ada <a@example.com>, b@example.com", "c@example.com"]}
    message = mail._message({**_MAIL, **wanted})
    assert str(message["From"]) == "Größe <root>"
    assert [one.addr_spec for one in message["To"].addresses] == ["a@example.com", "b@example.com", "c@example.com"]


def test_what_the_mail_server_cannot_be_called_is_told(run_module: ModuleRunner) -> None:
    told = run_module("send_mail", {**_MAIL, "host": "ü" * 300, "sender": "a@example.com", "to": ["b@example.com"]})
    assert told["code"] == "BG730"


@pytest.mark.parametrize("pattern", ["(", "[", "(?P<x", "a{99999999999}"])
def test_a_body_that_is_no_regular_expression_fails_the_check(monkeypatch: pytest.MonkeyPatch, pattern: str) -> None:
    monkeypatch.setattr(health_checks, "_get", lambda *_: (200, "ok"))
    asked = {"name": "web", "url": "http://127.0.0.1:1/", "timeout": 1.0, "status": 200, "body": pattern}
    failed = health_checks._ask_url(asked)
    assert failed == FailedCheck("web", "the pattern for its body is not a regular expression", answered=False)

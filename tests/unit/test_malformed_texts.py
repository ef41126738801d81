# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Texts that other parsers answer with a traceback: mail addresses, regular expressions."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.notifications.message import Wording
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.users_check import FailedCheck
from ansible_collections.bluegreen.postgresql.plugins.module_utils._workflows import health_checks
from ansible_collections.bluegreen.postgresql.plugins.module_utils._workflows.notifications import mail
from ansible_collections.bluegreen.postgresql.plugins.module_utils._workflows.notifications.not_taken import NotTaken

_WORDS = Wording("s", "b")
_ENDS: dict[str, Any] = {"host": "127.0.0.1", "port": 1, "sender": "a@example.com", "to": ["b@example.com"]}


@pytest.mark.parametrize("address", ['"', "(", "<", "@", "a@[1", "a@b@c", "a b@c", ":"])
def test_a_malformed_address_is_told(address: str) -> None:
    for wrong in ({"sender": address}, {"to": [address]}):
        with pytest.raises(NotTaken, match="address that cannot be read"):
            mail.send({**_ENDS, **wrong}, _WORDS, 1.0)


def test_an_address_may_have_a_name_or_no_domain() -> None:
    wanted = {"sender": "Größe <root>", "to": ["Ada <a@example.com>, b@example.com", "c@example.com"]}
    message = mail._message(wanted, _WORDS)
    assert str(message["From"]) == "Größe <root>"
    assert [one.addr_spec for one in message["To"].addresses] == ["a@example.com", "b@example.com", "c@example.com"]


def test_what_the_mail_server_cannot_be_called_is_told() -> None:
    with pytest.raises(NotTaken, match="characters that are not allowed"):
        mail.send({**_ENDS, "host": "ü" * 300}, _WORDS, 1.0)


@pytest.mark.parametrize("pattern", ["(", "[", "(?P<x", "a{99999999999}"])
def test_a_body_that_is_no_regular_expression_fails_the_check(monkeypatch: pytest.MonkeyPatch, pattern: str) -> None:
    monkeypatch.setattr(health_checks, "_get", lambda *_: (200, "ok"))
    asked = {"name": "web", "url": "http://127.0.0.1:1/", "timeout": 1.0, "status": 200, "body": pattern}
    failed = health_checks._ask_url(asked)
    assert failed == FailedCheck("web", "the pattern for its body is not a regular expression", answered=False)

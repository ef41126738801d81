# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A channel that is not complete is refused before anything is changed, and none of its values is shown."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.notifications.channels import (
    CHANNEL_SPEC,
    channel_fault,
    names_told,
    read_channels,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.notifications.message import STATES

_SECRET = "planted-s3cr3t"
_URL = f"https://example.com/{_SECRET}"
_SLACK: dict[str, Any] = {"type": "slack", "url": _URL}
_MAIL: dict[str, Any] = {"type": "mail", "sender": "a@example.com", "to": ["b@example.com"]}


@pytest.mark.parametrize(
    ("channel", "fault"),
    [
        ({"url": _URL}, "[0].type is missing"),
        ({"type": "slack"}, "[0].url is missing"),
        ({"type": "slack", "url": ""}, "[0].url is missing"),
        ({"type": "pagerduty"}, "[0].routing_key is missing"),
        ({"type": "mail", "to": ["b@example.com"]}, "[0].sender is missing"),
        ({**_MAIL, "to": []}, "[0].to is missing"),
        ({"type": "command"}, "[0].command is missing"),
        ({**_SLACK, "headers": {"x": _SECRET}}, "[0].headers does not belong to a channel of type slack"),
        ({**_SLACK, "password": _SECRET}, "[0].password does not belong to a channel of type slack"),
        ({"type": "json", "url": _URL, "headers": {"x y": _SECRET}}, "[0].headers has a name or a value"),
        ({"type": "json", "url": _URL, "headers": {"x": f"{_SECRET}\r\nHost: y"}}, "[0].headers has a name or a value"),
        ({"type": "json", "url": _URL, "headers": {"x": f"{_SECRET}ü"}}, "[0].headers has a name or a value"),
        ({"type": "command", "command": ["x"], "environment": {"A=B": _SECRET}}, "[0].environment has a name"),
        ({"type": "command", "command": ["x"], "environment": {"A": [_SECRET]}}, "[0].environment has a name"),
        ({"type": "pagerduty", "routing_key": _SECRET, "on": ["done"]}, "[0].on may have failed, alarm, recovered"),
        ({**_SLACK, "timeout": 0}, "[0].timeout is not a number from 0.000001"),
        ({**_MAIL, "port": 70000}, "[0].port is not a number from 0 to 65535"),
        ({**_SLACK, "name": "a, b"}, "[0].name has to be one line"),
        ({**_SLACK, "passwd": _SECRET}, '[0] has an unknown key "passwd"'),
        ({**_SLACK, _SECRET: 1}, "[0] has an unknown key, which is not shown"),
        ({**_SLACK, "on": ["late"]}, "[0].on"),
        ({**_SLACK, "url": [_URL]}, "[0].url has to be text"),
    ],
)
def test_what_is_wrong_is_named_and_never_shown(channel: dict[str, Any], fault: str) -> None:
    told = channel_fault([channel], "bluegreen_notify")
    assert f"bluegreen_notify{fault}" in told
    assert _SECRET not in told


@pytest.mark.parametrize(
    "url",
    [f"nonsense {_SECRET}", f"ftp://example.com/{_SECRET}", f"https://me:{_SECRET}@example.com/", "https://",
     "http://x/a b", "file:///etc/passwd", "https://exämple.com/", "https://x:123456/", f"https://example.com/{_SECRET}\n"],
)  # fmt: skip
def test_a_url_has_to_lead_to_a_receiver(url: str) -> None:
    told = channel_fault([{"type": "json", "url": url}], "bluegreen_notify")
    assert "bluegreen_notify[0].url is no URL" in told
    assert _SECRET not in told


@pytest.mark.parametrize("url", ["https://example.com", "http://127.0.0.1:9/x?y=z#a", "HTTPS://[::1]:443/x"])
def test_urls_that_lead_to_one(url: str) -> None:
    assert channel_fault([{"type": "json", "url": url}], "bluegreen_notify") == ""


@pytest.mark.parametrize("wrong", ["x", {"type": "slack"}, 7, [_SECRET], [[_SLACK]]])
def test_it_has_to_be_a_list_of_dicts(wrong: Any) -> None:
    told = channel_fault(wrong, "bluegreen_notify")
    assert told.startswith("BG070")
    assert _SECRET not in told


@pytest.mark.parametrize("character", "\n\r\0")
@pytest.mark.parametrize("key", ["headers", "environment"])
def test_no_value_goes_on_behind_its_own_end(key: str, character: str) -> None:
    kinds: dict[str, dict[str, Any]] = {
        "headers": {"type": "json", "url": _URL},
        "environment": {"type": "command", "command": ["x"]},
    }
    kind = kinds[key]
    assert not channel_fault([{**kind, key: {"X": "calm"}}], "bluegreen_notify")
    assert f"[0].{key} has a name" in channel_fault([{**kind, key: {"X": f"a{character}b"}}], "bluegreen_notify")


def test_a_channel_may_be_told_everything_that_happens() -> None:
    assert not channel_fault([{**_SLACK, "on": list(STATES)}], "bluegreen_notify")


def test_ansible_hides_what_may_hold_a_secret() -> None:
    hidden = {key for key, option in CHANNEL_SPEC.items() if option.get("no_log") is True}
    assert hidden == {"url", "headers", "routing_key", "password", "environment"}
    assert {key for key, option in CHANNEL_SPEC.items() if option.get("required") is True} == {"type"}


def test_nobody_is_told_without_a_channel() -> None:
    assert channel_fault([], "bluegreen_notify") == channel_fault(None, "bluegreen_notify") == ""


def test_reports_call_each_channel_by_one_name() -> None:
    channels = [
        _SLACK,
        {**_MAIL, "name": "team"},
        {"type": "pagerduty", "routing_key": "k"},
        {**_SLACK, "on": ["done"]},
    ]
    assert names_told(channels, "done") == ["slack 1", "team", "slack 4"]
    assert names_told(channels, "failed") == ["slack 1", "team", "pagerduty 3"]
    assert 'has the name "team" twice' in channel_fault([{**_MAIL, "name": "team"}] * 2, "bluegreen_notify")


def test_what_ansible_leaves_empty_is_as_if_it_was_not_there() -> None:
    [channel] = read_channels([{**_SLACK, "headers": None, "on": None, "timeout": None}], "channels")
    assert (channel.timeout, len(channel.on), dict(channel.settings)) == (10.0, 6, {"url": _URL})

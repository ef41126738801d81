# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ways on which people are told, and what each of them needs. Pure.

An error names the place of a value and never the value: a URL, a key, a header or a password is a secret.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import MigrationError
from ..parameter_shape import required_shape
from ..ranges import RANGES
from .message import ALARM, FAILED, RECOVERED, STATES

JSON, SLACK, MATTERMOST, TEAMS = "json", "slack", "mattermost", "teams"
PAGERDUTY, MAIL, COMMAND = "pagerduty", "mail", "command"
PAGERDUTY_URL = "https://events.pagerduty.com/v2/enqueue"
SECONDS = 10.0
# The argument spec of a channel: the filter that roles check it with knows no module.
CHANNEL_SPEC: dict[str, dict[str, Any]] = {
    "type": {
        "type": "str",
        "required": True,
        "choices": [JSON, SLACK, MATTERMOST, TEAMS, PAGERDUTY, MAIL, COMMAND],
    },
    "name": {"type": "str"},
    "on": {"type": "list", "elements": "str", "choices": list(STATES)},
    "template": {"type": "path"},
    "text": {"type": "str"},
    "timeout": {"type": "float", "default": SECONDS},
    "url": {"type": "str", "no_log": True},
    "headers": {"type": "dict", "no_log": True},
    "routing_key": {"type": "str", "no_log": True},
    "host": {"type": "str"},
    "port": {"type": "int"},
    "tls": {"type": "str", "choices": ["starttls", "implicit", "none"]},
    "user": {"type": "str"},
    "password": {"type": "str", "no_log": True},
    "sender": {"type": "str"},
    "to": {"type": "list", "elements": "str"},
    "command": {"type": "list", "elements": "str"},
    "environment": {"type": "dict", "no_log": True},
}
CHANNELS_SPEC: dict[str, Any] = {"type": "list", "elements": "dict", "options": CHANNEL_SPEC}
_EVERY = {"type", "name", "on", "template", "text", "timeout"}
_NEEDS = {
    JSON: {"url"}, SLACK: {"url"}, MATTERMOST: {"url"}, TEAMS: {"url"}, PAGERDUTY: {"routing_key"},
    MAIL: {"sender", "to"}, COMMAND: {"command"},
}  # fmt: skip
_TAKES = {
    JSON: {"headers"}, PAGERDUTY: {"url"}, MAIL: {"host", "port", "tls", "user", "password"},
    COMMAND: {"environment"},
}  # fmt: skip
_INCIDENTS = (FAILED, ALARM, RECOVERED)
_URL = re.compile(r"https?://(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_.-]+)(:[0-9]{1,5})?([/?][!-~]*)?", re.IGNORECASE)
_NAME = re.compile(r"[^\s,][^,\n]{0,62}")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110: the name of a header


@dataclass(frozen=True)
class Channel:
    """One way. ``settings``: what its type needs, as the user gave it."""

    name: str
    type: str
    on: tuple[str, ...]
    timeout: float
    text: str | None
    settings: Mapping[str, Any]


def channel_fault(channels: Any, variable: str) -> str:
    """Return what is wrong with the channels of a user, empty if nothing is; never a value."""
    try:
        checked = required_shape({variable: CHANNELS_SPEC}, {variable: channels})[variable]
        read_channels(checked or [], variable)
    except MigrationError as error:
        return str(error)
    return ""


def read_channels(given: Iterable[Mapping[str, Any]], place: str) -> tuple[Channel, ...]:
    """Return the channels.

    :raises MigrationError: BG333, with every fault
    """
    channels = [{key: value for key, value in each.items() if value is not None} for each in given]
    faults = [f"{place}[{number}]{fault}" for number, each in enumerate(channels) for fault in _faults(each)]
    names = [_name(each, number) for number, each in enumerate(channels, 1)]
    faults += [f'{place} has the name "{name}" twice' for name in sorted(set(names)) if names.count(name) > 1]
    if faults:
        raise MigrationError(
            "BG333",
            f"A channel of notifications is not complete: {'; '.join(faults)}",
            "Nothing was changed, and no value is shown since it may hold a secret",
            "Correct bluegreen_notify (docs/notifications.md)",
        )
    return tuple(_channel(name, each) for name, each in zip(names, channels))


def names_told(given: Iterable[Mapping[str, Any]], state: str) -> list[str]:
    """Return the names of the channels that are told of a state."""
    return [channel.name for channel in read_channels(given, "bluegreen_notify") if state in channel.on]


def _name(channel: Mapping[str, Any], number: int) -> str:
    return str(channel.get("name") or f"{channel.get('type')} {number}")


def _channel(name: str, given: Mapping[str, Any]) -> Channel:
    kind = given["type"]
    always = _INCIDENTS if kind == PAGERDUTY else STATES
    settings = {key: value for key, value in given.items() if key not in _EVERY}
    on = tuple(given.get("on") or always)
    return Channel(name, kind, on, float(given.get("timeout", SECONDS)), given.get("text"), settings)


def _faults(channel: Mapping[str, Any]) -> Iterator[str]:
    kind = channel.get("type")
    if kind not in _NEEDS:
        yield ".type is missing, or none of " + ", ".join(_NEEDS)
        return
    allowed = _EVERY | _NEEDS[kind] | _TAKES.get(kind, set())
    yield from (f".{key} is missing" for key in sorted(_NEEDS[kind]) if not channel.get(key))
    yield from (f".{key} does not belong to a channel of type {kind}" for key in channel if key not in allowed)
    if not _NAME.fullmatch(str(channel.get("name", "x"))):
        yield ".name has to be one line of at most 63 characters, without a comma"
    yield from _faults_of_states(kind, channel.get("on"))
    if channel.get("url") and not _URL.fullmatch(channel["url"]):
        yield ".url is no URL with http or https; user and password do not belong into it"
    for key in ("headers", "environment"):
        if not all(_is_pair(key, *pair) for pair in channel.get(key, {}).items()):
            yield f".{key} has a name or a value that cannot be sent"
    for key in ("timeout", "port"):
        if key in channel and float(channel[key]) not in RANGES[key]:
            yield f".{key} is not a number {RANGES[key]}"


def _faults_of_states(kind: str, on: Any) -> Iterator[str]:
    allowed = _INCIDENTS if kind == PAGERDUTY else STATES
    if on is not None and not set([on] if isinstance(on, str) else on) <= set(allowed):
        yield f".on may have {', '.join(allowed)}"


def _is_pair(key: str, name: Any, value: Any) -> bool:
    text = str(value)
    if not set("\n\r\0").isdisjoint(text) or isinstance(value, (Mapping, list, tuple)):
        return False
    if key == "headers":
        return bool(_TOKEN.fullmatch(str(name))) and text.isascii()
    return bool(re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", str(name)))

# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""People are told on every channel that wants to hear it, and has not heard it yet."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from ..._domain.notifications.channels import Channel, read_channels
from ..._domain.notifications.memory import Problems, Telling, judge, recall
from ..._domain.notifications.message import Message
from ..files import write_document
from .command import Run
from .delivery import Delivery, Order, deliver

_MOST_LOST = 100
_NOT_AGAIN = "not tried: it gave no answer earlier in this run"
Memory = dict[str, Any]


def notify(params: Mapping[str, Any], run: Run, *, really: bool) -> dict[str, Any]:
    """Tell people, and return who was told and who was not; a channel that takes nothing is no error.

    :raises MigrationError: BG333 for a channel that is not complete
    """
    channels = read_channels(params["channels"], "channels")
    message = _message(params)
    tellings = {channel.name: judge(message, _known(params, channel)) for channel in channels}
    wanted = [channel for channel in channels if tellings[channel.name].states & set(channel.on)]
    orders = [Order(each, message, tellings[each.name].ends) for each in wanted if each.name not in params["silent"]]
    deliveries = deliver(orders, run) if really else [Delivery(order) for order in orders]
    deliveries += [Delivery(Order(each, message), _NOT_AGAIN) for each in wanted if each.name in params["silent"]]
    lost = [each for each in deliveries if each.why is not None]
    lines = [_line(each) for each in lost]
    if really and params["memory"]:
        heard = {name: telling for name, telling in tellings.items() if name not in {_name(each) for each in lost}}
        lines += _remember(Path(params["memory"]), heard, lost)
    return {
        "changed": len(deliveries) > len(lost),
        "told": [_name(each) for each in deliveries if each.why is None],
        "silent": [_name(each) for each in lost if each.slow],
        "lines": lines,
    }


def _message(params: Mapping[str, Any]) -> Message:
    at = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
    keys = ("migration", "phase", "state", "text", "about", "details", "changed")
    return Message(at=at, **{key: params[key] for key in keys})


def _name(delivery: Delivery) -> str:
    return delivery.order.channel.name


def _line(delivery: Delivery) -> str:
    message = delivery.order.message
    return f"BG730: {_name(delivery)} was not told of {message.phase} ({message.state}): {delivery.why}"


def _known(params: Mapping[str, Any], channel: Channel) -> Problems:
    problems: Problems = _read(params["memory"])["channels"].get(channel.name, {})
    return problems


def _read(path: str | None) -> Memory:
    try:
        return recall(Path(path).read_text(encoding="utf-8") if path else "")
    except (OSError, UnicodeError):
        return recall("")


def _remember(path: Path, heard: Mapping[str, Telling], lost: list[Delivery]) -> list[str]:
    """Write down what each channel knows now, and what was lost; return what prevents that.

    Read again, since another run of this migration may have told something meanwhile.
    """
    memory = _read(str(path))
    before = json.dumps(memory)
    memory["channels"].update({name: telling.problems for name, telling in heard.items() if telling.problems})
    for name in [name for name, telling in heard.items() if not telling.problems]:
        memory["channels"].pop(name, None)
    memory["lost"] = [*memory["lost"], *(_entry(each) for each in lost)][-_MOST_LOST:]
    if json.dumps(memory) == before:
        return []
    try:
        write_document(str(path), memory)
    except OSError as error:
        return [f"BG334: What people were told cannot be kept in {path} ({error.strerror}): they may be told twice"]
    return []


def _entry(delivery: Delivery) -> dict[str, Any]:
    message = delivery.order.message
    told = {"at": message.at, "phase": message.phase, "state": message.state}
    return {**told, "channel": _name(delivery), "why": delivery.why}

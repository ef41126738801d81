# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Channels served at the same time, each within its own time limit."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ..._domain.notifications.channels import COMMAND, MAIL, PAGERDUTY, PAGERDUTY_URL, Channel
from ..._domain.notifications.documents import NoDocument, documents
from ..._domain.notifications.message import Message, wording
from .command import Run, hand_over
from .mail import send
from .not_taken import NotTaken, TookTooLong
from .post import post


@dataclass(frozen=True)
class Order:
    """What one channel is to get. ``ends``: the problems that are over with it."""

    channel: Channel
    message: Message
    ends: tuple[str, ...] = ()


@dataclass(frozen=True)
class Delivery:
    """How it went. ``why``: why it was not taken; ``slow``: because the time was up."""

    order: Order
    why: str | None = None
    slow: bool = False


class _Way:
    """A delivery in a thread of its own: a name server, or a receiver that drips, knows no time limit."""

    def __init__(self, order: Order) -> None:
        self._order = order
        self._why: str | None = None
        self._began = time.monotonic()
        self._ended: float | None = None
        self._thread = threading.Thread(target=self._try, daemon=True)
        self._thread.start()

    def _try(self) -> None:
        try:
            _send(self._order)
        except NotTaken as error:
            self._why = str(error)
        self._ended = time.monotonic()

    def end(self) -> Delivery:
        """Wait for it until its time is up; a thread that still runs ends with the process."""
        limit = self._order.channel.timeout
        self._thread.join(max(0.0, self._began + limit - time.monotonic()))
        ended, why = self._ended, self._why
        if ended is None or (why is not None and ended >= self._began + limit):
            return Delivery(self._order, f"no answer within {limit:g} s", slow=True)
        return Delivery(self._order, why)


def deliver(orders: Iterable[Order], run: Run) -> list[Delivery]:
    """Serve every channel, and return how each of them went. Nothing that a channel does is an error here.

    :param run: AnsibleModule.run_command, which no thread may use
    """
    commands, ways = [], []
    for order in orders:
        if order.channel.type == COMMAND:
            commands.append(order)
        else:
            ways.append(_Way(order))
    told = [_by_command(order, run) for order in commands]
    return told + [way.end() for way in ways]


def _send(order: Order) -> None:
    channel = order.channel
    if channel.type == MAIL:
        send(channel.settings, wording(order.message, channel.text), channel.timeout)
        return
    url = channel.settings.get("url", PAGERDUTY_URL if channel.type == PAGERDUTY else "")
    for document in _documents(order):
        post(url, document, channel.settings.get("headers", {}), channel.timeout)


def _by_command(order: Order, run: Run) -> Delivery:
    channel = order.channel
    try:
        for document in _documents(order):
            hand_over(channel.settings, document, channel.timeout, run)
    except TookTooLong:
        return Delivery(order, f"no end within {channel.timeout:g} s", slow=True)
    except NotTaken as error:
        return Delivery(order, str(error))
    return Delivery(order)


def _documents(order: Order) -> list[dict[str, Any]]:
    try:
        return documents(order.channel, order.message, order.ends)
    except NoDocument:
        raise NotTaken("its template made no JSON object") from None

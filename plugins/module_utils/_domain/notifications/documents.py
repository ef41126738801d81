# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A message in the form that each service publishes, within its limits; docs/notifications.md names the sources. Pure.

Names and messages of servers stand where a service interprets no markup, so that they mention nobody and link nowhere.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any

from ..printable import markdown, markdown_block
from .channels import COMMAND, JSON, MATTERMOST, PAGERDUTY, SLACK, TEAMS, Channel
from .message import ALARM, FAILED, LAG, WAITING, Message, Wording, cut, wording

_SLACK_HEADER, _SLACK_SECTION, _SLACK_TEXT = 150, 3000, 4000
_PAGERDUTY_SUMMARY, _PAGERDUTY_KEY = 1024, 255
_LINE, _BLOCK = 300, 6000  # with them every other limit is kept
_FENCED = 3000  # of back ticks only, the fence is twice as long again
_RED, _YELLOW, _GREEN = "#b3261e", "#b58900", "#2e7d32"
Document = dict[str, Any]


class NoDocument(Exception):
    """A template of the user's made no JSON object."""


def documents(channel: Channel, message: Message, ends: Iterable[str]) -> list[Document]:
    """Return what is posted to a channel, in order: a service that has incidents gets one for each problem that ends.

    :raises NoDocument: when a template was to make a JSON document of a message, and made something else
    """
    words = wording(message, channel.text)
    if channel.type == PAGERDUTY:
        return list(_incidents(channel, message, words, ends))
    forms = {JSON: _plain, COMMAND: _read, SLACK: _slack, MATTERMOST: _mattermost, TEAMS: _teams}
    return [forms[channel.type](channel, message, words)]


def _plain(channel: Channel, message: Message, _words: Wording) -> Document:
    if channel.text is None:
        return message.as_json()
    try:
        made = json.loads(channel.text)
    except (ValueError, RecursionError):
        raise NoDocument from None
    if not isinstance(made, dict):
        raise NoDocument
    return made


def _read(channel: Channel, message: Message, _words: Wording) -> Document:
    return message.as_json() if channel.text is None else {**message.as_json(), "text": channel.text}


def _slack(_channel: Channel, _message: Message, words: Wording) -> Document:
    text = cut(words.headline, _SLACK_TEXT).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    blocks = [{"type": "header", "text": _unmarked(words.headline, _SLACK_HEADER)}]
    if len(words.headline) > _SLACK_HEADER:
        blocks.append({"type": "section", "text": _unmarked(words.headline, _SLACK_SECTION)})
    if words.body:
        blocks.append({"type": "section", "text": _unmarked(words.body, _SLACK_SECTION)})
    return {"text": text, "unfurl_links": False, "unfurl_media": False, "blocks": blocks}


def _unmarked(text: str, limit: int) -> dict[str, Any]:
    return {"type": "plain_text", "text": cut(text, limit) or "-", "emoji": False}


def _mattermost(_channel: Channel, message: Message, words: Wording) -> Document:
    document: Document = {"text": _without_mentions(markdown(cut(words.headline, 2 * _LINE)))}
    if words.body:
        block = _without_mentions(markdown_block(cut(words.body, _FENCED)))
        document["attachments"] = [
            {"fallback": cut(words.headline, _LINE), "color": _colour(message), "text": block},
        ]
    return document


def _without_mentions(text: str) -> str:
    """Return Markdown in which nobody is mentioned: Mattermost has no escape for an at sign."""
    return text.replace("@", "@\u200b")


def _colour(message: Message) -> str:
    return _RED if message.alert else _YELLOW if message.state == WAITING else _GREEN


def _teams(_channel: Channel, message: Message, words: Wording) -> Document:
    colour = {_RED: "Attention", _YELLOW: "Warning", _GREEN: "Good"}[_colour(message)]
    title = {"type": "TextRun", "text": cut(words.headline, _LINE), "weight": "Bolder", "color": colour}
    body: list[Document] = [{"type": "RichTextBlock", "inlines": [title]}]
    if words.body:
        plain = {"type": "TextRun", "text": cut(words.body, _BLOCK), "fontType": "Monospace"}
        body.append({"type": "RichTextBlock", "inlines": [plain]})
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "msteams": {"width": "Full"},
        "body": body,
    }
    kind = "application/vnd.microsoft.card.adaptive"
    return {"type": "message", "attachments": [{"contentType": kind, "contentUrl": None, "content": card}]}


def _incidents(channel: Channel, message: Message, words: Wording, ends: Iterable[str]) -> Iterable[Document]:
    key = {"routing_key": channel.settings["routing_key"]}
    if message.state in (FAILED, ALARM):
        payload = {
            "summary": cut(words.headline, _PAGERDUTY_SUMMARY),
            "source": message.migration,
            "severity": _severity(message),
            "timestamp": message.at,
            "component": message.phase,
            "group": "bluegreen.postgresql",
            "class": message.subject,
            "custom_details": {"text": cut(words.body, _BLOCK)},
        }
        about = _incident(message.migration, message.subject)
        yield {**key, "event_action": "trigger", "dedup_key": about, "client": "bluegreen.postgresql",
               "payload": payload}  # fmt: skip
    for name in ends:
        yield {**key, "event_action": "resolve", "dedup_key": _incident(message.migration, name)}


def _severity(message: Message) -> str:
    if message.subject == LAG:
        return "warning"
    return "critical" if message.phase in ("cutover", "rollback") else "error"


def _incident(migration: str, about: str) -> str:
    """Return the key by which a later event ends an incident."""
    key = f"bluegreen/{migration}/{about}"
    return key if len(key) <= _PAGERDUTY_KEY else f"bluegreen/{hashlib.sha256(migration.encode()).hexdigest()}/{about}"

# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the services publish about the messages that they take; a function fails at the first thing they would refuse.

Slack: docs.slack.dev, "Sending messages using incoming webhooks", "Block Kit" (header, section), "Truncating content".
Mattermost: developers.mattermost.com, "Incoming webhooks", "Message attachments"; a post has at most 16383 characters.
Teams: learn.microsoft.com, "Create incoming webhooks with Workflows", at most 28 KB; adaptivecards.io, schema 1.4.
PagerDuty: github.com/PagerDuty/api-schema, reference/events-v2/openapiv3.json; 1024 and 255 characters by its manual.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

Document = dict[str, Any]


def require_slack(document: Document) -> None:
    """Require text and blocks: a header of 150 characters, sections of 3000, at most 50 of them."""
    assert set(document) <= {"text", "blocks", "attachments", "mrkdwn", "unfurl_links", "unfurl_media"}
    assert 0 < len(document["text"].replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">")) <= 4000
    assert not set("<>") & set(document["text"])
    assert 0 < len(document["blocks"]) <= 50
    for block in document["blocks"]:
        assert set(block) == {"type", "text"}
        assert set(block["text"]) == {"type", "text", "emoji"}
        assert block["text"]["type"] == "plain_text"
        assert 0 < len(block["text"]["text"]) <= {"header": 150, "section": 3000}[block["type"]]


def require_mattermost(document: Document) -> None:
    """Require a text, attachments with a fallback, and nobody mentioned."""
    assert set(document) <= {
        "text",
        "attachments",
        "username",
        "icon_url",
        "icon_emoji",
        "channel",
        "props",
        "priority",
    }
    texts = [document["text"]]
    for attachment in document.get("attachments", []):
        assert set(attachment) == {"fallback", "color", "text"}
        assert attachment["fallback"]
        texts.append(attachment["text"])
    assert sum(map(len, texts)) <= 16383
    assert not any(part[:1] not in {"", "\u200b"} for text in texts for part in text.split("@")[1:])


def require_teams(document: Document) -> None:
    """Require the envelope of one adaptive card whose texts are no Markdown, in 28 KB."""
    assert set(document) == {"type", "attachments"}
    assert document["type"] == "message"
    [attachment] = document["attachments"]
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    assert attachment["contentUrl"] is None
    card = attachment["content"]
    assert (card["type"], card["version"]) == ("AdaptiveCard", "1.4")
    assert set(card) == {"$schema", "type", "version", "msteams", "body"}
    for block in card["body"]:
        assert set(block) == {"type", "inlines"}
        assert block["type"] == "RichTextBlock"
        for run in block["inlines"]:
            assert set(run) <= {"type", "text", "color", "fontType", "weight"}
            assert run["type"] == "TextRun"
            assert run.get("color", "Default") in {"Default", "Attention", "Good", "Warning"}
            assert run.get("weight", "Default") in {"Default", "Bolder"}
            assert run.get("fontType", "Default") in {"Default", "Monospace"}
    assert len(json.dumps(document, ensure_ascii=False).encode()) <= 28 * 1024


def require_pagerduty(document: Document) -> None:
    """Require an event of the Events API v2: a trigger with its payload, or a resolve with its key."""
    assert set(document) <= {
        "payload",
        "routing_key",
        "event_action",
        "dedup_key",
        "client",
        "client_url",
        "links",
        "images",
    }
    assert document["routing_key"]
    assert 0 < len(document["dedup_key"]) <= 255
    if document["event_action"] == "resolve":
        assert "payload" not in document
        return
    assert document["event_action"] == "trigger"
    payload = document["payload"]
    keys = {"summary", "timestamp", "severity", "source", "component", "group", "class", "custom_details"}
    assert {"summary", "severity", "source"} <= set(payload) <= keys
    assert 0 < len(payload["summary"]) <= 1024
    assert payload["severity"] in {"critical", "warning", "error", "info"}
    assert payload["source"]
    assert datetime.fromisoformat(payload["timestamp"]).tzinfo
    assert isinstance(payload["custom_details"], dict)
    assert len(json.dumps(document).encode()) <= 512 * 1024

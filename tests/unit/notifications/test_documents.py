# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each service gets a message in the form that it publishes, whatever stands in it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.notifications.channels import read_channels
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.notifications.documents import (
    NoDocument,
    documents,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.notifications.message import (
    STATES,
    Message,
    wording,
)
from tests.unit.notifications import published

_REQUIRED = {
    "slack": published.require_slack,
    "mattermost": published.require_mattermost,
    "teams": published.require_teams,
    "pagerduty": published.require_pagerduty,
}
_OWN: dict[str, dict[str, Any]] = {"pagerduty": {"routing_key": "k"}, "command": {"command": ["true"]}}
_AT = "2026-11-30T21:00:00.000+00:00"
_FAILED = Message(
    "shop", "cutover", "failed", "shop: cutover failed. BG301: @channel <!here> lacks `x`\nand more", _AT,
    details={"task": "Switch", "error": "no\nway", "steps": [{"title": "fence", "milliseconds": 3}], "n": None},
)  # fmt: skip


def made(kind: str, message: Message, text: str | None = None, ends: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    settings = _OWN.get(kind, {"url": "https://example.com/x"})
    [channel] = read_channels([{"type": kind, **settings, "text": text}], "channels")
    return documents(channel, message, ends)


@pytest.mark.parametrize("kind", _REQUIRED)
@given(
    some.text(max_size=300), some.integers(1, 100), some.sampled_from(STATES), some.text(max_size=20),
    some.text(min_size=1, max_size=60),
)  # fmt: skip
def test_a_service_gets_what_it_takes(kind: str, text: str, times: int, state: str, key: str, migration: str) -> None:
    whole = text * times
    message = Message(migration, "cutover", state, whole, _AT, details={key: [whole, {key: whole}], "n": {key: whole}})
    for own in (None, f"x{whole}"):
        for document in made(kind, message, own, ("cutover", "lag")):
            _REQUIRED[kind](json.loads(json.dumps(document)))


@pytest.mark.parametrize("kind", _REQUIRED)
@pytest.mark.parametrize("character", ["x", '"', "🐘", "\x1b", "<", "@", "`"])
def test_what_is_too_long_is_cut(kind: str, character: str) -> None:
    long = character * 40_000
    for document in made(kind, Message("shop", "cutover", "failed", f"{long}\n{long}", _AT, details={"x": [long] * 9})):
        _REQUIRED[kind](document)
        assert "…" in json.dumps(document, ensure_ascii=False)


def test_a_message_without_a_text_says_what_it_is_about() -> None:
    for text, own in ((" ", None), ("t", " \n")):
        assert wording(Message("shop", "sync", "done", text, _AT), own).headline == "shop: sync (done)"


def test_slack_interprets_nothing() -> None:
    [document] = made("slack", _FAILED)
    assert document["text"] == "ALERT shop: cutover failed. BG301: @channel &lt;!here&gt; lacks `x`"
    header, body = (block["text"]["text"] for block in document["blocks"])
    assert header == "ALERT shop: cutover failed. BG301: @channel <!here> lacks `x`"
    assert body == "and more\ntask: Switch\nerror: no\n  way\nsteps:\n  - title: fence, milliseconds: 3\nn: -"


def test_a_long_headline_stands_in_slack_completely() -> None:
    [document] = made("slack", Message("shop", "sync", "done", "x" * 200, _AT))
    assert [len(block["text"]["text"]) for block in document["blocks"]] == [150, 200]


def test_mattermost_mentions_nobody_and_shows_names_as_they_are() -> None:
    [document] = made("mattermost", _FAILED)
    assert document["text"] == "ALERT shop: cutover failed. BG301: @\u200bchannel \\<!here> lacks \\`x\\`"
    [attachment] = document["attachments"]
    assert attachment["color"] == "#b3261e"
    assert attachment["text"].startswith("```text\nand more\n")


@pytest.mark.parametrize(("state", "colour"), [("failed", "Attention"), ("waiting", "Warning"), ("done", "Good")])
def test_teams_shows_how_it_is(state: str, colour: str) -> None:
    [document] = made("teams", Message("shop", "cutover", state, "t", _AT))
    [title] = document["attachments"][0]["content"]["body"][0]["inlines"]
    assert title["color"] == colour


def test_pagerduty_gets_an_incident_and_its_end() -> None:
    [trigger] = made("pagerduty", _FAILED)
    assert (trigger["event_action"], trigger["dedup_key"]) == ("trigger", "bluegreen/shop/cutover")
    assert (trigger["routing_key"], trigger["payload"]["severity"]) == ("k", "critical")
    done = Message("shop", "cutover", "done", "t", _AT)
    assert made("pagerduty", done, ends=("cutover", "verify")) == [
        {"routing_key": "k", "event_action": "resolve", "dedup_key": "bluegreen/shop/cutover"},
        {"routing_key": "k", "event_action": "resolve", "dedup_key": "bluegreen/shop/verify"},
    ]
    lag = Message("shop", "monitor", "alarm", "t", _AT, about="lag")
    [slow] = made("pagerduty", lag)
    assert (slow["payload"]["severity"], slow["dedup_key"]) == ("warning", "bluegreen/shop/lag")
    [other] = made("pagerduty", Message("shop", "sync", "failed", "t", _AT))
    assert other["payload"]["severity"] == "error"


def test_two_migrations_with_long_names_have_incidents_of_their_own() -> None:
    keys = {made("pagerduty", Message("x" * 300 + end, "sync", "failed", "t", _AT))[0]["dedup_key"] for end in "ab"}
    assert len(keys) == 2
    assert max(map(len, keys)) <= 255


def test_a_generic_receiver_and_a_command_get_the_facts() -> None:
    facts = {
        "migration": "shop", "phase": "cutover", "state": "failed", "alert": True, "text": _FAILED.text,
        "details": _FAILED.details,
    }  # fmt: skip
    assert made("json", _FAILED) == made("command", _FAILED) == [facts]
    assert made("command", _FAILED, "mine") == [{**facts, "text": "mine"}]


def test_a_template_makes_the_whole_document_of_a_generic_receiver() -> None:
    assert made("json", _FAILED, '{"content": "mine"}') == [{"content": "mine"}]
    for wrong in ("mine", "[1]", '"x"', "[" * 100_000):
        with pytest.raises(NoDocument):
            made("json", _FAILED, wrong)


def test_a_template_has_the_subject_in_its_first_line() -> None:
    words = wording(_FAILED, "\n subject \r\n\r\nbody\x1b\n")
    assert (words.headline, words.body) == ("subject", "body\\x1b")


@pytest.mark.parametrize(
    ("phase", "state", "alert"),
    [("sync", "failed", True), ("monitor", "alarm", True), ("rollback", "done", True), ("rollback", "waiting", False),
     ("cutover", "done", False), ("cutover", "begins", False), ("monitor", "recovered", False)],
)  # fmt: skip
def test_an_alert_is_what_somebody_should_look_at_now(phase: str, state: str, alert: bool) -> None:
    message = Message("shop", phase, state, "t", _AT)
    assert message.alert is alert
    assert wording(message, None).headline == ("ALERT t" if alert else "t")


def test_slack_shows_no_preview_and_no_block_without_a_text() -> None:
    [document] = made("slack", Message("shop", "sync", "done", "x" * 150, _AT))
    assert (document["unfurl_links"], document["unfurl_media"]) == (False, False)
    assert document["blocks"] == [
        {"type": "header", "text": {"type": "plain_text", "text": "x" * 150, "emoji": False}},
    ]


def test_each_service_gets_as_much_as_it_takes() -> None:
    long = Message("shop", "sync", "failed", "x" * 9000, _AT, details={"a": "y" * 9000})
    [slack], [teams], [mattermost], [incident] = (
        made(kind, long) for kind in ("slack", "teams", "mattermost", "pagerduty")
    )
    assert len(slack["text"]) == 4000
    assert [len(block["text"]["text"]) for block in slack["blocks"]] == [150, 3000, 3000]
    lines = [one["inlines"][0]["text"] for one in teams["attachments"][0]["content"]["body"]]
    assert [len(line) for line in lines] == [300, 6000]
    assert len(mattermost["text"]) == 600
    [attachment] = mattermost["attachments"]
    assert (len(attachment["fallback"]), attachment["text"].count("y")) == (300, 3000 - len("a: …"))
    payload = incident["payload"]
    assert (len(payload["summary"]), len(payload["custom_details"]["text"])) == (1024, 6000)


@pytest.mark.parametrize(("length", "whole"), [(255, True), (256, False)])
def test_the_key_of_an_incident_is_its_name_where_that_fits(length: int, whole: bool) -> None:
    name = "x" * (length - len("bluegreen//sync"))
    [incident] = made("pagerduty", Message(name, "sync", "failed", "t", _AT))
    assert (name in incident["dedup_key"]) is whole
    assert len(incident["dedup_key"]) <= 255

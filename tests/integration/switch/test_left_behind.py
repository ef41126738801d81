# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Clients that stay on the side out of service: counted, ended, and named if they return."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg2
import pytest
from psycopg2.extensions import connection

from tests.fixtures.databases import RoleName
from tests.fixtures.migrations import Pair, PairFactory


@pytest.fixture
def ready(pair: PairFactory) -> Pair:
    """Give a pair whose links live in both directions."""
    made = pair()
    made.replicate()
    return made


class Opened(list[connection]):
    """Connections to blue that a test leaves open."""

    def __init__(self, ready: Pair) -> None:
        super().__init__()
        self._ready = ready

    def add(self, role: RoleName, application: str) -> connection:
        """Connect to blue and stay."""
        opened: connection = psycopg2.connect(**self._ready.blue.endpoint(role), application_name=application)
        opened.autocommit = True
        self.append(opened)
        return opened


@pytest.fixture
def stay(ready: Pair) -> Iterator[Opened]:
    """Give the connections to blue."""
    opened = Opened(ready)
    yield opened
    for each in opened:
        each.close()


def _lives(session: connection) -> bool:
    try:
        with session.cursor() as cursor:
            cursor.execute("SELECT 1")
    except psycopg2.Error:
        return False
    return True


def _age(ready: Pair, seconds: int) -> None:
    """Move the switch that far into the past."""
    ready.blue.query("UPDATE bluegreen.journal SET at = at - make_interval(secs => %s) WHERE event = 'fenced'", seconds)


def _status(ready: Pair) -> dict[str, Any]:
    return ready.succeed("migration_info")


def test_they_are_counted_and_ended_and_others_are_left_alone(ready: Pair, stay: Opened) -> None:
    two = [stay.add("app", "billing") for _each in range(2)]
    one, admin, own = stay.add("owner", ""), stay.add("superuser", "backup"), stay.add("migrator", "by hand")
    assert _status(ready)["left_behind"] == []

    switched = ready.succeed("cutover", target="green")

    app, owner = ready.blue.roles["app"].name, ready.blue.roles["owner"].name
    assert switched["left_behind"] == [
        {"role": app, "application": "billing", "address": "127.0.0.1", "sessions": 2, "ended": 2},
        {"role": owner, "application": "", "address": "127.0.0.1", "sessions": 1, "ended": 1},
    ]
    assert [_lives(session) for session in (*two, one)] == [False] * 3
    assert [_lives(session) for session in (admin, own)] == [True] * 2


def test_who_comes_back_is_a_finding_after_half_a_minute(ready: Pair, stay: Opened) -> None:
    ready.succeed("cutover", target="green")
    stay.add("app", "billing")
    stay.add("superuser", "backup")
    soon = _status(ready)
    assert ([one["application"] for one in soon["left_behind"]], soon["findings"]) == (["billing"], [])

    _age(ready, 31)
    [finding] = _status(ready)["findings"]
    app = ready.blue.roles["app"].name
    assert (finding["code"], finding["severity"], finding["side"]) == ("BG615", "warns", "blue")
    assert finding["objects"] == [f"1 of {app} (billing) from 127.0.0.1"]

    stay[0].close()
    assert _status(ready)["findings"] == []


def test_whom_we_may_not_end_is_named_and_stays(ready: Pair, stay: Opened) -> None:
    migrator = ready.blue.roles["migrator"].name
    ready.blue.query(f"REVOKE pg_signal_backend FROM {migrator}")
    session = stay.add("app", "billing")
    switched = ready.succeed("cutover", target="green")

    assert [(one["sessions"], one["ended"]) for one in switched["left_behind"]] == [(1, 0)]
    assert _lives(session)


def test_whom_we_may_not_see_is_counted_as_unknown(ready: Pair, stay: Opened) -> None:
    ready.succeed("cutover", target="green")
    stay.add("app", "billing")
    ready.blue.query(f"REVOKE pg_monitor FROM {ready.blue.roles['migrator'].name}")
    [seen] = _status(ready)["left_behind"]

    assert (seen["role"], seen["application"], seen["address"]) == (ready.blue.roles["app"].name, None, None)


def test_a_transaction_that_we_may_not_see_stops_a_switch(ready: Pair, stay: Opened) -> None:
    ready.blue.query(f"REVOKE pg_monitor FROM {ready.blue.roles['migrator'].name}")
    with stay.add("app", "billing").cursor() as cursor:
        cursor.execute("BEGIN")
        refused = ready.run("cutover", target="green")

    assert refused["code"] == "BG500"
    assert "we may not see how long" in refused["what"]

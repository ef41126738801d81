# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A write through the application's own route, on real servers and through a real PgBouncer."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.versions import majors_of
from tests.fixtures.bouncers import BouncerFactory
from tests.fixtures.chosen import chosen
from tests.fixtures.databases import Database
from tests.fixtures.migrations import Pair, PairFactory


@pytest.fixture
def made(pair: PairFactory) -> Pair:
    """Give a pair with the gate installed: blue open, green fenced."""
    made = pair()
    made.succeed("write_gate")
    return made


def _both(made: Pair, first: Database, second: Database) -> dict[str, Any]:
    """Return a connection that names both servers."""
    ends = [first.endpoint("app"), second.endpoint("app")]
    return {**ends[0], **{key: ",".join(str(end[key]) for end in ends) for key in ("host", "port")}}


def test_the_write_reaches_the_side_in_service(made: Pair) -> None:
    seen = made.succeed("route_check", application=made.blue.endpoint("app"))
    assert (seen["changed"], seen["in_service"], seen["reached"]) == (False, "blue", "blue")
    assert seen["table"]
    finds = {**_both(made, made.green, made.blue), "target_session_attrs": "read-write"}
    assert made.succeed("route_check", application=finds)["reached"] == "blue"
    assert made.succeed("route_check", application=made.green.endpoint("app"), check=True)["reached"] is None


@pytest.mark.parametrize("blue", chosen([one for one in majors_of(Side.BLUE) if one < 14], 12))
def test_an_old_blue_is_reached_as_well(pair: PairFactory, blue: int) -> None:
    old = pair(blue)
    old.succeed("write_gate")
    assert old.succeed("route_check", application=old.blue.endpoint("app"))["reached"] == "blue"


def test_a_route_to_the_fenced_side_is_an_error(made: Pair) -> None:
    for application in (made.green.endpoint("app"), _both(made, made.green, made.blue)):
        refused = made.run("route_check", application=application)
        assert refused["code"] == "BG541"
        assert "read-only" in refused["what"] or "fenced" in refused["what"]
        assert refused["stands"] == "Blue is in service"


def test_a_route_to_another_database_is_an_error(made: Pair, pair: PairFactory) -> None:
    stranger = pair()
    refused = made.run("route_check", application=stranger.blue.endpoint("app"))
    assert (refused["code"], "neither blue nor green" in refused["what"]) == ("BG542", True)
    made.green.query(f'ALTER DATABASE "{made.green.name}" RESET default_transaction_read_only')
    made.green.query("DROP TABLE bluegreen.fenced")
    refused = made.run("route_check", application=made.green.endpoint("app"))
    assert (refused["code"], "leads to green" in refused["what"]) == ("BG542", True)


def test_a_server_that_may_not_be_told_is_not_taken_for_the_right_one(made: Pair) -> None:
    made.blue.query("REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC")
    made.blue.query(f"GRANT EXECUTE ON FUNCTION pg_control_system() TO {made.blue.roles['migrator'].name}")
    refused = made.run("route_check", application=made.blue.endpoint("app"))
    assert (refused["code"], "could not be identified" in refused["what"]) == ("BG542", True)


def test_a_pooler_is_asked_in_its_own_words(made: Pair, pgbouncer: BouncerFactory) -> None:
    bouncer = pgbouncer({"shop": made.blue})
    assert made.succeed("route_check", application=bouncer.endpoint("shop", made.blue))["reached"] == "blue"
    bouncer.write_entries({"shop": made.green})
    bouncer.console("RELOAD")
    bouncer.console("RECONNECT")
    assert made.run("route_check", application=bouncer.endpoint("shop", made.blue))["code"] == "BG541"
    bouncer.kill()
    refused = made.run("route_check", application=bouncer.endpoint("shop", made.blue), timeout=2)
    assert refused["code"] == "BG541"


def test_a_wrong_password_is_an_error_without_it(made: Pair) -> None:
    ends = {**made.blue.endpoint("app"), "password": "password-that-nobody-may-see"}
    refused = made.run("route_check", application=ends)
    assert (refused["code"], "password authentication failed" in refused["what"]) == ("BG541", True)
    assert "password-that-nobody-may-see" not in str(refused)

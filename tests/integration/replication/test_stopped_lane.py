# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A lane whose worker fails again and again: told within seconds, with the server's reason and no guess."""

from __future__ import annotations

import time
from typing import Any

import pytest
from psycopg2 import sql

from tests.fixtures.databases import Database, DatabaseFactory
from tests.fixtures.migrations import ROWS, SCHEMA, Pair, PairFactory
from tests.fixtures.modules import ModuleRunner
from tests.fixtures.servers import ServerFactory

_SECONDS_TO_FAIL = 6  # more than wal_retrieve_retry_interval: the worker is then started again at once
_SLOW = f"""
CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN IF NEW.name = 'slow' THEN PERFORM pg_sleep({_SECONDS_TO_FAIL}); END IF; RETURN NEW; END $$;
CREATE TRIGGER slow BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION slow();
ALTER TABLE users ENABLE ALWAYS TRIGGER slow;
"""
_REFUSES = """
CREATE FUNCTION refuses() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'not today'; END $$;
CREATE TRIGGER refuses BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION refuses();
ALTER TABLE users ENABLE ALWAYS TRIGGER refuses;
"""
_PAST_THE_FENCE = "SET session_replication_role = replica; SET default_transaction_read_only = off;"


def _plant(side: Database, number: int) -> None:
    side.query(f"{_PAST_THE_FENCE} INSERT INTO users (id, name) VALUES ({number}, 'planted')")


@pytest.mark.parametrize(
    ("blue", "green", "direction"),
    [
        (17, 18, "forward"),
        (14, 14, "forward"),
        pytest.param(14, 17, "forward", marks=pytest.mark.soak),
        pytest.param(17, 18, "reverse", marks=pytest.mark.soak),
        pytest.param(18, 17, "reverse", marks=pytest.mark.soak),
    ],
)
def test_a_worker_that_is_started_again_at_once_is_told_within_seconds(
    pair: PairFactory, blue: int, green: int, direction: str
) -> None:
    made = pair(blue, green)
    made.replicate()
    publisher, subscriber = (made.blue, made.green) if direction == "forward" else (made.green, made.blue)
    if direction == "reverse":
        made.succeed("replication_link", direction="forward", state="disabled")
    elif blue >= 16:
        made.succeed("replication_link", direction="reverse", state="absent")
    subscriber.query(_SLOW)
    subscriber.query(f"{_PAST_THE_FENCE} ALTER TABLE users DISABLE TRIGGER slow")
    _plant(subscriber, 5000)
    subscriber.query("ALTER TABLE users ENABLE ALWAYS TRIGGER slow")
    publisher.query(
        f"{_PAST_THE_FENCE} BEGIN; INSERT INTO users (id, name) VALUES (4999, 'slow'), (5000, 'mine'); COMMIT"
    )
    begun = time.monotonic()
    failed = made.run("replication_catchup", direction=direction, timeout=45)
    assert failed["code"] == "BG311", failed["msg"]
    assert time.monotonic() - begun < _SECONDS_TO_FAIL + 10, "it fails for the first time after 6 s"
    subscriber.query(f"{_PAST_THE_FENCE} DROP TRIGGER slow ON users; DELETE FROM users WHERE id = 5000")
    made.succeed("replication_catchup", direction=direction, timeout=45)


@pytest.mark.soak
@pytest.mark.parametrize(("blue", "green"), [(17, 18), (14, 14)])
def test_readings_that_are_shorter_than_a_failure_takes_tell_it_together(
    pair: PairFactory, blue: int, green: int
) -> None:
    made = pair(blue, green)
    made.replicate()
    made.succeed("replication_link", direction="reverse", state="absent")
    _plant(made.green, 5000)
    made.green.query(_SLOW)
    statement = "INSERT INTO users (id, name) VALUES (4999, 'slow'), (5000, 'mine')"
    assert made.write(made.blue, statement) is None
    seen = made.succeed(
        "replication_watch", duration=_SECONDS_TO_FAIL + 10, interval=0.5, warning_seconds=1.0, late=True
    )
    assert "BG311" in seen["lag"]["forward"]["reason"], seen


def _with_log(
    database: DatabaseFactory, own_server: ServerFactory, run_module: ModuleRunner, blue: int, green: int, log: str
) -> Pair:
    logs = own_server(green, logging_collector="on", log_destination=log)
    sides = database(blue, "blue"), database(green, "green", logs)
    for side in sides:
        names = {kind: sql.Identifier(role.name) for kind, role in side.roles.items()}
        side.query(sql.SQL(SCHEMA).format(**names))
    sides[0].query(ROWS)
    made = Pair(*sides, run_module, "superuser", sides[0].name)
    made.succeed("write_gate")
    made.succeed("replication_link", direction="forward")
    made.succeed("replication_catchup", timeout=60)
    return made


def _stopped(made: Pair) -> dict[str, Any]:
    begun = time.monotonic()
    failed = made.run("replication_catchup", timeout=45)
    assert failed["code"] == "BG311", failed["msg"]
    assert time.monotonic() - begun < 12
    return failed


@pytest.mark.parametrize(
    ("blue", "green", "log"),
    [
        (14, 14, "csvlog"),
        (17, 18, "jsonlog"),
        (14, 17, "stderr"),
        pytest.param(14, 17, "csvlog", marks=pytest.mark.soak),
        pytest.param(17, 18, "csvlog", marks=pytest.mark.soak),
        pytest.param(17, 18, "stderr", marks=pytest.mark.soak),
    ],
)
def test_the_advice_follows_from_the_servers_reason(
    database: DatabaseFactory, own_server: ServerFactory, run_module: ModuleRunner, blue: int, green: int, log: str
) -> None:
    made = _with_log(database, own_server, run_module, blue, green, log)
    if log == "stderr":
        _is_told_in_words(made)
        return
    made.green.query(_REFUSES)
    _plant_past(made.green, 5001)
    assert made.write(made.blue, "INSERT INTO users (id, name) VALUES (5000, 'mine'), (5001, 'mine')") is None
    failed = _stopped(made)
    assert failed["details"]["reason"]["sqlstate"] == "P0001"
    assert "not today" in failed["msg"]
    assert "Code of yours on green" in failed["msg"]
    assert "conflict" not in failed["details"], "a row is in the way as well, and does not stop the lane"
    assert "delete" not in failed["msg"]
    made.green.query("DROP TRIGGER refuses ON users")
    failed = _stopped(made)
    assert failed["details"]["reason"]["sqlstate"] == "23505"
    assert failed["details"]["conflict"]["key"] == {"id": "5001"}
    assert "delete it on green" in failed["msg"]
    made.green.query(f"{_PAST_THE_FENCE} DELETE FROM users WHERE id = 5001")
    made.succeed("replication_catchup", timeout=45)


def _plant_past(side: Database, number: int) -> None:
    side.query(f"{_PAST_THE_FENCE} ALTER TABLE users DISABLE TRIGGER refuses")
    _plant(side, number)
    side.query("ALTER TABLE users ENABLE ALWAYS TRIGGER refuses")


@pytest.mark.parametrize(("blue", "green"), [(17, 17), (17, 18)])
def test_without_the_servers_reason_nothing_is_advised_as_if_it_were_known(
    pair: PairFactory, blue: int, green: int
) -> None:
    made = pair(blue, green)
    made.replicate()
    made.succeed("replication_link", direction="reverse", state="absent")
    made.green.query(_REFUSES)
    _plant_past(made.green, 5001)
    assert made.write(made.blue, "INSERT INTO users (id, name) VALUES (5000, 'mine'), (5001, 'mine')") is None
    failed = _stopped(made)
    assert "reason" not in failed["details"]
    assert "Look for SQLSTATE 23505 in green's log" in failed["msg"]


def _is_told_in_words(made: Pair) -> None:
    """A log of texts has no SQLSTATE: its words are told, and nothing is concluded from them."""
    made.green.query(_REFUSES)
    assert made.write(made.blue, "INSERT INTO users (id, name) VALUES (5000, 'mine')") is None
    failed = _stopped(made)
    assert failed["details"]["reason"]["sqlstate"] is None
    assert "not today" in failed["msg"]
    assert '"public.users"' in failed["msg"]
    assert "PL/pgSQL" not in failed["msg"]
    _plant_past(made.green, 5000)
    made.green.query("DROP TRIGGER refuses ON users")
    failed = _stopped(made)
    words = failed["details"]["reason"]["words"]
    assert ("conflict=insert_exists" if made.green.server.major >= 18 else "users_pkey") in words
    assert failed["details"]["conflict"]["key"] == {"id": "5000"}
    assert "Look for SQLSTATE 23505" in failed["msg"]

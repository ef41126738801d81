# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The modules replication_link, replication_lag_info, replication_catchup and canary on real pairs."""

from __future__ import annotations

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.names import link_name
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Direction
from tests.fixtures.chosen import chosen
from tests.fixtures.conditions import wait_for
from tests.fixtures.databases import Database
from tests.fixtures.migrations import Pair, PairFactory
from tests.fixtures.modules import titles

NAMES = "SELECT string_agg(name, ',' ORDER BY id) FROM users"
OURS_LEFT = """
SELECT (SELECT count(*) FROM pg_publication) + (SELECT count(*) FROM pg_subscription WHERE subdbid =
        (SELECT oid FROM pg_database WHERE datname = current_database()))
     + (SELECT count(*) FROM pg_replication_slots WHERE database = current_database())"""
_ODD_TEXTS = """
CREATE TABLE odd (mark char(5), seen boolean, place inet, note text, PRIMARY KEY (mark, seen, place));
CREATE TABLE child (PRIMARY KEY (id)) INHERITS (users);
ALTER TABLE odd OWNER TO "{owner}"; GRANT ALL ON odd TO "{app}";
ALTER TABLE child OWNER TO "{owner}"; GRANT ALL ON child TO "{app}"
"""
STRANGE = 'Ünïcode "shop" with spaces, and a name that is much longer than sixty-three bytes can hold'


def left(side: Database) -> int:
    """Return how many publications, subscriptions and slots the side still has."""
    return int(side.query(OURS_LEFT)[0][0])


@pytest.mark.parametrize(
    ("blue", "green"), chosen([(17, 18), (16, 18), (15, 18), (14, 16), (14, 18), (18, 18)], (17, 18), (14, 18))
)
def test_rows_flow_forward_with_everything_that_replication_knows(pair: PairFactory, blue: int, green: int) -> None:
    made = pair(blue, green)
    made.succeed("write_gate")
    assert made.changes("replication_link", direction="forward")
    made.succeed("replication_catchup", timeout=60)
    assert not made.changes("replication_link", direction="forward")
    for statement in (
        "INSERT INTO users (name) VALUES ('ünï')",
        "UPDATE users SET name = 'changed' WHERE id = 2",
        "DELETE FROM users WHERE id = 3",
        "UPDATE events SET day = day + 1",
        'DELETE FROM "Odd ""Name"."Täble 1" WHERE b < 10',
    ):
        assert made.write(made.blue, statement) is None
    made.blue.query("TRUNCATE events_2026")
    made.succeed("replication_catchup", timeout=30)
    for query in (NAMES, "SELECT count(*) FROM events", 'SELECT count(*) FROM "Odd ""Name"."Täble 1"'):
        assert made.green.query(query) == made.blue.query(query)
    link = made.succeed("replication_lag_info")["links"]["forward"][made.lane("forward")]
    assert link["problems"] == []
    assert link["lag_bytes"] is not None
    assert made.changes("replication_link", direction="forward", state="absent")
    assert not made.changes("replication_link", direction="forward", state="absent")
    assert (left(made.blue), left(made.green)) == (0, 0)


def test_both_directions_live_at_once_without_an_echo(pair: PairFactory) -> None:
    made = pair(green_ddl="ALTER TABLE users ADD COLUMN phone text")
    made.replicate()
    flown = made.succeed("canary")["canaries"]
    assert set(flown) == {"forward", "reverse"}
    assert all(one["milliseconds"] > 0 for one in flown.values())
    assert made.write(made.blue, "UPDATE users SET name = 'once' WHERE id = 1") is None
    made.succeed("replication_catchup", timeout=30)
    made.succeed("replication_catchup", direction="reverse", timeout=30)
    assert made.blue.query("SELECT name FROM users WHERE id = 1") == [("once",)]
    for side in (made.blue, made.green):
        assert side.query("SELECT COALESCE(sum(apply_error_count), 0) FROM pg_stat_subscription_stats") == [(0,)]


def test_below_16_the_way_back_is_armed_and_nothing_flows(pair: PairFactory) -> None:
    made = pair(15, 18)
    made.replicate()
    info = made.succeed("replication_link", direction="reverse")
    assert info["armed_only"]
    (lane,) = info["lanes"].values()
    assert (lane["enabled"], lane["present"]) == (False, False)
    assert not info["changed"]


def test_check_mode_makes_nothing_and_names_what_it_would(pair: PairFactory) -> None:
    made = pair()
    made.succeed("write_gate")
    result = made.succeed("replication_link", direction="forward", check=True)
    assert result["changed"]
    assert "copy 5 tables from a snapshot, and subscribe" in titles(result)
    assert (left(made.blue), left(made.green)) == (0, 0)


def test_a_name_with_everything_in_it(pair: PairFactory) -> None:
    made = pair(migration=STRANGE)
    made.replicate()
    assert not made.changes("replication_link", direction="forward")
    assert made.changes("replication_link", direction="reverse", state="absent")
    assert made.changes("replication_link", direction="forward", state="absent")
    assert (left(made.blue), left(made.green)) == (0, 0)


def test_disabled_and_enabled(pair: PairFactory) -> None:
    made = pair()
    made.replicate()
    assert made.changes("replication_link", direction="forward", state="disabled")
    assert not made.changes("replication_link", direction="forward", state="disabled")
    failed = made.run("replication_catchup", timeout=5)
    assert failed["code"] == "BG311"
    assert "disabled" in failed["msg"]
    assert made.changes("replication_link", direction="forward", state="enabled")
    made.succeed("replication_catchup", timeout=30)


def test_a_half_made_link_is_finished(pair: PairFactory) -> None:
    made = pair()
    made.replicate()
    made.green.query(f"ALTER SUBSCRIPTION {made.lane('forward')} DISABLE")
    made.green.query(f"ALTER SUBSCRIPTION {made.lane('forward')} SET (slot_name = NONE)")
    made.green.query(f"DROP SUBSCRIPTION {made.lane('forward')}")
    result = made.run("replication_link", direction="forward")
    assert result["code"] == "BG306", "green has rows: a second copy would double them"
    made.green.query(
        "SET session_replication_role = replica; SET default_transaction_read_only = off;"
        'TRUNCATE users, "Odd ""Name"."Täble 1", events'
    )
    result = made.succeed("replication_link", direction="forward", copy="native")
    assert titles(result) == [f"subscribe to {made.lane('forward')}"]
    made.succeed("replication_catchup", timeout=60)
    assert made.green.query(NAMES) == made.blue.query(NAMES)


def test_a_subscription_whose_slot_is_gone_is_refused(pair: PairFactory) -> None:
    made = pair()
    made.replicate()
    made.green.query(f"ALTER SUBSCRIPTION {made.lane('forward')} DISABLE")
    made.blue.query(
        f"SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE slot_name = '{made.lane('forward')}'"
        " AND active_pid IS NOT NULL"
    )
    made.blue.query(f"SELECT pg_drop_replication_slot('{made.lane('forward')}')")
    assert made.run("replication_link", direction="forward")["code"] == "BG305"


def test_a_table_that_joins_later_is_copied(pair: PairFactory) -> None:
    made = pair()
    made.replicate()
    for side in (made.blue, made.green):
        owner = side.connect("owner")
        run = owner.cursor().execute
        run("SET default_transaction_read_only = off")
        run("CREATE TABLE late (id int PRIMARY KEY)")
    made.blue.query("INSERT INTO late SELECT generate_series(1, 10)", role="owner")
    assert made.changes("replication_link", direction="forward")
    made.succeed("replication_catchup", timeout=60)
    assert made.green.query("SELECT count(*) FROM late") == [(10,)]
    assert not made.changes("replication_link", direction="forward")


def test_tables_that_green_lacks_are_named_and_may_be_left_out(pair: PairFactory) -> None:
    made = pair()
    made.succeed("write_gate")
    made.blue.query("CREATE TABLE only_blue (id int PRIMARY KEY)", role="owner")
    failed = made.run("replication_link", direction="forward")
    assert failed["code"] == "BG301"
    assert "public.only_blue" in failed["msg"]
    assert left(made.blue) == 0
    made.succeed("replication_link", direction="forward", exclude_tables=["public.only_blue"])
    made.succeed("replication_catchup", exclude_tables=["public.only_blue"], timeout=60)


@pytest.mark.parametrize(("blue", "green"), [(17, 18), pytest.param(14, 16, marks=pytest.mark.soak)])
def test_a_conflict_stops_the_lane_and_catchup_names_the_row(pair: PairFactory, blue: int, green: int) -> None:
    made = pair(blue, green)
    made.replicate()
    made.succeed("replication_link", direction="reverse", state="absent")
    made.green.query(
        "SET session_replication_role = replica; SET default_transaction_read_only = off;"
        "INSERT INTO users (id, name) VALUES (5000, 'planted')"
    )
    for statement in (
        "INSERT INTO users (id, name) VALUES (4999, 'before')",
        "INSERT INTO users (id, name) VALUES (5000, 'mine')",
    ):
        assert made.write(made.blue, statement) is None
    wait_for(lambda: made.green.query("SELECT count(*) FROM pg_stat_subscription WHERE pid IS NOT NULL") == [(0,)])
    failed = made.run("replication_catchup", timeout=60)
    assert failed["code"] == "BG311"
    conflict = failed["details"]["conflict"]
    assert (conflict["table"], conflict["key"], conflict["kind"]) == ("public.users", {"id": "5000"}, "insert")
    assert "id = 5000" in failed["msg"]
    assert made.blue.query("SELECT name FROM users WHERE id = 5000") == [("mine",)]
    counted = made.succeed("replication_lag_info")["links"]["forward"][made.lane("forward")]["conflicts"]
    assert (counted["insert_exists"] > 0) if green >= 18 else counted is None
    made.green.query(
        "SET session_replication_role = replica; SET default_transaction_read_only = off;"
        "DELETE FROM users WHERE id = 5000"
    )
    wait_for(lambda: made.green.query("SELECT name FROM users WHERE id = 5000") == [("mine",)])
    made.succeed("replication_catchup", timeout=60)


def test_an_update_to_a_key_that_another_row_has_is_a_conflict(pair: PairFactory) -> None:
    made = pair()
    made.replicate()
    made.succeed("replication_link", direction="reverse", state="absent")
    made.green.query(
        "SET session_replication_role = replica; SET default_transaction_read_only = off;"
        "INSERT INTO users (id, name) VALUES (5000, 'planted')"
    )
    assert made.write(made.blue, "UPDATE users SET id = 5000 WHERE id = 3") is None
    wait_for(lambda: made.green.query("SELECT count(*) FROM pg_stat_subscription WHERE pid IS NOT NULL") == [(0,)])
    conflict = made.run("replication_catchup", timeout=60)["details"]["conflict"]
    assert (conflict["table"], conflict["key"], conflict["kind"]) == ("public.users", {"id": "5000"}, "update")


@pytest.mark.parametrize(("blue", "green"), [(17, 18), pytest.param(14, 16, marks=pytest.mark.soak)])
def test_what_came_by_the_link_or_makes_way_is_no_conflict(pair: PairFactory, blue: int, green: int) -> None:
    made = pair(blue, green)
    for side in (made.blue, made.green):  # types that a cast to text writes unlike their own output
        side.query(_ODD_TEXTS.format(app=side.roles["app"].name, owner=side.roles["owner"].name))
    made.blue.query("INSERT INTO odd VALUES ('{0}', false, '10.0.0.1', 'old')")
    made.blue.query("INSERT INTO child (id, name) VALUES (6001, 'of the child')")
    made.replicate()
    made.succeed("replication_link", direction="reverse", state="absent")
    made.green.query("ALTER TABLE users ADD CONSTRAINT stops CHECK (name <> 'refused')")
    made.green.query(f"ALTER SUBSCRIPTION {made.lane('forward')} DISABLE")
    for statement in (
        "INSERT INTO users (id, name) VALUES (6000, 'first')",
        "UPDATE users SET name = 'second' WHERE id = 6000",
        "INSERT INTO odd VALUES ('a', true, '10.0.0.1', 'x')",
        "UPDATE odd SET note = 'y'",
        "DELETE FROM users WHERE id = 1; INSERT INTO users (id, name) VALUES (1, 'again')",
        "UPDATE users SET id = 7002 WHERE id = 2; INSERT INTO users (id, name) VALUES (2, 'again'), (6001, 'refused')",
    ):
        assert made.write(made.blue, statement) is None
    made.green.query(f"ALTER SUBSCRIPTION {made.lane('forward')} ENABLE")
    wait_for(lambda: made.green.query("SELECT name FROM users WHERE id = 1") == [("again",)])
    wait_for(lambda: made.green.query("SELECT count(*) FROM pg_stat_subscription WHERE pid IS NOT NULL") == [(0,)])
    failed = made.run("replication_catchup", timeout=60)
    assert failed["code"] == "BG311"
    assert "conflict" not in failed["details"]
    made.green.query("ALTER TABLE users DROP CONSTRAINT stops")
    made.succeed("replication_catchup", timeout=60)


def test_a_transaction_that_blocks_the_slot_is_named(pair: PairFactory) -> None:
    made = pair()
    made.succeed("write_gate")
    holder = made.blue.connect("app", autocommit=False)
    holder.cursor().execute("UPDATE users SET name = 'held' WHERE id = 1")
    failed = made.run("replication_link", direction="forward", timeout=2)
    holder.rollback()
    assert failed["code"] == "BG304"
    assert f"pid {holder.info.backend_pid}" in failed["msg"]
    made.succeed("replication_link", direction="forward")
    made.succeed("replication_catchup", timeout=60)


def test_lag_that_cannot_be_known_is_null(pair: PairFactory) -> None:
    made = pair()
    made.succeed("write_gate")
    links = made.succeed("replication_lag_info")["links"]
    assert links["forward"][made.lane("forward")]["lag_bytes"] is None
    assert not links["forward"][made.lane("forward")]["exists"]


@pytest.mark.parametrize("module", ["replication_lag_info", "migration_info"])
def test_what_is_called_info_writes_nothing(pair: PairFactory, module: str) -> None:
    made: Pair = pair()
    before = made.dump(made.blue), made.dump(made.green)
    assert not made.changes(module)
    assert (made.dump(made.blue), made.dump(made.green)) == before


def test_several_lanes_carry_the_tables_between_them_and_keep_them(pair: PairFactory) -> None:
    made = pair()
    made.succeed("write_gate")
    made.succeed("replication_link", direction="forward", lanes=3, lane_tables={"public.users": 3})
    made.succeed("replication_catchup", timeout=60)
    made.succeed("replication_link", direction="reverse", lanes=3)
    lanes = made.succeed("replication_lag_info")["links"]
    assert [len(one) for one in lanes.values()] == [3, 3]
    assert all(lane["problems"] == [] for one in lanes.values() for lane in one.values())
    carried = "SELECT pubname, tablename FROM pg_publication_tables WHERE schemaname <> 'bluegreen' ORDER BY 2"
    spread = dict(reversed(row) for row in made.blue.query(carried))
    assert spread["users"] == link_name(made.migration, Direction.FORWARD, 3)
    assert len(set(spread.values())) == 3
    for _second in range(2):
        assert not made.changes("replication_link", direction="forward")
        assert not made.changes("replication_link", direction="reverse")
        made.blue.query("UPDATE events SET day = day + 1; ANALYZE events")
    flown = made.succeed("canary")["canaries"]
    assert set(flown) == {"forward", "reverse"}
    assert made.write(made.blue, "UPDATE users SET name = 'once' WHERE id = 1") is None
    made.succeed("replication_catchup", timeout=60)
    for query in (NAMES, "SELECT count(*), max(day) FROM events"):
        assert made.green.query(query) == made.blue.query(query)
    switched = made.succeed("cutover", target="green", routes=[{"type": "multihost"}], deadline=20)
    assert switched["in_service"] == "green"
    assert made.write(made.green, "UPDATE users SET name = 'twice' WHERE id = 2") is None
    made.succeed("replication_catchup", direction="reverse", timeout=60)
    assert made.blue.query(NAMES) == made.green.query(NAMES)
    for direction in ("reverse", "forward"):
        assert made.changes("replication_link", direction=direction, state="absent")
    assert (left(made.blue), left(made.green)) == (0, 0)

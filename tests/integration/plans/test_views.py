# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Materialized views hold rows before a switch, or they are named; whose code runs as whom while they are refreshed."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest

from tests.fixtures.conditions import wait_for
from tests.fixtures.databases import Database
from tests.fixtures.migrations import Pair, PairFactory
from tests.live.modules import ModuleProcess

_SHORT = [(17, 18), (14, 17)]
# A view upon a view, through a plain view; one with a unique index; a name that needs quotes. In the order of their
# names a view would come before what it reads.
VIEWS = """
CREATE MATERIALIZED VIEW sums AS SELECT count(*) AS users, max(id) AS newest FROM users {data};
CREATE VIEW between AS SELECT users + 1 AS more FROM sums;
CREATE MATERIALIZED VIEW above AS SELECT more FROM between {data};
CREATE MATERIALIZED VIEW "Odd ""Name"."by, day %%s" AS SELECT day, count(*) AS times FROM events GROUP BY day {data};
CREATE UNIQUE INDEX ON "Odd ""Name"."by, day %%s" (day);
CREATE MATERIALIZED VIEW lazy AS SELECT 1 AS one WITH NO DATA;
"""
BY_DAY = '"Odd ""Name"."by, day %s"'
NAMES = [BY_DAY, "public.sums", "public.above"]
_POPULATED = "SELECT relname FROM pg_class WHERE relkind = 'm' AND relispopulated ORDER BY 1"


def plant(made: Pair, statements: str = VIEWS) -> None:
    """Create views on both sides as their owner; only blue's hold rows."""
    made.blue.query(statements.replace("{data}", "").replace("%%", "%"), role="owner")
    made.green.query(statements.replace("{data}", "WITH NO DATA").replace("%%", "%"), role="owner")


def linked(pair: PairFactory, blue: int = 17, green: int = 18) -> Pair:
    """Give a pair whose rows flow both ways."""
    made = pair(blue, green)
    made.replicate()
    return made


def contents(side: Database) -> dict[str, Any]:
    """Return the rows of every view, sorted."""
    return {name: sorted(side.query(f"SELECT * FROM {name}")) for name in NAMES}


def named(made: Pair, target: str = "green", *, check: bool = True, **more: Any) -> list[str]:
    """Return which views go/no-go names."""
    result = made.run("cutover", check=check, target=target, comparison_max_age_hours=0, **more)
    reasons = result.get("details", {}).get("reasons", [])
    return [name for one in reasons if one["code"] == "BG560" for name in one["objects"]]


@pytest.mark.parametrize(("blue", "green"), _SHORT)
def test_views_are_refreshed_each_after_what_it_reads_and_once(pair: PairFactory, blue: int, green: int) -> None:
    made = linked(pair, blue, green)
    plant(made)
    for check in (True, False):
        assert named(made, check=check) == sorted(NAMES)
    planned = made.succeed("materialized_views", check=True)
    assert planned["changed"]
    assert (made.green.query(_POPULATED), made.green.query("SELECT to_regclass('bluegreen.refreshed_view')")) == (
        [],
        [(None,)],
    )
    done = made.succeed("materialized_views")
    assert [one["title"] for one in done["steps"]] == [f"refresh {name} on green" for name in NAMES]
    assert [one["title"] for one in planned["steps"]] == [one["title"] for one in done["steps"]]
    assert planned["diff"] == done["diff"]
    assert contents(made.green) == contents(made.blue)
    assert {row["name"]: row["populated"] for row in done["views"]} == dict.fromkeys(NAMES, True)
    assert all(row["age_seconds"] < 60 and row["seconds"] >= 0 for row in done["views"])
    assert "3 of 3 populated; 3 refreshed by us" in done["lines"][0]
    assert made.succeed("migration_info")["views"][0].startswith("materialized views of green: 3 of 3 populated")
    assert not made.changes("materialized_views")
    assert named(made) == []
    assert made.green.query("SELECT count(*) > 0 FROM pg_stats WHERE tablename LIKE 'by, day%'", role="owner") == [
        (True,)
    ]


def test_what_is_too_old_is_refreshed_again_while_it_is_read(pair: PairFactory) -> None:
    made = linked(pair)
    plant(made)
    made.succeed("materialized_views")
    assert made.write(made.blue, "INSERT INTO users (name) VALUES ('newer')") is None
    made.succeed("replication_catchup", timeout=60)
    assert not made.changes("materialized_views", max_age=3600.0)
    reader = made.green.connect("owner", autocommit=False)
    with reader.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {BY_DAY}")
    again = made.succeed("materialized_views", max_age=0.0)
    reader.rollback()
    assert [one["title"] for one in again["steps"]] == [
        f"refresh {BY_DAY} on green concurrently",
        "refresh public.sums on green",
        "refresh public.above on green",
    ]
    assert made.green.query("SELECT users FROM sums") == [(101,)]
    assert made.green.query("SELECT more FROM above") == [(102,)]


def test_the_way_back_finds_blue_s_views_fresh(pair: PairFactory) -> None:
    made = linked(pair)
    plant(made)
    made.succeed("materialized_views")
    made.succeed("cutover", target="green", comparison_max_age_hours=0, deadline=30.0)
    assert made.write(made.green, "INSERT INTO users (name) VALUES ('on green')") is None
    made.succeed("replication_catchup", direction="reverse", timeout=60)
    made.green.query("REFRESH MATERIALIZED VIEW lazy", role="owner")
    assert named(made, "blue") == ["public.lazy"]
    done = made.succeed("materialized_views")
    assert (done["side"], len(done["steps"])) == ("blue", 4)
    assert made.blue.query("SELECT users FROM sums") == [(101,)]
    assert not made.changes("materialized_views")
    assert named(made, "blue") == []
    made.succeed("cutover", target="blue", deadline=30.0)
    assert made.succeed("materialized_views")["side"] == "green"


def test_slices_refresh_each_view_once_and_say_how_far_they_are(pair: PairFactory) -> None:
    made = linked(pair)
    plant(made)
    made.blue.query("CREATE MATERIALIZED VIEW aaa AS SELECT 1 AS one FROM users", role="owner")
    fails = "CREATE MATERIALIZED VIEW aaa AS SELECT 1 / (count(*) - 100) AS one FROM users WITH NO DATA"
    made.green.query(fails, role="owner")
    slices = [made.run("materialized_views", slice=0.001, max_age=0.0)]
    while "resume" in slices[-1]:
        slices.append(made.run("materialized_views", slice=0.001, max_age=0.0, resume=slices[-1]["resume"]))
    ended = slices.pop()
    told = [line for one in slices for line in one["progress"]]
    assert [re.sub(r"\d+ s", "N s", line).partition(";")[0] for line in told] == [
        "refreshed 1 of 4 materialized views of green in N s, about N s left",
        "refreshed 1 of 4 materialized views of green in N s, 1 failed, about N s left",
        "refreshed 2 of 4 materialized views of green in N s, 1 failed, about N s left",
    ]
    assert told[-1].endswith("; next public.above")
    assert ended["code"] == "BG560", "what an earlier slice could not refresh is told at the end"
    assert [one["name"] for one in ended["details"]["failed"]] == ["public.aaa"]
    assert "This run has refreshed 3 others" in ended["msg"]
    done = [step["title"] for one in slices for step in one["steps"]]
    assert len(done) == len(set(done)), "each once, although each is due again at any age"
    for side in (made.blue, made.green):
        side.query("DROP MATERIALIZED VIEW aaa", role="owner")
    assert not made.changes("materialized_views")


def test_a_view_that_was_not_refreshed_since_the_last_switch_is_a_no_go(pair: PairFactory) -> None:
    made = linked(pair)
    plant(made)
    for name in NAMES:
        made.green.query(f"REFRESH MATERIALIZED VIEW {name}", role="owner")
    assert named(made) == [], "all hold rows, and how old they are is the user's by default"
    once: dict[str, Any] = {"check": False, "refresh_views": "once"}
    assert named(made, refresh_views="once") == [], "before it is asked, a real run refreshes them"
    assert sorted(named(made, **once)) == sorted(NAMES)
    made.green.query("ALTER MATERIALIZED VIEW sums OWNER TO CURRENT_USER", role="superuser")
    assert named(made, refresh_views="once") == ["public.sums"], "no run of ours would refresh this one"
    [(owner,)] = made.blue.query("SELECT matviewowner FROM pg_matviews WHERE matviewname = 'sums'")
    made.green.query(f'ALTER MATERIALIZED VIEW sums OWNER TO "{owner}"', role="superuser")
    accepted = [{"code": "BG560", "object": "public.sums", "reason": "nobody reads it"}]
    assert named(made, **once, accepted=accepted, exclude_tables=[BY_DAY]) == ["public.above"]
    made.succeed("materialized_views")
    switch: dict[str, Any] = {"comparison_max_age_hours": 0, "deadline": 30.0, "refresh_views": "once"}
    made.succeed("cutover", target="green", **switch)
    back = made.succeed("cutover", target="blue", **switch)
    warned = str(back["warnings"])
    assert "BG560 blue: materialized views were not refreshed there since the last switch" in warned
    assert sorted(named(made, **once)) == sorted(NAMES), "nobody has refreshed them since green was in service"


def test_what_is_excluded_or_accepted_is_left_alone(pair: PairFactory) -> None:
    made = linked(pair)
    plant(made)
    accepted = [{"code": "BG560", "object": "public.above", "reason": "a job refreshes it"}]
    told: dict[str, Any] = {"exclude_tables": [BY_DAY], "accepted": accepted}
    assert named(made, **told) == ["public.sums"]
    made.succeed("materialized_views", **told)
    assert made.green.query(_POPULATED) == [("sums",)]
    assert not made.changes("materialized_views", **told)
    assert named(made, **told) == []
    assert named(made) == [BY_DAY, "public.above"]


def test_a_view_of_somebody_else_is_named_with_the_grant_that_helps(pair: PairFactory) -> None:
    made = linked(pair)
    plant(made)
    made.green.query(f"ALTER MATERIALIZED VIEW {BY_DAY} OWNER TO {made.green.roles['app'].name}")
    told = [made.run("materialized_views", check=check) for check in (True, False)]
    assert [one["code"] for one in told] == ["BG560", "BG560"]
    [failed] = told[-1]["details"]["failed"]
    assert failed["name"] == BY_DAY
    assert made.green.query(_POPULATED) == [("above",), ("sums",)]
    made.green.query(failed["fix"].removeprefix("Run there: "))
    done = made.succeed("materialized_views")
    assert [one["title"] for one in done["steps"]] == [f"refresh {BY_DAY} on green"]


def test_our_role_acts_as_an_owner_whose_rights_it_does_not_inherit(pair: PairFactory) -> None:
    made = linked(pair, 16, 16)
    plant(made)
    migrator, app = (made.green.roles[name].name for name in ("migrator", "app"))
    made.green.query(f"GRANT SELECT ON between TO {app}")
    made.green.query(f"ALTER MATERIALIZED VIEW above OWNER TO {app}")
    made.green.query(f"GRANT {app} TO {migrator} WITH INHERIT FALSE, SET TRUE")
    made.succeed("materialized_views")
    assert made.green.query(_POPULATED) == [("above",), ("by, day %s",), ("sums",)]


def test_nobody_s_code_runs_as_a_superuser(pair: PairFactory) -> None:
    made = linked(pair, 14, 17)  # where our role is a superuser
    code = "CREATE FUNCTION whoami() RETURNS text LANGUAGE sql AS 'SELECT current_user::text';"
    view = "CREATE MATERIALIZED VIEW spy AS SELECT whoami() AS who {data}; CREATE VIEW over AS SELECT who FROM spy;"
    plant(made, code + view + "CREATE MATERIALIZED VIEW clean AS SELECT 1 AS one {data};")
    made.succeed("materialized_views")
    assert made.green.query("SELECT who FROM spy") == [(made.green.roles["owner"].name,)]
    made.green.query("ALTER MATERIALIZED VIEW spy OWNER TO CURRENT_USER")
    made.green.query("ALTER MATERIALIZED VIEW clean OWNER TO CURRENT_USER")
    refused = made.run("materialized_views", max_age=0.0)
    assert [one["name"] for one in refused["details"]["failed"]] == ["public.spy"]
    assert "whoami()" in refused["msg"]
    assert made.green.query("SELECT who FROM spy") == [(made.green.roles["owner"].name,)]


def test_a_query_finds_names_and_rows_as_its_owner_does(pair: PairFactory) -> None:
    made = linked(pair, 14, 16)
    for side in (made.blue, made.green):
        side.query(f"ALTER ROLE {side.roles['owner'].name} SET search_path = 'Odd \"Name', public")
    query = 'SELECT count(*) FROM "Täble 1"'
    body = f"CREATE FUNCTION far() RETURNS bigint LANGUAGE plpgsql AS 'BEGIN RETURN ({query}); END'"
    policy = "ALTER TABLE public.users ENABLE ROW LEVEL SECURITY; ALTER TABLE public.users FORCE ROW LEVEL SECURITY;"
    some = "CREATE POLICY ten ON public.users FOR SELECT USING (id < 11);"
    view = "CREATE MATERIALIZED VIEW public.seen AS SELECT far() AS far, (SELECT count(*) FROM users) AS near {data}"
    plant(made, f"{body};{policy}{some}{view};")
    assert made.blue.query("SELECT far, near FROM public.seen") == [(50, 10)]
    made.succeed("materialized_views")
    assert made.green.query("SELECT far, near FROM public.seen") == [(50, 10)]


def test_a_query_that_fails_tells_no_values_and_others_are_refreshed(pair: PairFactory) -> None:
    made = linked(pair)
    made.blue.query("INSERT INTO users (name) VALUES ('17'), ('s3cret')")
    made.succeed("replication_catchup", timeout=60)
    broken = "CREATE MATERIALIZED VIEW broken AS SELECT max(name::int) FROM users WHERE name !~ 'user' WITH NO DATA;"
    plant(made, VIEWS + broken)
    made.blue.query("UPDATE users SET name = '18' WHERE name = 's3cret'")
    made.blue.query("REFRESH MATERIALIZED VIEW broken", role="owner")
    made.blue.query("UPDATE users SET name = 's3cret' WHERE name = '18'")
    made.succeed("replication_catchup", timeout=60)
    failed = made.run("materialized_views")
    assert failed["code"] == "BG560"
    assert "public.broken: its query fails on green (SQLSTATE 22P02)" in failed["msg"]
    assert "s3cret" not in str(failed)
    assert contents(made.green).keys() == set(NAMES)
    assert named(made) == ["public.broken"]


def test_a_lock_and_the_time_limit_are_told_and_the_next_run_goes_on(pair: PairFactory) -> None:
    made = linked(pair)
    slow = "CREATE MATERIALIZED VIEW slow AS SELECT pg_sleep({seconds}) IS NOT NULL AS slept FROM above {data};"
    plant(made, VIEWS + slow.replace("{seconds}", "0"))
    made.green.query("DROP MATERIALIZED VIEW slow; " + slow.format(seconds="30", data="WITH NO DATA"), role="owner")
    holder = made.green.connect("owner", autocommit=False)
    with holder.cursor() as cursor:
        cursor.execute(f"COMMENT ON MATERIALIZED VIEW {BY_DAY} IS 'held'")
    began = time.monotonic()
    failed = made.run("materialized_views", timeout=9.0)
    assert time.monotonic() - began < 20
    holder.rollback()
    why = {one["name"]: one["why"] for one in failed["details"]["failed"]}
    assert set(why) == {BY_DAY, "public.slow"}
    assert "kept us waiting too long" in why[BY_DAY]
    assert why["public.slow"] == "it did not end within 9 s"
    again = made.run("materialized_views", timeout=2.0)
    assert [one["name"] for one in again["details"]["failed"]] == ["public.slow"]
    assert named(made) == ["public.slow"]


def test_a_killed_run_is_gone_on_with(pair: PairFactory) -> None:
    made = linked(pair)
    slow = "CREATE MATERIALIZED VIEW zlow AS SELECT pg_sleep({seconds}) IS NOT NULL AS slept {data};"
    plant(made, VIEWS + slow.replace("{seconds}", "0"))
    made.green.query("DROP MATERIALIZED VIEW zlow; " + slow.format(seconds="60", data="WITH NO DATA"), role="owner")
    running = (
        "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'REFRESH%' AND query LIKE '%zlow%' AND state = 'active'"
    )
    process = ModuleProcess("materialized_views", made.ends())
    wait_for(lambda: made.green.query(running) == [(1,)])
    process.kill()
    assert process.wait() == {}
    wait_for(lambda: made.green.query(running) == [(0,)])
    made.green.query("DROP MATERIALIZED VIEW zlow; " + slow.format(seconds="0", data="WITH NO DATA"), role="owner")
    done = made.succeed("materialized_views")
    assert "refresh public.zlow on green" in [one["title"] for one in done["steps"]]
    assert len(done["steps"]) < len(NAMES) + 1
    assert contents(made.green) == contents(made.blue)


def test_before_the_links_nothing_of_blue_is_touched(pair: PairFactory) -> None:
    made = pair()
    plant(made)
    before = made.dump(made.blue)
    made.succeed("materialized_views")
    assert made.dump(made.blue) == before

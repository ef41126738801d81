# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Green gets the publications that consumers read, with all that defines them."""

from __future__ import annotations

from typing import Any

import pytest
from psycopg2 import sql

from tests.fixtures.chosen import chosen
from tests.fixtures.databases import Database, RoleName
from tests.fixtures.migrations import Pair, PairFactory

_PUBLICATION = 'it\'s 50% {odd} "cdc"'
_NAMED = [{"slot": "orders_cdc", "publication": _PUBLICATION}]
_SHOWN = """
SELECT pg_get_userbyid(p.pubowner), p.puballtables, p.pubinsert, p.pubupdate, p.pubdelete, p.pubtruncate,
       COALESCE(to_jsonb(p) ->> 'pubviaroot', 'false'), COALESCE(to_jsonb(p) ->> 'pubgencols', 'n')
FROM pg_publication p WHERE p.pubname = %s
"""
_CARRIES = "SELECT to_jsonb(t) - 'pubname' FROM pg_publication_tables t WHERE t.pubname = %s ORDER BY 1"
_NAMES = "SELECT schemaname, tablename FROM pg_publication_tables WHERE pubname = %s ORDER BY 1, 2"


def _publish(made: Pair, contents: str, options: str, role: RoleName = "owner") -> None:
    name = sql.Identifier(_PUBLICATION)
    made.blue.query(
        sql.SQL("CREATE PUBLICATION {} FOR {} WITH ({})").format(name, sql.SQL(contents), sql.SQL(options)), role=role
    )


def _same(made: Pair) -> bool:
    """Tell whether both have the same, as far as both say it."""
    lists = min(side.server.major for side in (made.blue, made.green)) >= 15

    def shown(side: Database) -> list[Any]:
        return [side.query(_SHOWN, _PUBLICATION), side.query(_CARRIES if lists else _NAMES, _PUBLICATION)]

    return shown(made.blue) == shown(made.green)


_OLD = ('TABLE users, "Odd ""Name"."Täble 1"', "publish = 'insert, truncate'")
_ROOT = ("TABLE users, events", "publish = 'insert, update, delete', publish_via_partition_root = true")
_LISTS = (
    "TABLE users (id, name) WHERE (id % 2 = 0 AND name <> '{a} % \"b\"'), TABLE events",
    "publish = 'insert'",
)
_SCHEMAS = ('TABLE users, TABLES IN SCHEMA "Odd ""Name"', "publish = 'insert, update, delete, truncate'")
_GENERATED = ("TABLE users, TABLE events", "publish_generated_columns = stored")
_KINDS = [
    (11, 18, *_OLD),
    (13, 18, *_ROOT),
    (14, 17, *_ROOT),
    (17, 18, *_OLD),
    (17, 18, *_LISTS),
    (17, 18, *_SCHEMAS),
    (18, 18, *_GENERATED),
]


@pytest.mark.parametrize(("blue", "green", "contents", "options"), chosen(_KINDS, _KINDS[1], _KINDS[4], _KINDS[5]))
def test_a_publication_is_copied_with_all_that_defines_it(
    pair: PairFactory, blue: int, green: int, contents: str, options: str
) -> None:
    made = pair(blue, green)
    if "IN SCHEMA" in contents:  # for superusers only
        made.role = "superuser"
    _publish(made, contents, options, "superuser" if made.role == "superuser" else "owner")
    planned = made.run("consumer_handover", check=True, consumers=_NAMED)
    assert planned["changed"]
    assert made.green.query(_SHOWN, _PUBLICATION) == []
    done = made.succeed("consumer_handover", consumers=_NAMED)
    assert [step["title"] for step in done["steps"]] == [f"publish on green as {_PUBLICATION}"]
    assert planned["diff"] == done["diff"]
    assert _same(made)
    assert not made.changes("consumer_handover", consumers=_NAMED)


def test_all_tables_become_those_of_the_user_and_new_ones_are_added(pair: PairFactory) -> None:
    made = pair()
    made.succeed("write_gate")
    made.blue.query(sql.SQL("CREATE PUBLICATION {} FOR ALL TABLES").format(sql.Identifier(_PUBLICATION)))
    made.succeed("consumer_handover", consumers=_NAMED)
    carried = made.green.query(_NAMES, _PUBLICATION)
    assert ("public", "users") in carried
    assert not [name for schema, name in carried if schema == "bluegreen"]
    assert [name for schema, name in made.blue.query(_NAMES, _PUBLICATION) if schema == "bluegreen"]
    for side in (made.blue, made.green):
        side.query("CREATE TABLE late (id int PRIMARY KEY)", role="owner")
    done = made.succeed("consumer_handover", consumers=_NAMED)
    assert [step["title"] for step in done["steps"]] == [f"publish more tables on green as {_PUBLICATION}"]
    assert ("public", "late") in made.green.query(_NAMES, _PUBLICATION)
    assert not made.changes("consumer_handover", consumers=_NAMED)


def test_another_publication_of_that_name_is_somebodys_and_stays(pair: PairFactory) -> None:
    made = pair()
    _publish(made, "TABLE users", "publish = 'insert'")
    made.green.query(sql.SQL("CREATE PUBLICATION {} FOR TABLE events").format(sql.Identifier(_PUBLICATION)))
    before = made.green.query(_CARRIES, _PUBLICATION)
    for check in (True, False):
        refused = made.run("consumer_handover", consumers=_NAMED, check=check)
        assert refused["code"] == "BG337", refused
        assert "green alone has publish = insert, update, delete, truncate; table public.events" in refused["msg"]
        assert "blue alone has publish = insert; table public.users" in refused["msg"]
    assert made.green.query(_CARRIES, _PUBLICATION) == before


def test_what_green_refuses_leaves_nothing_there(pair: PairFactory) -> None:
    made = pair()
    made.blue.query("CREATE TABLE only_here (id int PRIMARY KEY)", role="owner")
    _publish(made, "TABLE users, only_here", "publish = 'insert'")
    refused = made.run("consumer_handover", consumers=_NAMED)
    assert refused["code"] == "BG339"
    assert "only_here" in refused["msg"]
    assert made.green.query(_SHOWN, _PUBLICATION) == []


def test_one_that_blue_lacks_is_named_beforehand(pair: PairFactory) -> None:
    made = pair()
    assert made.run("consumer_handover", consumers=_NAMED, check=True)["code"] == "BG338"
    found = made.succeed("preflight_info", consumers=_NAMED, trial_restore=False, backup_waived="a test")["findings"]
    assert [one["objects"] for one in found if one["code"] == "BG338"] == [[_PUBLICATION]]


def test_a_green_in_service_keeps_its_own(pair: PairFactory) -> None:
    made = pair()
    made.replicate()
    made.succeed("cutover", target="green")
    _publish(made, "TABLE users", "publish = 'insert'")
    assert not made.changes("consumer_handover", consumers=_NAMED)
    assert made.green.query(_SHOWN, _PUBLICATION) == []

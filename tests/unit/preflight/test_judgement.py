# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What preflight reports for several faults, and what it must not report."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.findings import BLOCKS, INFORMS, WARNS
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.preflight import servers
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.preflight.checks import examine
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.preflight.outlook import Forecast, Wishes
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.relations import TableName
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.schema import relation_facts
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side
from tests.unit.preflight.examples import (
    KEY,
    OURS,
    USERS,
    both,
    codes,
    column,
    consumer,
    facts,
    on_blue,
    role,
    roles,
    settings,
    side,
    slot,
    subscription,
    table,
    with_database,
)


def constraint(kind: str) -> relation_facts.Constraint:
    return relation_facts.Constraint(USERS, "sane", kind, validated=False)


def test_everything_wrong_at_once_is_all_found() -> None:
    blue = {"relations": (table("a", key_immediate=None), table("b", persistence="u")), "event_triggers": ("x",)}
    spoiled = facts(blue, {"settings": settings(autovacuum="off")})
    assert codes(spoiled) == ["BG145 blue", "BG151 blue", "BG117 green", "BG156 blue"]


def test_findings_come_by_gravity_and_then_by_code_and_side() -> None:
    lost = (slot("theirs", wal_status="lost", active_pid=None),)
    tables = (table("a", key_immediate=None), table("b", persistence="u"), table("c", kind="p"))
    found = examine(
        facts({"slots": lost, "relations": tables}, {"slots": lost, "settings": settings(autovacuum="off")})
    )
    assert len({one.severity for one in found}) == 3
    gravity = [(BLOCKS, WARNS, INFORMS).index(one.severity) for one in found]
    assert gravity == sorted(gravity)
    for severity in (BLOCKS, WARNS, INFORMS):
        same = [(one.code, one.side) for one in found if one.severity == severity]
        assert same == sorted(same)


def test_what_is_our_own_is_no_finding() -> None:
    blue = {
        "publications": (servers.Publication(OURS, all_tables=False, tables=frozenset({USERS})),),
        "slots": (slot(OURS), slot("pg_16400_sync_16385_7002", active_pid=None)),
        "subscriptions": (subscription("bluegreen_shop_reverse_1"),),
        "relations": (table(filled=True),),
    }
    green = {"subscriptions": (subscription(OURS),), "relations": (table(filled=True, analyzed=True),), "reach": None}
    assert codes(facts(blue, green)) == []


def test_another_migration_of_ours_is_somebody_else() -> None:
    assert codes(facts({"consumers": (consumer("bluegreen_shop2_forward_1"),)})) == ["BG163 blue"]


def test_a_switched_migration_is_no_reason_to_stop() -> None:
    switched = facts({"relations": (table(),)}, {"relations": (table(filled=True, analyzed=True),)})
    assert codes(with_database(switched, Side.BLUE, fenced=True)) == []
    stopped = facts(green={"subscriptions": (subscription(OURS, workers=0, enabled=False, errors=1),)})
    assert codes(with_database(stopped, Side.BLUE, fenced=True)) == []


def test_excluded_tables_are_not_looked_at() -> None:
    spoiled = on_blue(key_immediate=None, hidden_from_link=True)
    assert codes(replace(spoiled, excluded=frozenset({USERS}))) == []


def test_limits_are_counted_from_what_others_use() -> None:
    used = tuple(slot(f"other_{number}", here=False) for number in range(10))
    assert codes(facts({"slots": used[:9]})) == []
    native = facts({"slots": used[:9]}, wishes=Wishes(copy="native"))
    finding = examine(native)[0]
    assert "max_replication_slots is 10, 11 are needed (9 in use + 1 link + 1 first copies at once)" in finding.what
    assert finding.fix == "ALTER SYSTEM SET max_replication_slots = 11; -- takes a restart"


def test_lanes_and_migrations_at_once_are_counted() -> None:
    crowd = facts(wishes=Wishes(lanes=2, at_once=6))
    said = {finding.code: finding.what for finding in examine(crowd)}
    assert "max_replication_slots is 10, 12 are needed (10 for other migrations + 2 lanes)" in said["BG106"]
    assert set(said) == {"BG106", "BG107", "BG108", "BG109", "BG110"}
    assert codes(facts(wishes=Wishes(lanes=2, at_once=2))) == []


def test_migrations_that_have_their_links_are_not_counted_twice() -> None:
    others = tuple(slot(f"bluegreen_other{number}_forward_1", here=False) for number in range(4))
    standing = tuple(subscription(f"bluegreen_other{number}_forward_1", here=False) for number in range(3))
    spoiled = facts({"slots": others, "senders": ()}, {"subscriptions": standing}, wishes=Wishes(at_once=4))
    assert codes(spoiled) == []
    alone = facts({"slots": tuple(slot(f"x{number}", here=False) for number in range(6))}, wishes=Wishes(at_once=5))
    assert codes(alone) == ["BG106 blue", "BG108 blue", "BG108 green"]


def test_a_link_that_stands_keeps_its_lanes() -> None:
    standing = tuple(subscription(f"bluegreen_shop_forward_{lane}") for lane in (1, 2, 3))
    assert codes(facts(green={"subscriptions": standing}, wishes=Wishes(lanes=9))) == []


def test_a_migration_whose_name_begins_like_ours_is_another_one() -> None:
    used = tuple(slot(f"bluegreen_shop_eu{number}_forward_1", here=False) for number in range(10))
    assert codes(facts({"slots": used})) == ["BG106 blue"]


def test_definitions_that_were_dumped_and_restored_are_the_same() -> None:
    dumped = "CHECK (((felt)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[])))"
    restored = "CHECK (((felt)::text = ANY (ARRAY[('a'::character varying)::text, ('b'::character varying)::text])))"
    one, other, strange = (
        {"relations": (table(),), "constraints": (replace(constraint("c"), validated=True, definition=each),)}
        for each in (dumped, restored, "CHECK (felt > 1)")
    )
    assert codes(facts(one, other)) == []
    assert codes(facts(one, strange)) == ["BG192 green", "BG909 green"]


def test_a_full_identity_with_generated_columns_is_no_fault_before_18() -> None:
    full = table(identity="f", columns=(KEY, column("total", generated="s", formula="1")))
    assert codes(both(full, full)) == ["BG907 green"]


@pytest.mark.parametrize("identity", ["d", "f"])
def test_a_table_of_generated_columns_only_is_not_told_to_use_one_of_them(identity: str) -> None:
    made = table(identity=identity, key_immediate=None, identity_columns=(), columns=(replace(KEY, generated="s"),))
    mixed = replace(made, name=TableName("public", "mixed"), columns=(*made.columns, column("plain")))
    found = [one for one in examine(both(made, made)) if one.code in ("BG145", "BG907")]
    assert found
    for finding in found:
        assert "ADD id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY" in finding.fix
        assert "USING INDEX" not in finding.fix
        assert "FULL" not in finding.fix
    usual = [one.fix for one in examine(both(mixed, mixed)) if one.code in ("BG145", "BG907")]
    assert usual
    assert not any("ADD id" in fix for fix in usual)


def test_what_is_foreseen_is_no_fault_where_there_is_time() -> None:
    distant = Forecast(8_000_000, 120.0, 1e6, 1e8, 600.0, 1e6, 600.0, ())
    assert codes(facts(forecast=distant)) == []
    # With an existing link nothing has to be copied any more.
    soon = replace(distant, disk_full_seconds=1.0, slot_lost_seconds=1.0)
    assert codes(facts(green={"subscriptions": (subscription(OURS),)}, forecast=soon)) == []


def test_sessions_of_the_application_are_ended_by_a_member_of_its_role() -> None:
    without = {name: each for name, each in roles().items() if name != "pg_signal_backend"}
    member = {**without, "app": role("app", inherited=True)}
    assert codes(facts({"roles": member})) == []
    assert codes(facts({"roles": member}, application_roles=())) == ["BG903 blue"]


def test_a_setting_that_waits_for_a_restart_is_named() -> None:
    changed = settings(wal_level="replica")
    changed["wal_level"] = replace(changed["wal_level"], pending_restart=True)
    assert "waiting" in examine(facts({"settings": changed}))[0].fix


def test_an_identity_with_a_key_may_be_full() -> None:
    assert codes(on_blue(identity="f")) == []


def test_a_managed_service_needs_no_superuser() -> None:
    managed = {name: each for name, each in roles().items() if name != "pg_create_subscription"}
    managed["rds_superuser"] = role("rds_superuser", inherited=True)
    managed["rds_replication"] = role("rds_replication", link_inherits=True)
    managed["migrator"] = replace(managed["migrator"], replication=False)
    for allowed, found in (
        (servers.Allowed(subscribes=True, replicates=True), []),
        (servers.Allowed(subscribes=False, replicates=False), ["BG130 blue", "BG131 blue"]),
        (servers.Allowed(), ["BG130 blue", "BG131 blue"]),
    ):
        assert codes(replace(facts(), blue=side(Side.BLUE, 15, roles=managed, allowed=allowed))) == found


def test_a_table_that_a_physical_copy_has_too_may_be_partitioned_by_hash_of_an_enum() -> None:
    copied = (relation_facts.HashedByOid(USERS, "public.mood", "1 a, 2 b"),)
    mine, theirs = ({"relations": (table(),), "hashed_by_oid": copied} for _side in range(2))
    assert codes(facts(mine, theirs)) == []
    assert codes(facts(mine, {"relations": (table(),)})) == ["BG257 blue"]
    assert codes(facts(mine, excluded=frozenset({USERS}))) == []
    names = (relation_facts.HashedByOid(USERS, "regclass", None),)
    assert codes(facts({**mine, "hashed_by_oid": names}, {**theirs, "hashed_by_oid": names})) == ["BG257 blue"]


def test_a_failure_whose_reason_is_named_is_not_reported_again() -> None:
    refused = facts(
        {"roles": {**roles(), "migrator": replace(roles()["migrator"], replication=False)}},
        {"reach": servers.Reach("permission denied")},
    )
    assert codes(refused) == ["BG130 blue"]

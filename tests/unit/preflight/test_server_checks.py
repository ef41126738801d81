# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings and sessions of each server that would end, hold up or change what a link carries."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.preflight import servers
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.preflight.rule_checks import (
    crossing_references,
    different_formulas,
    looser_rules,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.preflight.schema_checks import (
    different_collations,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.preflight.server_checks import (
    different_settings,
    limited_slots,
    out_of_support,
    short_sender_timeout,
    untried,
    wal_level,
    wraparound,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.preflight.session_checks import (
    decoding_spills,
    long_transactions,
    rows_changed_by_settings,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.preflight.trial_checks import (
    extensions,
    not_to_the_end,
    others,
    owners,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.schema.relation_facts import Constraint
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.schema.surroundings import Surrounding
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.schema.trial import (
    EXTENSION,
    OTHER,
    OWNER,
    Refusal,
    Trial,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side
from tests.unit.preflight.examples import (
    OURS,
    USERS,
    both,
    column,
    extension,
    facts,
    role,
    roles,
    settings,
    side,
    slot,
    table,
    with_database,
)


@pytest.mark.parametrize(("value", "told"), [("0", False), ("1", True), ("59999", True), ("60000", False)])
def test_a_sender_is_not_cut_off_at_the_server_s_own_default_or_without_a_limit(value: str, told: bool) -> None:
    peer = replace(side(Side.BLUE, 17).peer, user="link")
    found = list(short_sender_timeout(facts({"settings": settings(wal_sender_timeout=value), "peer": peer})))
    assert [(str(one.side), one.fix) for one in found] == (
        [("blue", "ALTER ROLE \"link\" SET wal_sender_timeout = '5min';")] if told else []
    )


@pytest.mark.parametrize(
    ("keep", "told"),
    [
        ("-1", None),
        ("0", "0 bytes of WAL"),
        ("1024", "1.0 GB of WAL"),
        ("5", "5.0 MB of WAL"),
        ("102400", "100.0 GB of WAL"),
    ],
)
def test_a_slot_is_kept_up_to_a_limit_in_megabytes(keep: str, told: str | None) -> None:
    found = [one.what for one in limited_slots(facts({"settings": settings(max_slot_wal_keep_size=keep)}))]
    assert found == ([f"A link's slot is lost after {told}; the migration would have to start again"] if told else [])


@pytest.mark.parametrize(("age", "told"), [(300_000_000, False), (300_000_001, True)])
def test_vacuum_does_not_keep_up_from_one_and_a_half_times_its_limit_on(age: int, told: bool) -> None:
    assert bool(list(wraparound(with_database(facts(), Side.BLUE, frozen_age=age)))) is told


def test_a_setting_that_setup_will_bring_does_not_hide_those_after_it() -> None:
    green = {"settings": settings(TimeZone="Europe/Berlin", DateStyle="German")}
    base = facts(green=green)
    names = [name for one in different_settings(base) for name in one.objects]
    assert len(names) == 2
    for brought in names:
        subject = {"role": None, "parameter": brought, "database": True}
        left = different_settings(replace(base, trial=Trial(around=(Surrounding("setting", "a", "", subject),))))
        assert [name for one in left for name in one.objects] == [name for name in names if name != brought]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"spilled": 100, "decoded": 999}, True),
        ({"spilled": 99, "decoded": 0}, False),
        ({"spilled": 100, "decoded": 1000}, False),
        ({"spilled": 5, "decoded": 10}, False),
    ],
)
def test_a_link_spills_where_a_tenth_of_what_it_carries_does(changes: dict[str, int], told: bool) -> None:
    assert bool(list(decoding_spills(facts({"slots": (slot(OURS, **changes),)})))) is told
    assert not list(decoding_spills(facts({"slots": (slot("theirs", **changes),)})))


@pytest.mark.parametrize(("seconds", "told"), [(59.9, False), (60.0, True)])
def test_a_transaction_is_long_from_a_minute_on(seconds: float, told: bool) -> None:
    found = list(long_transactions(facts({"transactions": (servers.Transaction(7, "app", "shop", seconds),)})))
    assert bool(found) is told
    assert all("pg_terminate_backend(7);" in one.fix for one in found)


def test_a_setting_that_changes_rows_is_told_in_a_sentence() -> None:
    (found,) = rows_changed_by_settings(facts({"settings": settings(array_nulls="off")}))
    assert found.what.startswith("Sessions of our role, and so the workers of a link, begin with settings that change")
    assert found.objects == ("array_nulls = off",)


def test_a_rule_that_only_blue_has_is_told_and_one_that_both_have_is_not() -> None:
    def told(blue: bool, green: bool) -> list[str]:
        mine, theirs = (table(columns=(column("id", not_null=each),)) for each in (blue, green))
        return [name for one in looser_rules(both(mine, theirs)) for name in one.objects]

    assert told(blue=True, green=False) == ['public.users."id"']
    assert told(blue=False, green=True) == told(blue=True, green=True) == []


def test_formulas_differ_only_where_both_sides_compute() -> None:
    def told(blue: str, green: str) -> list[str]:
        mine, theirs = (
            table(columns=(column("a", generated="s" if each else "", formula=each or None, type_name=name),))
            for each, name in ((blue, "integer"), (green, "bigint"))
        )
        return [name for one in different_formulas(both(mine, theirs)) for name in one.objects]

    assert told("x + 1", "x + 2") == ['public.users."a"']
    assert told("x + 1", "") == told("", "x + 1") == told("x + 1", "(x + 1)") == []


def test_a_column_s_collation_is_named_or_the_default() -> None:
    mine, theirs = (table(columns=(column("a", "text", collation=each),)) for each in (None, "de"))
    assert "default, green de" in next(iter(different_collations(both(mine, theirs)))).what + str(
        [one.objects for one in different_collations(both(mine, theirs))]
    )
    assert "de, green default" in str([one.objects for one in different_collations(both(theirs, mine))])


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"refers_to": table("unlogged").name}, True),
        ({"refers_to": USERS}, False),
        ({"refers_to": None}, False),
        ({"table": table("unlogged").name, "refers_to": USERS}, True),
        ({"table": table("unlogged").name, "refers_to": table("unlogged").name}, False),
        ({"refers_to": table("unlogged").name, "kind": "c"}, False),
    ],
)
def test_a_foreign_key_crosses_where_one_of_its_tables_stays_behind(changes: dict[str, Any], told: bool) -> None:
    key = replace(Constraint(USERS, "fk", "f", validated=True), **changes)
    stays = {"relations": (table(), table("unlogged", persistence="u")), "constraints": (key,)}
    assert bool(list(crossing_references(facts(stays)))) is told


def test_an_owner_that_green_lacks_is_made_before_it_is_granted() -> None:
    def way(**green: Any) -> str:
        (reason,) = owners(facts(green=green, trial=Trial((Refusal(OWNER, "eve", "no"),))))
        return reason.fix

    assert way().startswith('CREATE ROLE "eve"; GRANT "eve" TO "migrator";')
    assert way(roles=roles(role("eve"))).startswith('GRANT "eve" TO "migrator";')
    assert way(roles=roles(role("eve", superuser=True))).startswith("On blue, give what eve owns another owner")


def test_a_long_message_of_the_server_is_cut() -> None:
    (reason,) = others(facts(trial=Trial((Refusal(OTHER, "VIEW v", "x" * 301),))))
    assert reason.fix.endswith(" -- VIEW v: " + "x" * 300)


def test_a_table_of_an_owner_whose_privileges_are_missing_is_told_once() -> None:
    blue = {"roles": roles(role("eve")), "relations": (table(owner="eve"), table("other"))}
    unread = Trial(unread=("public.users", "public.other"))
    assert [one.objects for one in not_to_the_end(facts(blue, trial=unread))] == [("public.other",)]


def test_an_extension_that_green_s_server_lacks_is_told_elsewhere() -> None:
    refused = Trial((Refusal(EXTENSION, "hstore", "no"), Refusal(EXTENSION, "postgis", "no")))
    blue = {"extensions": (extension("hstore", "1"), extension("postgis", "3"))}
    found = list(extensions(facts(blue, {"available": {"hstore": "1"}, "extensions": ()}, trial=refused)))
    assert [one.objects for one in found] == [("hstore",)]


def test_the_major_of_a_server_is_read_from_its_number() -> None:
    database = side(Side.BLUE, 17).database
    assert [replace(database, version=number).major for number in (169_999, 170_000, 179_999)] == [16, 17, 17]


@pytest.mark.parametrize(("today", "told"), [(None, []), (date(2026, 11, 12), []), (date(2026, 11, 13), [Side.BLUE])])
def test_a_version_is_out_of_support_on_the_day_after_its_last_release(today: date | None, told: list[Side]) -> None:
    found = list(out_of_support(replace(facts(today=today), blue=side(Side.BLUE, 14))))
    assert [one.side for one in found] == told
    assert all("2026-11-12" in one.what and one.objects == ("14",) for one in found)


def test_a_green_that_is_out_of_support_is_to_be_thought_over_and_one_that_is_not_known_is_not_told() -> None:
    old = replace(facts(today=date(2026, 11, 13)), blue=side(Side.BLUE, 14), green=side(Side.GREEN, 14))
    assert ["Otherwise" in one.fix or "otherwise" in one.fix for one in out_of_support(old)] == [False, True]
    unknown = replace(facts(today=date(2099, 1, 1)), blue=side(Side.BLUE, 99), green=side(Side.GREEN, 99))
    assert not list(out_of_support(unknown))


@pytest.mark.parametrize(("major", "told"), [(18, []), (19, [("19",)])])
def test_what_was_not_tried_is_told_by_its_number_so_that_it_can_be_accepted(
    major: int, told: list[tuple[str, ...]]
) -> None:
    found = list(untried(replace(facts(), green=side(Side.GREEN, major))))
    assert [one.objects for one in found] == told


@pytest.mark.parametrize(
    ("major", "level", "told"),
    [
        (18, "logical", False), (18, "replica", True), (18, "minimal", True),
        (19, "logical", False), (19, "replica", False), (19, "minimal", True),
    ],
)  # fmt: skip
def test_from_19_on_a_server_begins_to_decode_without_a_restart(major: int, level: str, told: bool) -> None:
    green = side(Side.GREEN, major, settings=settings(wal_level=level))
    assert bool(list(wal_level(replace(facts(), green=green)))) is told


@pytest.mark.parametrize(("major", "fix"), [(18, "ALTER DATABASE"), (19, "Let applications write E'…'")])
def test_strings_that_do_not_conform_are_the_applications_matter_from_19_on(major: int, fix: str) -> None:
    name = "standard_conforming_strings"
    blue = side(Side.BLUE, 17, settings=settings(**{name: "off"}))
    green = side(Side.GREEN, major, settings=settings(**{name: "on"}))
    [found] = different_settings(replace(facts(), blue=blue, green=green))
    assert (found.objects, found.fix.startswith(fix)) == ((name,), True)

# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the migration's own role lacks, on which side, by whose version, and before and after the schema has arrived."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.preflight.privilege_checks import (
    forced_row_security,
    no_replication,
    no_set_role,
    no_subscriptions,
    not_owner,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.preflight.reasons import Reason
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side
from tests.unit.preflight.examples import facts, role, roles, sequence, side, table

EVE = role("eve")


def told(reasons: Iterable[Reason]) -> list[tuple[str, tuple[str, ...]]]:
    """Return the side and the objects of each."""
    return [(str(one.side), tuple(map(str, one.objects))) for one in reasons]


def test_a_role_that_is_missing_is_named_as_the_link_s() -> None:
    peer = replace(side(Side.BLUE, 17).peer, user="nobody")
    (reason,) = no_replication(facts({"peer": peer}))
    assert reason.what == "Role nobody, which the link is to connect as, does not exist"
    assert reason.fix.startswith('CREATE ROLE "nobody" ')


@pytest.mark.parametrize(
    ("major", "fix"),
    [
        (15, 'Before PostgreSQL 16 it takes a superuser: ALTER ROLE "migrator" SUPERUSER;'),
        (16, 'GRANT pg_create_subscription TO "migrator";'),
    ],
)
def test_who_may_subscribe_is_the_version_s_word(major: int, fix: str) -> None:
    bare = {"migrator": role("migrator", replication=True)}
    (reason,) = no_subscriptions(replace(facts(), blue=side(Side.BLUE, major, roles=bare)))
    assert reason.fix == fix


def test_before_the_schema_has_arrived_green_s_owners_are_blue_s() -> None:
    both: dict[str, Any] = {"roles": roles(EVE)}
    blue = {**both, "relations": (table(owner="eve"),), "sequences": (sequence(owner="eve"),)}
    names = ("public.numbers", "public.users")
    assert told(not_owner(facts(blue, both))) == [("blue", names), ("green", names)]
    arrived = {**both, "relations": (table(),)}
    assert told(not_owner(facts(blue, arrived))) == [("blue", names)]
    assert told(not_owner(facts(blue))) == [("blue", names)], "a role that green lacks is told elsewhere"


@pytest.mark.parametrize(("major", "sides"), [(15, ["green"]), (16, ["blue", "green"])])
def test_a_subscription_writes_as_the_owner_from_16_on(major: int, sides: list[str]) -> None:
    owner = roles(role("owner", inherited=True, settable=False))
    blue = side(Side.BLUE, major, roles=owner, relations=(table(),))
    assert [one for one, _names in told(no_set_role(replace(facts(green={"roles": owner}), blue=blue)))] == sides


@pytest.mark.parametrize(
    ("rights", "stops"), [({}, True), ({"bypasses_row_security": True}, False), ({"superuser": True}, False)]
)
def test_forced_row_security_stops_nobody_who_bypasses_it(rights: dict[str, Any], stops: bool) -> None:
    forced = {"relations": (table(owner="eve", row_security_forced=True),)}
    there = roles(replace(EVE, **rights))
    found = [("blue", ("public.users",)), ("green", ("public.users",))] if stops else []
    assert told(forced_row_security(facts({**forced, "roles": there}, {**forced, "roles": there}))) == found
    assert told(forced_row_security(facts({**forced, "roles": there}, forced))) == found, "one side knows the role"

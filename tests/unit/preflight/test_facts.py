# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What belongs to this migration: by name, by database and by the subscription that a slot was made for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side
from tests.unit.preflight.examples import OURS, facts, role, roles, side, slot, subscription

STANDING = (subscription(OURS), subscription(OURS, here=False), subscription("mine"))


def test_a_subscription_is_ours_by_its_name_in_this_database() -> None:
    found = facts(green={"subscriptions": STANDING})
    assert found.own_subscriptions(found.green) == [STANDING[0]]
    assert found.own_subscriptions(found.blue) == []


@pytest.mark.parametrize(
    ("name", "ours"),
    [
        ("pg_16400_sync_1_7002", True),
        ("pg_16401_sync_1_7002", False),
        ("pg_16402_sync_1_7002", False),
        ("pg_99_sync_1_7002", False),
        ("pg_16400_sync_1_7001", False),
        (OURS, False),
    ],
)
def test_a_slot_of_a_first_copy_is_ours_by_its_subscription_and_its_system(name: str, ours: bool) -> None:
    standing = (STANDING[0], replace(STANDING[1], oid="16401"), replace(STANDING[2], oid="16402"))
    found = facts({"slots": (slot(name),)}, {"subscriptions": standing})
    assert found.is_our_sync_slot(found.blue, name) is ours


def test_a_role_that_is_missing_does_not_replicate() -> None:
    peer = replace(side(Side.BLUE, 17).peer, user="nobody")
    assert side(Side.BLUE, 17).link_replicates
    assert not side(Side.BLUE, 17, peer=peer).link_replicates
    assert not side(Side.BLUE, 17, roles=roles(role("migrator"))).link_replicates


def test_only_a_managed_service_s_role_may_stand_in_where_a_right_is_missing() -> None:
    bare = {"migrator": role("migrator")}
    subscriber, sender = role("rds_superuser", inherited=True), role("rds_replication", link_inherits=True)
    managed = {**bare, subscriber.name: subscriber, sender.name: sender}
    by_service = side(Side.BLUE, 17, roles=managed)
    assert (by_service.may_subscribe_by_service, by_service.may_replicate_by_service) == (True, True)
    for without in (
        side(Side.BLUE, 17, roles=bare),
        side(Side.BLUE, 17, roles={**bare, "rds_superuser": role("rds_superuser")}),
        side(Side.BLUE, 17, roles={**managed, "migrator": role("migrator", superuser=True)}),
        side(Side.BLUE, 17),
    ):
        assert (without.may_subscribe_by_service, without.may_replicate_by_service) == (False, False)
    nobody = replace(by_service.peer, user="nobody")
    assert not replace(by_service, peer=nobody).may_replicate_by_service, "a role that is missing has no rights"

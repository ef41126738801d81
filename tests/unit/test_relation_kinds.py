# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each kind × persistence × membership has one verdict, and SQL's conditions say the same."""

from __future__ import annotations

from itertools import product

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.preflight.checks import CODES
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.relation_kinds import (
    Kind,
    Membership,
    Persistence,
    gated_kinds,
    kinds_that_take_part,
    verdict,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.sql.catalog import IS_USERS, IS_WRITTEN

EVERY = list(product(Kind, Persistence, Membership))


@pytest.mark.parametrize(("kind", "persistence", "membership"), EVERY)
def test_what_holds_of_every_relation(kind: Kind, persistence: Persistence, membership: Membership) -> None:
    found = verdict(kind, persistence, membership)
    stays = membership in (Membership.OURS, Membership.SYSTEMS) or persistence is Persistence.TEMPORARY
    assert not stays or not (found.compared or found.gated or found.finding)
    assert not found.published or (found.gated and found.copied)
    assert found.compared or not found.copied, "nothing gets to green that no comparison reads"
    assert not found.compared or membership is Membership.USERS
    assert not found.finding or found.finding in CODES


def test_whatever_holds_rows_of_somebody_is_gated_and_what_stays_behind_is_named() -> None:
    holds = (Kind.TABLE, Kind.PARTITIONED, Kind.FOREIGN_TABLE)
    lasts = (Persistence.PERMANENT, Persistence.UNLOGGED)
    for kind, persistence, membership in product(holds, lasts, (Membership.USERS, Membership.EXTENSIONS)):
        if (kind, persistence) == (Kind.FOREIGN_TABLE, Persistence.UNLOGGED):
            continue  # PostgreSQL has none
        found = verdict(kind, persistence, membership)
        assert found.gated
        assert found.published or found.finding


@pytest.mark.parametrize(("condition", "kinds"), [(IS_USERS, kinds_that_take_part()), (IS_WRITTEN, gated_kinds())])
def test_the_conditions_of_sql_follow_the_list(condition: str, kinds: list[tuple[str, str]]) -> None:
    assert kinds
    for kind, persistence in product(Kind, Persistence):
        pair = (kind.value, persistence.value)
        assert (str(pair) in condition) is (pair in kinds)


_CONTENTS = ("copied", "published", "compared")


@pytest.mark.parametrize(
    ("kind", "persistence", "gated", "contents"),
    [
        (Kind.TABLE, Persistence.PERMANENT, True, _CONTENTS),
        (Kind.TABLE, Persistence.UNLOGGED, True, ()),
        (Kind.PARTITIONED, Persistence.PERMANENT, True, ("compared",)),
        (Kind.FOREIGN_TABLE, Persistence.PERMANENT, True, ()),
        (Kind.VIEW, Persistence.PERMANENT, True, ()),
        (Kind.MATERIALIZED_VIEW, Persistence.PERMANENT, False, ("compared",)),
        (Kind.SEQUENCE, Persistence.PERMANENT, False, ("copied", "compared")),
        (Kind.SEQUENCE, Persistence.UNLOGGED, False, ("copied", "compared")),
    ],
)
def test_what_becomes_of_the_users_relations(
    kind: Kind, persistence: Persistence, gated: bool, contents: tuple[str, ...]
) -> None:
    found = verdict(kind, persistence, Membership.USERS)
    assert (found.gated, tuple(name for name in _CONTENTS if getattr(found, name))) == (gated, contents)
    assert ((kind.value, persistence.value) in kinds_that_take_part()) is bool(contents)

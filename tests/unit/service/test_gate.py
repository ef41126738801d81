# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The result of a gate's installation, guard and cleanup, as check mode shows it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.relations import TableName
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.service.gate import GateFacts

USERS, ORDERS, OTHERS = (TableName("public", name) for name in ("users", "orders", "of_somebody_else"))
HALF = GateFacts(gated=(USERS,), ungated=(ORDERS,), out_of_reach=(OTHERS,), worn=(USERS, OTHERS), may_guard=True)


@pytest.mark.parametrize("fenced", [True, False])
def test_after_the_installation_every_table_within_reach_wears_the_gate(fenced: bool) -> None:
    after = HALF.with_everything(fenced)
    assert (after.gated, after.ungated, after.out_of_reach) == ((ORDERS, USERS), (), (OTHERS,))
    assert after.worn == tuple(sorted([ORDERS, USERS, OTHERS]))
    assert (after.journal, after.installed, after.exempt) == (True, True, True)
    assert (after.fenced, after.signpost, after.wide_open) == (fenced, fenced, not fenced)
    assert after.with_everything(fenced) == after, "the second run changes nothing"


def test_a_guard_is_there_where_our_role_may_make_one() -> None:
    assert HALF.guarded("block").guard == "block"
    assert GateFacts().guarded("block").guard == "", "a right that nobody has read is none"
    assert replace(HALF, may_guard=False).guarded("block").guard == ""
    assert replace(HALF, may_guard=False, guard="warn").guarded("block").guard == "warn"


@pytest.mark.parametrize("keeps_journal", [True, False])
def test_cleanup_leaves_the_side_out_of_service_fenced_and_takes_all_from_the_other(keeps_journal: bool) -> None:
    fenced = replace(HALF.with_everything(fenced=True), guard="block")
    left = fenced.without_bookkeeping(serves=False, keeps_journal=keeps_journal)
    assert left == replace(fenced, journal=keeps_journal, exempt=False, guard="")
    assert (left.fenced, left.signpost, left.installed) == (True, True, True)
    serving = replace(HALF, guard="block", wide_open=True).without_bookkeeping(serves=True, keeps_journal=keeps_journal)
    assert serving == GateFacts(
        journal=keeps_journal, ungated=(ORDERS, USERS), out_of_reach=(OTHERS,), may_guard=True
    ), "nothing of the gate is left where applications write"


def test_the_result_names_every_table_that_lacks_the_gate() -> None:
    assert HALF.as_result() == {
        "journal": False,
        "installed": False,
        "fenced": False,
        "signpost": False,
        "exempt": False,
        "wide_open": False,
        "gated_tables": 1,
        "ungated": ["public.orders", "public.of_somebody_else"],
        "ddl_guard": "off",
    }
    whole = replace(HALF.with_everything(fenced=False), guard="warn").as_result()
    assert (whole["gated_tables"], whole["wide_open"], whole["ddl_guard"]) == (2, True, "warn")

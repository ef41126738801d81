# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan without steps changes nothing."""

from __future__ import annotations

from functools import partial

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.facts import Report
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.plan import Plan, Step


def test_a_plan_changes_what_its_steps_say_in_their_order() -> None:
    state = Report({"x": 1})
    assert not Plan(state).changes
    done: list[str] = []
    plan = Plan(state, tuple(Step(title, partial(done.append, title)) for title in ("publish it", "subscribe to it")))
    assert (plan.changes, plan.titles) == (True, ["publish it", "subscribe to it"])
    plan.perform()
    assert done == plan.titles


def test_a_report_shows_what_was_read_and_no_change() -> None:
    assert (Report({"x": 1}).as_result(), Report({"x": 1}).as_diff()) == ({"x": 1}, "")

# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is foreseen: each limit at its edge, and what is unknown is no reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.preflight import forecast_checks
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.preflight.facts import Facts
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.preflight.outlook import Forecast, Wishes
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.preflight.reasons import Reason
from tests.unit.preflight.examples import OURS, facts, subscription

TOLD = Forecast(8_000_000, 120.0, 1e6, 1e8, None, None, None, ())
STANDING = {"subscriptions": (subscription(OURS),)}
Check = Callable[[Facts], Iterator[Reason]]


def speaks(check: Check, green: dict[str, Any] | None = None, /, **changes: Any) -> bool:
    """Tell whether a check finds something in a forecast that differs like this."""
    return bool(list(check(facts(green=green, forecast=replace(TOLD, **changes)))))


@pytest.mark.parametrize(
    ("check", "name"),
    [(forecast_checks.disk_full, "disk_full_seconds"), (forecast_checks.slot_lost, "slot_lost_seconds")],
)
def test_what_is_full_when_the_copy_ends_is_full_too_early(check: Check, name: str) -> None:
    assert [speaks(check, **{name: seconds}) for seconds in (119.0, 120.0, 120.1)] == [True, True, False]
    assert not speaks(check)
    assert not speaks(check, **{name: 1.0, "copy_seconds": None})
    assert not speaks(check, STANDING, **{name: 1.0})
    assert list(check(facts())) == []


def test_one_snapshot_may_be_held_for_less_than_an_hour() -> None:
    held = forecast_checks.held_snapshot
    assert [speaks(held, copy_seconds=seconds) for seconds in (3599.9, 3600.0)] == [False, True]
    assert not speaks(held, copy_seconds=None)
    assert not speaks(held, STANDING, copy_seconds=3600.0)
    native = facts(forecast=replace(TOLD, copy_seconds=3600.0), wishes=Wishes(copy="native"))
    assert list(held(native)) == list(held(facts())) == []


def test_transaction_ids_have_to_last_for_a_day_and_for_the_copy() -> None:
    trouble, day = forecast_checks.vacuum_trouble, 86_400.0
    assert [speaks(trouble, wraparound_seconds=seconds) for seconds in (day, day + 1)] == [True, False]
    assert speaks(trouble, wraparound_seconds=day, copy_seconds=None)
    assert not speaks(trouble, wraparound_seconds=day + 1, copy_seconds=None)
    long = {"copy_seconds": 2 * day}
    assert [speaks(trouble, wraparound_seconds=seconds, **long) for seconds in (2 * day, 2 * day + 1)] == [True, False]
    assert not speaks(trouble, STANDING, wraparound_seconds=2 * day, **long), "the copy is over"
    assert speaks(trouble, STANDING, wraparound_seconds=day, **long)
    assert not speaks(trouble)
    assert list(trouble(facts())) == []

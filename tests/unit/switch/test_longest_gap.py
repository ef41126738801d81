# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long a switch can have kept a client waiting."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.switch.longest_gap import longest_gap


def _steps(*told: tuple[str, float | None]) -> list[dict[str, Any]]:
    return [{"title": title, "milliseconds": milliseconds} for title, milliseconds in told]


def test_steps_after_the_routes_are_led_keep_nobody_waiting() -> None:
    steps = _steps(("a", 3.0), ("beside a", 3.0), ("lead the routes", 1.0), ("b", 2.0), ("c", 0.5))
    assert longest_gap(steps, 7.0) == pytest.approx(4.5)
    assert longest_gap(steps[:3], 7.0) == pytest.approx(7.0)


def test_a_wait_is_unknown_where_the_routes_were_not_led_or_a_time_is_missing() -> None:
    assert longest_gap(_steps(("a", 3.0)), 3.0) is None
    assert longest_gap(_steps(("lead the routes", 1.0), ("b", None)), 3.0) is None

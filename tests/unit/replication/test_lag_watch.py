# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When replication is late: a row that did not arrive is as late as can be."""

from __future__ import annotations

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.replication.lag_watch import (
    Lag,
    anything_late,
)


@pytest.mark.parametrize(("seconds", "late"), [(None, True), (5.1, True), (5.0, False), (0.0, False)])
def test_it_is_late_above_its_limit_and_where_nobody_knows(seconds: float | None, late: bool) -> None:
    assert Lag(seconds).late(5.0) is late
    assert anything_late({"forward": Lag(0.1), "reverse": Lag(seconds)}, 5.0) is late


def test_no_direction_is_late_where_there_is_none() -> None:
    assert not anything_late({}, 5.0)
    assert Lag(None, "no row came").as_result() == {"seconds": None, "reason": "no row came"}

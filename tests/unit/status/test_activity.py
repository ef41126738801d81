# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors since an earlier reading: what cannot be known is not none."""

from __future__ import annotations

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.status.activity import errors_since

NOW = {"counted_since": "monday", "rollbacks": 5, "deadlocks": 1, "conflicts": 0}
UNKNOWN = dict.fromkeys(("rollbacks", "deadlocks", "conflicts"))


@pytest.mark.parametrize(
    ("baseline", "added"),
    [
        (None, UNKNOWN),
        ({}, UNKNOWN),
        ({**NOW, "counted_since": "sunday"}, UNKNOWN),
        (NOW, {"rollbacks": 0, "deadlocks": 0, "conflicts": 0}),
        ({**NOW, "rollbacks": 2}, {"rollbacks": 3, "deadlocks": 0, "conflicts": 0}),
        ({**NOW, "rollbacks": 6}, {"rollbacks": None, "deadlocks": 0, "conflicts": 0}),
        ({**NOW, "deadlocks": None}, {"rollbacks": 0, "deadlocks": None, "conflicts": 0}),
        ({"counted_since": "monday", "rollbacks": 5}, {"rollbacks": 0, "deadlocks": None, "conflicts": None}),
    ],
)
def test_only_what_both_readings_know_is_counted(
    baseline: dict[str, object] | None, added: dict[str, int | None]
) -> None:
    assert errors_since(baseline, NOW) == added

# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The activity of both sides: connections, writes, errors, sizes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..._domain.facts import Report
from ..._domain.sides import Side
from ..._domain.status.activity import errors_since
from ..._postgres.status.activity import read_activity
from ..ports import Ports


class ActivityInfo:
    """Reads statistics of both sides; writes nothing."""

    def __init__(self, params: Mapping[str, Any], ports: Ports) -> None:
        self._baseline: Mapping[str, Any] = params["baseline"]
        self._sides = ports.sides

    def probe(self) -> Report:
        """Read both sides."""
        activity = {str(side): read_activity(self._sides.session(side)) for side in Side}
        counters = {side: seen["errors"] for side, seen in activity.items()}
        added = {side: errors_since(self._baseline.get(side), now) for side, now in counters.items()}
        return Report({"activity": activity, "counters": counters, "errors_since_baseline": added})

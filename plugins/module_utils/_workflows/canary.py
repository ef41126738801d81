# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Canaries: a row through every lane of each live direction, its round-trip time, removed again."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.clock import Deadline
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.facts import Report
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Direction
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres import marker
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.lanes import read_lanes

from .ports import Ports
from .reading import Reading
from .waiting import require_living_lanes, send_markers, wait_for_markers

_PURPOSE = "canary"


class Canary(Reading):
    """Sends a canary through every direction that has an enabled subscription; in check mode only names them."""

    def __init__(self, params: Mapping[str, Any], ports: Ports) -> None:
        self._timeout: float = params["timeout"]
        self._excluded: list[str] = params["exclude_tables"]
        self._may_write: bool = ports.may_write
        self._sides = ports.sides

    def observe(self) -> Report:
        """Send the canaries one direction after the other."""
        canaries: dict[str, Any] = {}
        for direction in Direction:
            lanes = read_lanes(self._sides, direction, self._excluded)
            if all(facts.subscription and facts.enabled for _spec, facts in lanes):
                canaries[str(direction)] = {"milliseconds": self._fly(direction) if self._may_write else None}
        return Report({"canaries": canaries})

    def _fly(self, direction: Direction) -> float:
        specs = [spec for spec, _facts in read_lanes(self._sides, direction, self._excluded)]
        publisher, subscriber = self._sides.session(direction.publisher), self._sides.session(direction.subscriber)
        require_living_lanes(publisher, subscriber, specs)
        deadline = Deadline(self._timeout, f"The canary {direction}")
        started = time.monotonic()
        tokens = send_markers(publisher, specs, _PURPOSE)
        try:
            wait_for_markers(self._sides, direction, specs, tokens, deadline)
            return round((time.monotonic() - started) * 1000, 1)
        finally:
            marker.remove_markers(publisher, tokens)
            marker.keep_markers(publisher, tokens)

# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sequences of a switch: the new side goes on where the old one ended."""

from __future__ import annotations

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.relations import TableName
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.switch import sequence_targets
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres import switch

from .switch_request import SwitchRequest


class Sequences:
    """What the new side's sequences were advanced to: all of them before anybody is held, few under the fence."""

    def __init__(self, request: SwitchRequest) -> None:
        self._request = request
        self._advanced: set[tuple[TableName, int]] = set()

    def carry_over(self) -> None:
        """Advance those that do not stand where they have to; too far is no harm on a side that is out of service.

        :raises MigrationError: BG008 when one may not be read
        """
        sides, target = self._request.sides, self._request.target
        targets = sequence_targets(switch.read_sequences(sides.session(target.other)), self._request.sequence_headroom)
        behind = [one for one in targets if one not in self._advanced]
        if behind:
            switch.advance_sequences(sides.session(target), behind)
        self._advanced.update(behind)

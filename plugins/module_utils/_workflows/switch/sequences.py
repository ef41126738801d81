# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sequences of a switch: the new side continues where the old one ended."""

from __future__ import annotations

from ..._domain.relations import TableName
from ..._domain.sequences import sequence_targets
from ..._postgres import sequences
from ..go_no_go.request import SwitchRequest


class Sequences:
    """The values that the new side's sequences were advanced to: all of them before anybody is held, few under the
    fence."""

    def __init__(self, request: SwitchRequest) -> None:
        self._request = request
        self._targets: list[tuple[TableName, int]] = []
        self._advanced: set[tuple[TableName, int]] = set()

    def plan(self) -> None:
        """Let the old side's server plan the query that :meth:`read` sends while clients are held."""
        sequences.plan_reading(self._request.sides.session(self._request.target.other))

    def read(self) -> None:
        """Read the values of the old side's sequences.

        :raises MigrationError: BG008 when one may not be read
        """
        found = sequences.read_sequences(self._request.sides.session(self._request.target.other))
        self._targets = sequence_targets(found, self._request.sequence_headroom)

    def carry_over(self) -> None:
        """Advance those whose values are too low; a value that is too high does no harm on a side out of service."""
        behind = [one for one in self._targets if one not in self._advanced]
        if behind:
            sequences.advance_sequences(self._request.sides.session(self._request.target), behind)
        self._advanced.update(behind)

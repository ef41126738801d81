# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asking, before anything else, what a playbook does in the migration's situation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..._domain.errors import DatabaseError, MigrationError
from ..._domain.facts import Report
from ..._domain.phase_names import PREPARE
from ..._domain.sides import Side
from ..._domain.status.playbooks import BY_CODE, REFUSE, WORK, cell_of, refusal, row_in_words
from ..._domain.status.standing import Standing, in_words
from ..._postgres.service.journal import has_journal
from ..ports import Ports
from .standing import read_standing

_TAKEN_NAMES = "BG138"


class PhaseInfo:
    """Reads both sides and looks the phase up in the table; writes nothing."""

    def __init__(self, params: Mapping[str, Any], ports: Ports) -> None:
        self._phase: str = params["phase"]
        self._sides = ports.sides
        self._may_write = ports.may_write

    def probe(self) -> Report:
        """Return what the phase does here.

        :raises MigrationError: with the code of its cell when it refuses
        """
        try:
            stands = read_standing(self._sides)
        except MigrationError as error:
            if self._phase == PREPARE and (error.code == _TAKEN_NAMES or self._is_of_a_green_to_come(error)):
                return _answer(WORK, "", Standing.NOTHING, "", None)  # preflight reports it along with everything else
            if error.code in BY_CODE:
                standing = BY_CODE[error.code]
                error.details.update({"refused": self._phase, "standing": standing.name.lower()})
            raise
        if self._phase == PREPARE and stands.missing is Side.GREEN and not has_journal(self._sides.blue):
            return _answer(WORK, "", Standing.NOTHING, "", None)
        cell = cell_of(self._phase, stands.standing, self._may_write)
        where = in_words(stands.standing, stands.situation)
        if cell.does == REFUSE:
            raise stands.lost.error() if stands.lost else refusal(self._phase, stands.standing, where)
        return _answer(cell.does, cell.why, stands.standing, where, stands.situation.in_service)

    def _is_of_a_green_to_come(self, error: MigrationError) -> bool:
        """Tell whether green alone could not be connected to, and nothing of the migration lies on blue."""
        return (
            isinstance(error, DatabaseError)
            and error.details.get("side") == str(Side.GREEN)
            and not has_journal(self._sides.blue)
        )


def _answer(does: str, why: str, standing: Standing, where: str, serves: Side | None) -> Report:
    return Report(
        {
            "does": does,
            "why": why,
            "standing": standing.name.lower(),
            "where": where,
            "lines": row_in_words(standing),
            "in_service": str(serves) if serves else None,
        }
    )

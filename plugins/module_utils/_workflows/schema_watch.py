# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Watching that nobody changes the schema of the side in service while a switch is under way."""

from __future__ import annotations

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.schema import changed_parts
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.readiness import (
    LastLook,
    plan_last_look,
    read_last_look,
    read_shape_in_words,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.session import Session


class SchemaWatch:
    """The shape of a side's tables as it was at the beginning."""

    def __init__(self, session: Session) -> None:
        self._session = session
        plan_last_look(session)
        self.shape = read_last_look(session).shape
        self._before = read_shape_in_words(session)

    def expect(self, shape: str) -> None:
        """Take what the switch itself changes for what has to be there."""
        self.shape = shape

    def changes(self, now: LastLook) -> list[str]:
        """Return in words what has changed since; nothing when the side is as it was."""
        if now.shape == self.shape:
            return []
        return changed_parts(self._before, read_shape_in_words(self._session)) or ["something was made anew"]

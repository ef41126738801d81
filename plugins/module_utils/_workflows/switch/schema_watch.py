# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks that nobody changes the schema of the side in service while a switch is under way."""

from __future__ import annotations

from dataclasses import replace

from ..._domain.schema.objects import changed_parts
from ..._postgres.go_no_go.readiness import (
    LastLook,
    plan_looks,
    read_gates_mark,
    read_last_look,
    read_quick_look,
    read_shape_in_words,
)
from ..._postgres.session import Session
from ..._postgres.switch.left_behind import read_harmless


class SchemaWatch:
    """The recorded state of a side's tables and gates.

    ``harmless``: the roles that could not pass the gates. ``standbys``: one streamed from this side at the last look.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        plan_looks(session)
        self._quick = read_quick_look(session)
        self.standbys = self._quick.standbys
        read_gates_mark(session)  # planned at its first execution, so the next one, after the commit, is faster
        self.harmless = read_harmless(session)
        self._careful = read_last_look(session)
        self._before = read_shape_in_words(session)

    @property
    def gates(self) -> str:
        """Return the mark of everything that could let a session write past the gate, as of the last check."""
        return self._quick.gates

    def look(self) -> LastLook:
        """Check again: quickly if nothing has changed since the last thorough check, thoroughly otherwise."""
        now = read_quick_look(self._session)
        self.standbys = now.standbys
        if (now.gates, now.forms) == (self._quick.gates, self._quick.forms):
            return replace(self._careful, large_objects=now.large_objects, prepared=now.prepared)
        self._quick = now
        self.harmless = read_harmless(self._session)
        return read_last_look(self._session)

    def expect_changes_of(self, session: Session) -> None:
        """Accept what the switch itself changes, in the open transaction of ``session``, as the expected state."""
        self._quick = replace(self._quick, gates=read_gates_mark(session))

    def changes(self, now: LastLook) -> list[str]:
        """Describe what has changed since; nothing if the side is unchanged."""
        if now.shape == self._careful.shape:
            return []
        return changed_parts(self._before, read_shape_in_words(self._session)) or ["something was made anew"]

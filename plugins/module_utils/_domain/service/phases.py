# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Phases in the journal: how each ended, and when a new row is needed."""

from __future__ import annotations

from collections.abc import Iterable

from ..errors import MigrationError
from ..phase_names import CLEANUP, DONE, FAILED, PHASES, PREPARE
from .journal import PHASE, Entry


def last_of_phase(story: Iterable[Entry], phase: str) -> Entry | None:
    """Return the newest row of ``phase``, ``None`` if it never ended.

    :param story: rows by time, oldest first
    """
    rows = [entry for entry in story if entry.event == PHASE and entry.details.get("phase") == phase]
    return rows[-1] if rows else None


def states_of_phases(story: Iterable[Entry]) -> dict[str, str]:
    """Return how each phase last ended, in the order of the phases."""
    story = list(story)
    newest = {phase: last_of_phase(story, phase) for phase in PHASES}
    return {phase: str(entry.details.get("state")) for phase, entry in newest.items() if entry is not None}


def require_not_ended(story: Iterable[Entry], migration: str) -> None:
    """Refuse to begin under the name of a finished migration: its journal, which was kept, would mix two migrations.

    :raises MigrationError: BG704
    """
    end = last_of_phase(story, CLEANUP)
    if end is not None and end.details.get("state") == DONE:
        raise MigrationError(
            "BG704",
            f"The name {migration} is used twice: a migration of that name ended with cleanup at {end.at}",
            "Nothing was changed",
            "Set another bluegreen_migration for the new one",
        )


def begins_a_story(phase: str, state: str) -> bool:
    """Tell whether a row may be a migration's first; otherwise a refused playbook would count as its beginning."""
    return phase == PREPARE and state == DONE


def deserves_a_row(last: Entry | None, state: str, did_anything: bool) -> bool:
    """Tell whether the end of a phase is news for the journal.

    A failure always is; a success is if something was done, or if the phase's newest row is not a success.
    """
    if state == FAILED or did_anything:
        return True
    return last is None or last.details.get("state") != DONE

# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Steps with their undo, timed, up to a point of no return."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Callable

from ..._domain.errors import MigrationError
from ..._domain.plan import Record, Step


class StepStopped(Exception):
    """A step did not succeed; if ``undo_failures`` is empty, the earlier steps have been undone."""

    def __init__(self, step: str, cause: MigrationError, undo_failures: tuple[str, ...]) -> None:
        super().__init__(f"{step}: {cause}")
        self.step = step
        self.cause = cause
        self.undo_failures = undo_failures


class _Failed(Exception):
    def __init__(self, step: str, cause: MigrationError) -> None:
        super().__init__(step)
        self.step = step
        self.cause = cause


class CriticalSection:
    """Runs steps one after the other; a failure before the point of no return undoes all steps that had begun.

    ``before_undo`` is called before the first undo.
    """

    def __init__(self, before_undo: Callable[[], None]) -> None:
        self._before_undo = before_undo
        self.record = Record()
        self._undos: list[tuple[str, Callable[[], None]]] = []
        self._left: list[str] = []

    def run(self, title: str, action: Callable[[], None], undo: Callable[[], None] | None = None) -> None:
        """Run one step that changes something; its undo is registered first, since a step may fail halfway.

        :raises StepStopped: when it fails, after everything was undone
        """
        self.run_beside([Step(title, action, undo)])

    def look(self, title: str, action: Callable[[], None]) -> None:
        """Run one step that only looks or waits.

        :raises StepStopped: as :meth:`run` does
        """
        self.run_beside([Step(title, action, changes=False)])

    def run_beside(self, here: Sequence[Step], there: Sequence[Step] = ()) -> None:
        """Run two series of steps in parallel, each in its order; after a failure both end before anything is undone.

        The two must not share a session.

        :raises StepStopped: as :meth:`run` does
        """
        self._undos += [(step.title, step.undo) for step in (*here, *there) if step.undo is not None]
        try:
            if there:
                with ThreadPoolExecutor(1) as aside:
                    other = aside.submit(self._run_row, there)
                    self._run_row(here)
                other.result()
            else:
                self._run_row(here)
        except _Failed as failed:
            raise StepStopped(failed.step, failed.cause, tuple(self._undo_all())) from failed.cause

    def _run_row(self, row: Sequence[Step]) -> None:
        for step in row:
            self._run_step(step)

    def _run_step(self, step: Step) -> None:
        try:
            self.record.perform(step)
        except MigrationError as error:
            raise _Failed(step.title, error) from error

    def pass_point_of_no_return(self) -> None:
        """Discard every undo: from now on the switch only goes forward."""
        self._undos.clear()

    def leave_undone(self, why: str) -> None:
        """Discard every undo, because nobody can know here whether undoing would be right."""
        self._undos.clear()
        self._left.append(why)

    def _undo_all(self) -> list[str]:
        failures = list(self._left)
        if self._undos:
            self._before_undo()
        while self._undos:
            name, undo = self._undos.pop()
            try:
                self.record.perform(Step(f"undo: {name}", undo))
            except MigrationError as error:
                failures.append(f"{name}: {error}")
        return failures

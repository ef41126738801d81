# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Steps with their undo, timed, up to a point of no return."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Callable

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.errors import MigrationError


class StepStopped(Exception):
    """A step did not succeed; what came before it has been undone when ``undo_failures`` is empty."""

    def __init__(self, step: str, cause: MigrationError, undo_failures: tuple[str, ...]) -> None:
        super().__init__(f"{step}: {cause}")
        self.step = step
        self.cause = cause
        self.undo_failures = undo_failures


class CriticalSection:
    """Runs steps one after the other; a failure before the point of no return undoes those that were begun.

    ``before_undo`` is called before the first undo.
    """

    def __init__(self, before_undo: Callable[[], None]) -> None:
        self._before_undo = before_undo
        self.steps: list[tuple[str, float]] = []
        self._undos: list[tuple[str, Callable[[], None]]] = []
        self._left: list[str] = []

    def run(self, name: str, action: Callable[[], None], undo: Callable[[], None] | None = None) -> None:
        """Run one step; its undo is registered before it begins, since a step may fail half-way.

        :raises StepStopped: when it fails, after everything was undone
        """
        if undo is not None:
            self._undos.append((name, undo))
        try:
            with self._timed(name):
                action()
        except MigrationError as error:
            raise StepStopped(name, error, tuple(self._undo_all())) from error

    def pass_point_of_no_return(self) -> None:
        """Forget every undo: from here on it only goes forward."""
        self._undos.clear()

    def leave_undone(self, why: str) -> None:
        """Forget every undo as well, since it cannot be known here whether it would be right."""
        self._undos.clear()
        self._left.append(why)

    @contextmanager
    def _timed(self, name: str) -> Iterator[None]:
        started = time.monotonic()
        try:
            yield
        finally:
            self.steps.append((name, time.monotonic() - started))

    def _undo_all(self) -> list[str]:
        failures = list(self._left)
        if self._undos:
            self._before_undo()
        while self._undos:
            name, undo = self._undos.pop()
            try:
                with self._timed(f"undo: {name}"):
                    undo()
            except MigrationError as error:
                failures.append(f"{name}: {error}")
        return failures

# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A workflow's plan: its steps, the resulting state, and how results show steps."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Callable, Generic, Protocol, TypeVar


def in_milliseconds(seconds: float) -> float:
    """Return milliseconds to a tenth."""
    return round(seconds * 1000, 1)


class Found(Protocol):
    """What a probe has found."""

    def as_result(self) -> dict[str, Any]:
        """Return it JSON-ready, for the module's result."""


class State(Found, Protocol):
    """What a workflow has observed, or expects to observe."""

    def as_diff(self) -> str:
        """Return it as stable text, one fact per line, for Ansible's diff."""


S = TypeVar("S", bound=State)


@dataclass(frozen=True)
class StepResult:
    """A step as results and journals show it; ``milliseconds`` is ``None`` before it is done."""

    title: str
    milliseconds: float | None
    changed: bool

    def as_result(self) -> dict[str, Any]:
        """Return it JSON-ready."""
        return asdict(self)


@dataclass(frozen=True)
class Began:
    """When a step began, in milliseconds since the first one did."""

    step: StepResult
    began: float

    def as_result(self) -> dict[str, Any]:
        """Return it JSON-ready."""
        return {**self.step.as_result(), "began": self.began}


@dataclass(frozen=True)
class Step:
    """One thing to do. An action that consists of several steps returns their results, which replace its own.

    ``undo`` takes back what ``action`` did, or had begun. ``changes`` is false for a step that only looks or waits.
    """

    title: str
    action: Callable[[], Sequence[StepResult] | None]
    undo: Callable[[], None] | None = None
    changes: bool = True

    def result(self, seconds: float | None = None) -> StepResult:
        """Return its result after so many seconds; ``None``: before it is done."""
        return StepResult(self.title, None if seconds is None else in_milliseconds(seconds), self.changes)


class Record:
    """The steps that were done, in the order in which they ended."""

    def __init__(self) -> None:
        self.steps: list[StepResult] = []
        self._beginnings: list[Began] = []
        self._began: float | None = None
        self._ended: float | None = None

    @property
    def milliseconds(self) -> float | None:
        """Return the time from the first step's beginning to the last one's end: steps may run beside each other."""
        if self._began is None or self._ended is None:
            return None
        return in_milliseconds(self._ended - self._began)

    def perform(self, step: Step) -> None:
        """Do a step and keep how long it took, even if it fails."""
        began, parts = time.monotonic(), None
        first = self._began = began if self._began is None else self._began
        try:
            parts = step.action()
        finally:
            ended = time.monotonic()
            self._ended = ended
            done = [step.result(ended - began)] if parts is None else parts
            self.steps += done
            self._beginnings += [Began(one, in_milliseconds(began - first)) for one in done]

    def as_result(self) -> list[dict[str, Any]]:
        """Return the steps JSON-ready."""
        return [step.as_result() for step in self.steps]

    def with_beginnings(self) -> list[dict[str, Any]]:
        """Return the steps JSON-ready for a journal, each with the milliseconds after which it began.

        Parts of one step have its beginning: when each of them began is not known.
        """
        return [one.as_result() for one in self._beginnings]


@dataclass(frozen=True)
class Plan(Generic[S]):
    """Steps in order, the state that they lead to, and the record of those that were done."""

    projected: S
    steps: tuple[Step, ...] = field(default=())
    record: Record = field(default_factory=Record, compare=False)

    @property
    def changes(self) -> bool:
        """Tell whether there is anything to do."""
        return bool(self.steps)

    @property
    def planned(self) -> list[StepResult]:
        """Return what has to be done."""
        return [step.result() for step in self.steps]

    def perform(self) -> None:
        """Do the steps in their order."""
        for step in self.steps:
            self.record.perform(step)

    def perform_what_is_left(self, now: Plan[S]) -> None:
        """Do the steps that are in this plan and, with fresher facts, in another one as well."""
        titles = {step.title for step in self.steps}
        for step in now.steps:
            if step.title in titles:
                self.record.perform(step)

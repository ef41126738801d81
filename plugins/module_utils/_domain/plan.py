# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a workflow intends: its steps, and the resulting state."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Callable, Generic, Protocol, TypeVar


class State(Protocol):
    """What a workflow has observed, or expects to observe."""

    def as_result(self) -> dict[str, Any]:
        """Return it JSON-ready, for the module's result."""

    def as_diff(self) -> str:
        """Return it as stable text, one fact a line, for Ansible's diff."""


S = TypeVar("S", bound=State)


@dataclass(frozen=True)
class Step:
    """One change: ``undo`` takes back what ``action`` did, or had begun."""

    title: str
    action: Callable[[], None]
    undo: Callable[[], None] | None = None


@dataclass(frozen=True)
class Plan(Generic[S]):
    """Steps in order, and the state that they lead to."""

    projected: S
    steps: tuple[Step, ...] = field(default=())

    @property
    def changes(self) -> bool:
        """Tell whether anything is to be done at all."""
        return bool(self.steps)

    @property
    def titles(self) -> list[str]:
        """Return what is to be done, a line each."""
        return [step.title for step in self.steps]

    def perform(self) -> None:
        """Do the steps in their order."""
        for step in self.steps:
            step.action()

# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The interface of every router. A router is how applications reach the side in service."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Callable, ClassVar, Protocol, runtime_checkable

from .._domain.clock import Deadline
from .._domain.errors import MigrationError
from .._domain.route import RouteFacts
from .._domain.sides import Side


class RouteError(MigrationError):
    """A router could not do what it was asked to."""


Run = Callable[..., "tuple[int, str, str]"]
Address = Mapping[str, str]


@dataclass(frozen=True)
class FileChange:
    """A file to write, with the owner and the mode of another; its text may hold passwords.

    ``shown``: what changes in it, without them. ``before``: of a configuration in use, the text that comes back if the
    router does not take the new one.
    """

    path: str
    text: str
    like: str
    shown: str = ""
    before: str = ""


@dataclass(frozen=True)
class Way:
    """Where an entry of a router's process leads; ``part``: what a route names of it, ``database``: None for any."""

    name: str
    part: str
    host: str | None
    port: int
    database: str | None = None


class Router(Protocol):
    """One route. Every verb ends with its deadline, may be repeated, and raises :class:`RouteError`.

    The constructor only stores parameters: a watchdog process is forked before any connection is opened.
    ``required`` and ``optional`` name the parameters of its entry in ``routes``.
    """

    required: ClassVar[tuple[str, ...]]
    optional: ClassVar[tuple[str, ...]]
    name: str

    def __init__(self, entry: Mapping[str, Any], run: Run) -> None:
        """Store the given parameters of an entry of ``routes``, and the function that runs commands."""

    def arm(self, deadline: Deadline) -> None:
        """Open everything that ``hold``, ``switch`` and ``release`` will need (consoles), before anything is held."""

    def observe(self, deadline: Deadline) -> RouteFacts:
        """Read where it leads and what prevents a switch through it; never writes."""

    def hold(self, deadline: Deadline) -> None:
        """Let no client's statement reach a server until ``release``; undone by ``release``, by itself on failure."""

    def switch(self, target: Side, deadline: Deadline) -> None:
        """Lead to ``target`` from now on; undone by switching back."""

    def release(self, deadline: Deadline) -> None:
        """Release the clients; it is no error if they are not held."""

    def close(self) -> None:
        """Close what ``arm``, or another verb without it, opened."""


@runtime_checkable
class Preparable(Protocol):
    """A router with files that are prepared for either side before a switch."""

    def file_changes(self, in_service: Side, addresses: Mapping[Side, Address], deadline: Deadline) -> list[FileChange]:
        """Return what has to be written, nothing if everything is ready; never writes.

        :param addresses: ``host``, ``port`` and ``dbname`` of each side
        """

    def foresee(self, changes: Sequence[FileChange], deadline: Deadline) -> RouteFacts:
        """Observe it as if these were written already."""

    def write(self, change: FileChange, deadline: Deadline) -> None:
        """Write one of them, in one step, and check its contents."""


@runtime_checkable
class Stageable(Protocol):
    """A router that can do a part of ``switch`` before anybody is held."""

    def stage(self, target: Side, deadline: Deadline) -> None:
        """Prepare what ``switch`` to ``target`` will need; nobody sees it, and ``release`` removes what is left."""


@runtime_checkable
class Guardable(Protocol):
    """A router on whose own host a process can wait that releases the clients when it no longer hears from us."""

    def guard(self, deadline: Deadline) -> None:
        """Start that process, unless that is impossible, as ``observe`` reports."""

    def stand_down(self) -> None:
        """End that process."""


@runtime_checkable
class Crowded(Protocol):
    """A router whose process serves more than this route: ``parts`` of ``process`` are the route's own."""

    process: str
    parts: tuple[str, ...]

    def ways(self, deadline: Deadline) -> tuple[list[Way], str | None]:
        """Return all ways through the process, and in words what could not be read of it."""

    def prepared_ways(self, deadline: Deadline) -> list[Way]:
        """Return where this route leads on either side, as its prepared files say."""

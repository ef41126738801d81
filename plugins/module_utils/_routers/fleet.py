# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several routers as one: every verb runs on all of them in parallel, and if one fails to hold, all are released."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Callable, TypeVar

from .._domain.clock import Deadline
from .._domain.errors import DeadlineReached
from .._domain.findings import BLOCKS, Finding
from .._domain.route import RouteFacts
from .._domain.sides import Side
from .contract import Address, Guardable, Preparable, RouteError, Router, Stageable

T = TypeVar("T")
_UNDO_SECONDS = 2.0
_OF_FILES = ("BG605", "BG608")
_UNDOING = "Releasing the clients of all routes"


class Fleet:
    """All routes of a migration. A verb returns when it has run on all; :class:`RouteError` names those that failed."""

    def __init__(self, routers: Sequence[Router]) -> None:
        self.routers = tuple(routers)

    def arm(self, deadline: Deadline) -> None:
        """Open everything that the other verbs need; on failure nothing stays open."""
        try:
            self._do(lambda router: router.arm(deadline))
        except BaseException:
            self.close()
            raise

    def stage(self, target: Side, deadline: Deadline) -> None:
        """Do beforehand what is possible of a switch to ``target``."""
        for router in self.routers:
            if isinstance(router, Stageable):
                router.stage(target, deadline)

    def observe(self, deadline: Deadline) -> list[RouteFacts]:
        """Observe all. A router that does not answer is a blocking finding, and whether it holds clients is unknown."""
        outcomes = zip(self.routers, self._outcomes(lambda router: router.observe(deadline)))
        return [unknown(router, got) if isinstance(got, RouteError) else got for router, got in outcomes]

    def foresee(self, in_service: Side, addresses: Mapping[Side, Address], deadline: Deadline) -> list[RouteFacts]:
        """Observe all as they will be when their files are prepared; what prevents that is a finding, too."""

        def look(router: Router) -> RouteFacts:
            if not isinstance(router, Preparable):
                return router.observe(deadline)
            try:
                changes = router.file_changes(in_service, addresses, deadline)
            except RouteError as error:
                return _unprepared(router, _observed(router, deadline), error)
            return router.foresee(changes, deadline)

        outcomes = zip(self.routers, self._outcomes(look))
        return [unknown(router, got) if isinstance(got, RouteError) else got for router, got in outcomes]

    def hold(self, deadline: Deadline) -> None:
        """Hold the clients of all routers in parallel. The first failure ends the others' waiting, and releases all."""
        together = _Together(deadline)

        def hold(router: Router) -> None:
            try:
                router.hold(together)
            except RouteError as error:
                together.fail(error)
                raise

        try:
            outcomes = self._outcomes(hold)
        except BaseException:
            self.release(Deadline(_UNDO_SECONDS, _UNDOING))
            raise
        if together.failure is not None:
            held = Fleet([router for router, got in zip(self.routers, outcomes) if not isinstance(got, RouteError)])
            raise held.undone(together.failure)

    def undone(self, failure: RouteError) -> RouteError:
        """Release all after ``failure``, and return it with the result of the release."""
        try:
            self.release(Deadline(_UNDO_SECONDS, _UNDOING))
        except RouteError as second:
            stands = f"{failure.stands}. {second.what}"
        else:
            stands = f"{failure.stands}. The other routes were released" if self.routers else failure.stands
        return RouteError(failure.code, failure.what, stands, failure.todo, failure.details)

    def lead(self, target: Side, deadline: Deadline) -> None:
        """Switch each to ``target`` and release it as soon as that is done; a router that fails keeps its clients held.

        Past the point of no return this is better than ``switch`` and then ``release``: no route waits for another.
        """

        def lead(router: Router) -> None:
            router.switch(target, deadline)
            router.release(deadline)

        self._do(lead)

    def switch(self, target: Side, deadline: Deadline) -> None:
        """Lead all to ``target``; one failure does not stop the others."""
        self._do(lambda router: router.switch(target, deadline))

    def release(self, deadline: Deadline) -> None:
        """Release all clients; one failure does not stop the others."""
        self._do(lambda router: router.release(deadline))

    def guard(self, deadline: Deadline) -> None:
        """Where possible, start a process on each router's own host that releases its clients when we are gone."""
        for router in self.routers:
            if isinstance(router, Guardable):
                router.guard(deadline)

    def stand_down(self) -> None:
        """End these processes."""
        for router in self.routers:
            if isinstance(router, Guardable):
                router.stand_down()

    def close(self) -> None:
        """Close what was opened."""
        for router in self.routers:
            router.close()

    def _do(self, verb: Callable[[Router], None]) -> None:
        failures = [got for got in self._outcomes(verb) if isinstance(got, RouteError)]
        if failures:
            raise _joined(failures)

    def _outcomes(self, verb: Callable[[Router], T]) -> list[T | RouteError]:
        def attempt(router: Router) -> T | RouteError:
            try:
                return verb(router)
            except RouteError as error:
                return error

        if len(self.routers) <= 1:
            return [attempt(router) for router in self.routers]
        with ThreadPoolExecutor(len(self.routers)) as threads:
            return list(threads.map(attempt, self.routers))


class _Together(Deadline):
    """A shared deadline, which the first failure brings forward for the others."""

    def __init__(self, whole: Deadline) -> None:
        super().__init__(whole.left(), whole.what)
        self._whole = whole
        self.failure: RouteError | None = None

    def left(self) -> float:
        return min(super().left(), self._whole.left())

    def fail(self, failure: RouteError) -> None:
        """Remember the first failure and end the waiting."""
        if self.failure is None:
            self.failure = failure
            self.stop("a failure of another route")

    def reached(self) -> DeadlineReached:
        return self._whole.reached() if self._whole.left() <= 0.0 else super().reached()


def unknown(router: Router, error: RouteError) -> RouteFacts:
    """Return the facts of a router that could not be asked."""
    problem = Finding(error.code, BLOCKS, router.name, error.what, error.todo)
    return RouteFacts(router.name, side=None, held=None, problems=(problem,))


def _unprepared(router: Router, facts: RouteFacts, error: RouteError) -> RouteFacts:
    """Return ``facts`` with the failure in place of what preparing the files would have put right."""
    problem = Finding(error.code, BLOCKS, router.name, error.what, error.todo)
    told = _without_its_verb(problem)
    others = [one for one in facts.problems if one.code not in _OF_FILES and _without_its_verb(one) != told]
    return replace(facts, problems=(*others, problem))


def _observed(router: Router, deadline: Deadline) -> RouteFacts:
    try:
        return router.observe(deadline)
    except RouteError as error:
        return unknown(router, error)


def _without_its_verb(problem: Finding) -> str:
    """Return what is wrong, whichever verb met it."""
    return problem.what.partition(f" at {problem.side}: ")[2]


def _joined(failures: list[RouteError]) -> RouteError:
    first = failures[0]
    if len(failures) == 1:
        return first
    stands = " ".join(f"{failure.stands}." for failure in failures if failure.stands)
    return RouteError(first.code, "; ".join(failure.what for failure in failures), stands, first.todo, first.details)

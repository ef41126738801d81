# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Routes of readers: like those of writers, but led to standbys, each side on its own, and without holding anybody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

from .._domain.clock import Deadline
from .._domain.readers.servers import Standbys
from .._domain.route import RouteFacts
from .._domain.sides import Side
from .contract import Preparable, RouteError, Router, Run
from .fleet import Fleet
from .registry import build_routers

REFUSED = "BG764"
# They say what PAUSE would do to clients that wait: readers never do.
_OF_A_HOLD = ("BG571", "BG607")
_ONE_PORT = "5432"


@runtime_checkable
class MovesReaders(Preparable, Protocol):
    """A router that leads clients elsewhere without holding them."""

    name: str
    process: str
    parts: tuple[str, ...]
    live: str

    def leads(self, deadline: Deadline) -> Side | None:
        """Return the side whose prepared file has the live file's addresses; ``None``: neither, or both."""

    def is_prepared(self, deadline: Deadline) -> bool:
        """Tell whether a prepared file is there."""

    def longest_wait(self, deadline: Deadline) -> float:
        """Return for how many seconds a client has waited for a server."""


def build_readers(
    entries: Sequence[Mapping[str, Any]], standbys: Standbys, run: Run, writers: Sequence[Mapping[str, Any]] = ()
) -> Fleet:
    """Return the readers' routers as one; nothing is opened or read.

    :param writers: the routes that a switch uses, which must be others
    :raises RouteError: BG764 for a type that cannot move readers, standbys that an entry cannot lead to, or an entry
        or file that a writers' route has as well; BG601 as :func:`build_routers` does
    """
    for entry in entries:
        if entry.get("type") != "pgbouncer":
            raise refused(
                f"A read route has the type {entry.get('type')!r}",
                "Readers move behind PgBouncer; give them an entry of one, or move them by hand (docs/routes.md)",
            )
    routers = build_routers([_led(entry, standbys) for entry in entries], run)
    theirs = [router for router in build_routers(writers, run) if isinstance(router, MovesReaders)]
    for router in routers:
        if isinstance(router, MovesReaders):
            _require_own(router, theirs)
        router.name = f"readers of {router.name}"
    return Fleet(routers)


def without_a_hold(facts: Sequence[RouteFacts]) -> list[RouteFacts]:
    """Return the routes without what matters only to clients that are held."""
    return [
        RouteFacts(
            one.name, one.side, one.held, tuple(p for p in one.problems if p.code not in _OF_A_HOLD), one.follows
        )
        for one in facts
    ]


def side_of_readers(router: Router, in_service: Side, deadline: Deadline) -> Side:
    """Return the side that readers are on, which need not be the one in service; raises RouteError BG764."""
    if not isinstance(router, MovesReaders):
        return in_service
    side = router.leads(deadline)
    if side is not None:
        return side
    if router.is_prepared(deadline) or in_service is not Side.BLUE:
        raise refused(
            f"Which side {router.name} are on is unknown: {router.live} leads where neither prepared file does",
            "Give the prepared file of that side the same addresses, then run the same command again",
        )
    return Side.BLUE


def refused(what: str, todo: str) -> RouteError:
    """Return the refusal of a read route."""
    return RouteError(REFUSED, what, "Nothing was changed", todo)


def _led(entry: Mapping[str, Any], standbys: Standbys) -> dict[str, Any]:
    """Return the entry with the addresses of the standbys, where it has none of its own."""
    led = dict(entry)
    for side in Side:
        places = standbys.places[side]
        if places and not led.get(f"{side}_address"):
            ports = {place.port or _ONE_PORT for place in places}
            if len(ports) > 1:
                raise refused(
                    f"{side}'s standbys have the ports {', '.join(sorted(ports))}, and an entry of PgBouncer takes one",
                    f"Let them have the same port, or set {side}_address on each read route",
                )
            led[f"{side}_address"] = {"host": ",".join(place.host for place in places), "port": ports.pop()}
    return led


def _require_own(router: MovesReaders, writers: Sequence[MovesReaders]) -> None:
    for writer in writers:
        both = sorted({*router.parts} & {*writer.parts}) if router.process == writer.process else []
        if both:
            raise refused(
                f"{router.process} has {', '.join(both)} in a route and in a read route",
                "Name it in one of bluegreen_routes and bluegreen_read_routes",
            )
        if router.process == writer.process and router.live == writer.live:
            raise refused(
                f"A route and a read route have the live_file {router.live}, which a switch replaces as a whole",
                "Give readers a file of their own, which pgbouncer.ini includes as well",
            )

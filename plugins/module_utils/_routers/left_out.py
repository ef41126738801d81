# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ways through a router's process to one of the migration's servers that no route names: nobody would switch them."""

from __future__ import annotations

import ipaddress
import socket
import threading
from collections.abc import Iterable, Mapping, Sequence

from .._domain.clock import Deadline
from .._domain.findings import WARNS, Finding
from .contract import Address, Crowded, RouteError, Router, Way

_CODE = "BG751"
_OWN_HOST = ""  # the router's own host, by whichever of its names
_LOOKUP_SECONDS = 3.0
_USUAL_PORT = "5432"


def left_out(routers: Sequence[Router], sides: Iterable[Address], deadline: Deadline) -> list[Finding]:
    """Return what no route names, one finding for each process; what cannot be read is one that says so.

    :param routers: all routes of the migration
    :param sides: ``host``, ``port`` and ``dbname`` of both sides, as we reach them
    """
    crowded: dict[str, list[Crowded]] = {}
    for router in routers:
        if isinstance(router, Crowded):
            crowded.setdefault(router.process, []).append(router)
    reached = [way for side in sides for way in _of_side(side)]
    return [
        finding for process, shares in crowded.items() for finding in _of_process(process, shares, reached, deadline)
    ]


def _of_process(process: str, shares: Sequence[Crowded], reached: Sequence[Way], deadline: Deadline) -> list[Finding]:
    try:
        seen, unread = shares[0].ways(deadline)
        own = [way for share in shares for way in share.prepared_ways(deadline)]
    except RouteError as error:
        return [_unknown(process, error.what, error.todo)]
    named = {part for share in shares for part in share.parts}
    own += [way for way in seen if way.part in named]
    others = [way for way in seen if way.part not in named]
    books = _Book(deadline)
    answers = {way: {_same(way, one, books) for one in [*own, *reached]} for way in others}
    leading = sorted({way.name for way, same in answers.items() if True in same})
    unclear = sorted({way.name for way, same in answers.items() if None in same} - set(leading))
    findings = []
    if leading:
        what = "Ways to one of the two servers are in no route: a switch leaves them behind, where rows grow old"
        fix = "Name them in this route, or give them one of their own; or remove them"
        findings.append(Finding(_CODE, WARNS, process, what, fix, tuple(leading)))
    if unclear:
        what = "Whether these lead to one of the two servers is unknown, since a host's name is unknown here"
        findings.append(Finding(_CODE, WARNS, process, what, "Look at each; name in a route what does", tuple(unclear)))
    if unread:
        findings.append(_unknown(process, unread, "Make it readable for us"))
    return findings


def _unknown(process: str, why: str, todo: str) -> Finding:
    what = f"Whether other ways through it lead to one of the two servers is unknown: {why}"
    return Finding(_CODE, WARNS, process, what, todo)


def _of_side(side: Address) -> list[Way]:
    """Return the places of a side as we reach it; what is local to us says nothing of the router's host."""
    hosts, ports = side.get("host", "").split(","), side.get("port", _USUAL_PORT).split(",")
    if len(ports) == 1:
        ports *= len(hosts)
    ways = [Way("", "", host, int(port), side.get("dbname")) for host, port in zip(hosts, ports) if port.isdigit()]
    return [way for way in ways if _plain(way.host) != _OWN_HOST]


def _same(way: Way, known: Way, books: _Book) -> bool | None:
    """Tell whether both are one place; ``None`` where a host's name is unknown here."""
    if way.port != known.port or (way.database and known.database and way.database != known.database):
        return False
    one, other = _plain(way.host), _plain(known.host)
    if one == other or _OWN_HOST in (one, other):
        return one == other
    mine, theirs = books.addresses(one), books.addresses(other)
    return bool(mine & theirs) if mine and theirs else None


def _plain(host: str | None) -> str:
    """Return the host as it is compared: its sockets and loopback addresses are the router's own host."""
    if not host or host.startswith(("/", "@")) or host == "localhost":
        return _OWN_HOST
    try:
        return _OWN_HOST if ipaddress.ip_address(host).is_loopback else host
    except ValueError:
        return host.lower().rstrip(".")


class _Book:
    """Addresses of hosts, each looked up once; none for a name that is unknown here."""

    def __init__(self, deadline: Deadline) -> None:
        self._deadline = deadline
        self._known: dict[str, frozenset[str]] = {}

    def addresses(self, host: str) -> frozenset[str]:
        if host not in self._known:
            self._known[host] = _looked_up(host, min(_LOOKUP_SECONDS, self._deadline.left()))
        return self._known[host]


def _looked_up(host: str, seconds: float) -> frozenset[str]:
    found: Mapping[str, None] = {}

    def ask() -> None:
        nonlocal found
        try:
            found = {str(info[4][0]): None for info in socket.getaddrinfo(host, None)}
        except (OSError, UnicodeError):
            found = {}

    # A resolver has no time limit of its own, and the thread that waits for it must not keep us.
    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(seconds)
    return frozenset(found)

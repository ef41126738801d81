# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""HAProxy: one of two servers of a backend takes the clients, chosen by the runtime API.

HAProxy forwards bytes and does not know transactions, so established sessions cannot be held: they meet the fence, and
the switch ends them. New ones are held in the backend's queue by a limit of one session on the old server. ``set
maxconn frontend`` is not used because 0 makes HAProxy 2.6 kill itself, nor ``disable frontend``, which refuses clients.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar

from .._domain.clock import Deadline
from .._domain.errors import DeadlineReached
from .._domain.findings import BLOCKS, WARNS, Finding
from .._domain.route import RouteFacts
from .._domain.sides import Side
from .contract import RouteError, Run, Way
from .haproxy_api import ApiRefused, RuntimeApi, ServerState
from .places import Here, PlaceLost
from .ssh import OverSsh

_HELD = 1  # sessions: all after the first wait in the queue
_UNLIMITED = 0
# A limit of 0 releases nobody from the queue, so a large one is set first.
_LARGE = 100000


class HAProxy:
    """One backend of one HAProxy process."""

    required: ClassVar[tuple[str, ...]] = ("socket", "backend", "blue_server", "green_server")
    optional: ClassVar[tuple[str, ...]] = ("state_file", "ssh")

    def __init__(self, entry: Mapping[str, Any], run: Run) -> None:
        self._place = OverSsh(entry["ssh"], run) if entry.get("ssh") else Here()
        self._api = RuntimeApi(entry["socket"])
        self._backend: str = entry["backend"]
        self._servers: dict[Side, str] = {Side.BLUE: entry["blue_server"], Side.GREEN: entry["green_server"]}
        self._state_file: str | None = entry.get("state_file")
        self._usual_limits: dict[Side, int] = {}
        self.name = f"haproxy {entry['socket']} {self._backend}"
        self.process, self.parts = f"haproxy {entry['socket']}", (self._backend,)

    def arm(self, deadline: Deadline) -> None:
        """Record the limits that a hold changes, and connect for the state file; the API needs no open connection."""
        with self._explained("Arming", deadline):
            self._place.open()
            self._usual_limits = _usual_limits(self._read(deadline))

    def observe(self, deadline: Deadline) -> RouteFacts:
        """Read which server takes clients."""
        with self._explained("Reading", deadline):
            level = self._api.ask("show cli level", deadline)
            every = self._api.servers(self._backend, deadline)
            ours = self._ours(every)
            kept = list(self._kept())
        taking = [side for side in Side if ours[side].takes_clients]
        problems = [*self._rights(level), *self._strangers(every), *self._taking(taking), *kept]
        held = any(server.limit == _HELD for server in ours.values())
        return RouteFacts(self.name, taking[0] if len(taking) == 1 else None, held, tuple(problems))

    def hold(self, deadline: Deadline) -> None:
        """Queue new clients; those with a session stay where they are."""
        self.arm(deadline)
        with self._explained("Holding clients", deadline):
            taking = [side for side, server in self._read(deadline).items() if server.takes_clients]
            if not taking:
                raise ApiRefused(f"no server of {self._backend} takes clients")
            self._api.do([self._limit(side, _HELD) for side in taking], deadline)

    def switch(self, target: Side, deadline: Deadline) -> None:
        """Let the target's server take clients, end the other's sessions, and save that for a reload."""
        old = self._path(target.other)
        with self._explained(f"Switching to {target}", deadline):
            self._api.do([f"set server {self._path(target)} state ready", f"set server {old} state maint"], deadline)
            self._api.do([f"shutdown sessions server {old}"], deadline)
            seen = self._read(deadline)
            if not seen[target].takes_clients or seen[target.other].takes_clients:
                raise ApiRefused(f"the servers of {self._backend} did not change")
            if self._state_file is not None:
                state = self._api.ask("show servers state", deadline)
                path = self._place.real(self._state_file)
                self._place.write(path, f"{state}\n", path)

    def release(self, deadline: Deadline) -> None:
        """Restore the servers' limits."""
        with self._explained("Releasing clients", deadline):
            seen = self._read(deadline)
            usual = self._usual_limits or _usual_limits(seen)
            for side, server in seen.items():
                if server.limit == _HELD:
                    self._api.do([self._limit(side, _LARGE), self._limit(side, usual[side])], deadline)

    def close(self) -> None:
        """Close the connection for the state file; every API command has its own connection."""
        self._place.close()

    def ways(self, deadline: Deadline) -> tuple[list[Way], str | None]:
        """Read the servers of every backend, also of those that take no clients now."""
        with self._explained("Reading", deadline):
            places = self._api.places(deadline)
        return [Way(f"{backend}/{server}", backend, host, port) for backend, server, host, port in places], None

    def prepared_ways(self, deadline: Deadline) -> list[Way]:
        """Return nothing: the backend itself has the servers of both sides."""
        del deadline
        return []

    def _path(self, side: Side) -> str:
        return f"{self._backend}/{self._servers[side]}"

    def _limit(self, side: Side, sessions: int) -> str:
        return f"set maxconn server {self._path(side)} {sessions}"

    def _read(self, deadline: Deadline) -> dict[Side, ServerState]:
        return self._ours(self._api.servers(self._backend, deadline))

    def _ours(self, every: Mapping[str, ServerState]) -> dict[Side, ServerState]:
        missing = [name for name in self._servers.values() if name not in every]
        if missing:
            raise ApiRefused(f"the backend {self._backend} has no server {', '.join(missing)}")
        return {side: every[name] for side, name in self._servers.items()}

    def _rights(self, level: str) -> Iterator[Finding]:
        if level != "admin":
            what = f"The socket has the level {level}, which may look but not switch"
            yield self._finding("BG606", BLOCKS, what, "Write `level admin` on its `stats socket` line and reload")

    def _strangers(self, every: Mapping[str, ServerState]) -> Iterator[Finding]:
        strangers = [n for n, server in every.items() if server.takes_clients and n not in self._servers.values()]
        if strangers:
            what = "Other servers of the backend take clients, and would go on to after a switch"
            yield self._finding("BG608", BLOCKS, what, "Give them a backend of their own", *strangers)

    def _taking(self, taking: list[Side]) -> Iterator[Finding]:
        if len(taking) != 1:
            what = "Both servers take clients" if taking else "Neither server takes clients"
            fix = "Set the server of the side out of service to maint, and write `disabled` on its line"
            yield self._finding("BG608", BLOCKS, what, fix, *self._servers.values())

    def _kept(self) -> Iterator[Finding]:
        if self._state_file is None:
            what = "A reload or restart of HAProxy after the switch would lead back to the old side"
            fix = "Set state_file to what `server-state-file` names (docs/routes.md#haproxy)"
            yield self._finding("BG605", WARNS, what, fix)
            return
        reason = self._place.obstacle(self._place.real(self._state_file))
        if reason:
            yield self._finding("BG605", BLOCKS, reason, "Run the play as root or as the file's owner (become)")

    def _finding(self, code: str, severity: str, what: str, fix: str, *objects: str) -> Finding:
        return Finding(code, severity, self.name, what, fix, objects)

    @contextmanager
    def _explained(self, doing: str, deadline: Deadline) -> Iterator[None]:
        self._place.deadline = deadline
        try:
            yield
        except (ApiRefused, DeadlineReached, PlaceLost, OSError) as error:
            code, what, todo = _words(error)
            raise RouteError(code, f"{doing} at {self.name}: {what}", "", todo) from None


def _usual_limits(seen: Mapping[Side, ServerState]) -> dict[Side, int]:
    """Return each server's usual limit of sessions; after a killed run one is hidden behind the hold's limit."""

    def usual(side: Side) -> int:
        known = (limit for limit in (seen[side].limit, seen[side.other].limit) if limit != _HELD)
        return next(known, None) or _UNLIMITED

    return {side: usual(side) for side in seen}


def _words(error: Exception) -> tuple[str, str, str]:
    message = str(error)
    if isinstance(error, DeadlineReached):
        return "BG603", error.what, "Check that HAProxy answers on its socket (docs/routes.md#haproxy)"
    if isinstance(error, PlaceLost):
        return "BG602", f"its state file cannot be reached ({message})", "Log in by hand as the module's user does"
    if isinstance(error, ApiRefused) and "ermission denied" in message:
        return "BG606", "the socket may not do that", "Write `level admin` on its `stats socket` line and reload"
    if isinstance(error, ApiRefused):
        return "BG612", f"HAProxy refused ({message})", "Compare backend and servers with `show servers state`"
    reason = getattr(error, "strerror", None) or message or "timed out"
    if isinstance(error, TimeoutError):
        return "BG603", reason, "Check that HAProxy answers on its socket (docs/routes.md#haproxy)"
    return "BG602", reason, "Check `socket`, that HAProxy runs, and who may write to the socket and to state_file"

# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The application's routes: how its connections reach the side in service, and how the inventory names that."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from demo.pgbouncer import PgBouncer
from demo.processes import ProcessRegister

Keywords = Mapping[str, str | int]


@dataclass(frozen=True)
class RouteRequest:
    """What a route is made of: the application's own connections to both sides (libpq keywords), and a folder."""

    blue: Keywords
    green: Keywords
    folder: Path
    register: ProcessRegister


class Route(Protocol):
    """How the application connects."""

    def start(self) -> None:
        """Make it ready for connections."""

    def stop(self) -> None:
        """End what was started."""

    @property
    def keywords(self) -> Keywords:
        """The application's connection, in libpq's keywords."""

    @property
    def environment(self) -> Mapping[str, str]:
        """What the example inventory reads from the environment."""

    @property
    def settings(self) -> list[dict[str, Any]] | None:
        """The value of `bluegreen_routes`, None where the example inventory has it already."""


class PgBouncerRoute:
    """A pooler in transaction pooling, led from side to side by the collection."""

    def __init__(self, request: RouteRequest) -> None:
        self._bouncer = PgBouncer(request.folder, request.blue, request.green, request.register)
        self._application = request.blue

    def start(self) -> None:
        """Start the pooler."""
        self._bouncer.start()

    def stop(self) -> None:
        """Stop the pooler."""
        self._bouncer.stop()

    @property
    def keywords(self) -> Keywords:
        """The application's connection to the pooler."""
        return {**self._application, "port": self._bouncer.port}

    @property
    def environment(self) -> Mapping[str, str]:
        """The pooler's console and its files."""
        return {
            "BLUEGREEN_PGBOUNCER_HOST": str(self._application["host"]),
            "BLUEGREEN_PGBOUNCER_PORT": str(self._bouncer.port),
            "BLUEGREEN_PGBOUNCER_PASSWORD": self._bouncer.admin_password,
            "BLUEGREEN_PGBOUNCER_FOLDER": str(self._bouncer.folder),
        }

    @property
    def settings(self) -> None:
        """The route of the example inventory."""


class MultihostRoute:
    """No pooler: libpq itself looks for the server that takes writes."""

    def __init__(self, request: RouteRequest) -> None:
        self._blue = request.blue
        self._green = request.green

    def start(self) -> None:
        """Nothing stands between."""

    def stop(self) -> None:
        """Nothing was started."""

    @property
    def keywords(self) -> Keywords:
        """Both servers, of which libpq takes the one that is not read-only."""
        both = {name: f"{self._blue[name]},{self._green[name]}" for name in ("host", "port")}
        return {**self._blue, **both, "target_session_attrs": "read-write"}

    @property
    def environment(self) -> Mapping[str, str]:
        """Nothing to tell."""
        return {}

    @property
    def settings(self) -> list[dict[str, Any]]:
        """A route that applications find by themselves."""
        return [{"type": "multihost"}]


ROUTES: Mapping[str, Callable[[RouteRequest], Route]] = {"pgbouncer": PgBouncerRoute, "multihost": MultihostRoute}


def default_route() -> str:
    """Return the best route that this machine has."""
    return "pgbouncer" if PgBouncer.installed() else "multihost"

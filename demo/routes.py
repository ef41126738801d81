# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The application's routes: how its connections reach the side in service, and how the inventory names that."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from demo.commands import PROJECT, run_command
from demo.haproxy import BACKEND, HAProxy
from demo.listener import ListenerError
from demo.pgbouncer import PgBouncer
from demo.processes import ProcessRegister

Keywords = Mapping[str, str | int]
_SERVICE_FILE = "PGSERVICEFILE"


@dataclass(frozen=True)
class RouteRequest:
    """What a route needs: the application's own connections to both sides (libpq keywords), and a folder."""

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
        """The value of `bluegreen_routes`, None if the example inventory already has it."""


class PgBouncerRoute:
    """A pooler with transaction pooling, which the collection switches."""

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


class HAProxyRoute:
    """A proxy that forwards bytes: sessions end at a switch, and new ones reach the other side."""

    def __init__(self, request: RouteRequest) -> None:
        self._proxy = HAProxy(request.folder, request.blue, request.green, request.register)
        self._application = request.blue

    def start(self) -> None:
        """Start the proxy."""
        self._proxy.start()

    def stop(self) -> None:
        """Stop the proxy."""
        self._proxy.stop()

    @property
    def keywords(self) -> Keywords:
        """The application's connection to the proxy."""
        return {**self._application, "port": self._proxy.port}

    @property
    def environment(self) -> Mapping[str, str]:
        """Nothing to tell."""
        return {}

    @property
    def settings(self) -> list[dict[str, Any]]:
        """The proxy's runtime API and its names for both sides."""
        return [
            {
                "type": "haproxy",
                "socket": str(self._proxy.socket),
                "backend": BACKEND,
                "blue_server": "blue",
                "green_server": "green",
                "state_file": str(self._proxy.state_file),
            }
        ]


class MultihostRoute:
    """No pooler: libpq itself looks for the writable server."""

    def __init__(self, request: RouteRequest) -> None:
        self._blue = request.blue
        self._green = request.green

    def start(self) -> None:
        """Do nothing: there is no process in between."""

    def stop(self) -> None:
        """Nothing was started."""

    @property
    def keywords(self) -> Keywords:
        """Both servers; libpq chooses the one that is not read-only."""
        both = {name: f"{self._blue[name]},{self._green[name]}" for name in ("host", "port")}
        return {**self._blue, **both, "target_session_attrs": "read-write"}

    @property
    def environment(self) -> Mapping[str, str]:
        """Nothing to tell."""
        return {}

    @property
    def settings(self) -> list[dict[str, Any]]:
        """A route whose clients find the side in service by themselves."""
        return [{"type": "multihost"}]


class HookRoute:
    """The user's command: the recipe for libpq's service file, which says where the side in service is."""

    _SERVICE = "shop"
    _SCRIPT = PROJECT / "docs" / "examples" / "hooks" / "libpq_service.sh"

    def __init__(self, request: RouteRequest) -> None:
        self._application = request.blue
        self._file = request.folder / "services.conf"
        places = [f"{side['host']}:{side['port']}" for side in (request.blue, request.green)]
        self._command = [str(self._SCRIPT), str(self._file), self._SERVICE, *places]

    def start(self) -> None:
        """Write the file with blue in it, with the same command, and let this process and its children find it."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        status, _output, complaint = run_command(self._command, data='{"verb": "switch", "target": "blue"}\n')
        if status != 0:
            raise ListenerError(f"{self._SCRIPT.name} failed: {complaint}")
        os.environ.update(self.environment)

    def stop(self) -> None:
        """Unset the variable for the file."""
        os.environ.pop(_SERVICE_FILE, None)

    @property
    def keywords(self) -> Keywords:
        """The name of the service, and keywords that do not depend on the side."""
        lasting = {name: value for name, value in self._application.items() if name not in ("host", "port")}
        return {**lasting, "service": self._SERVICE}

    @property
    def environment(self) -> Mapping[str, str]:
        """Where libpq finds the service file."""
        return {_SERVICE_FILE: str(self._file)}

    @property
    def settings(self) -> list[dict[str, Any]]:
        """The same command for both verbs; it reads the verb from its standard input."""
        return [{"type": "hook", "observe": self._command, "switch": self._command}]


ROUTES: Mapping[str, Callable[[RouteRequest], Route]] = {
    "pgbouncer": PgBouncerRoute,
    "haproxy": HAProxyRoute,
    "multihost": MultihostRoute,
    "hook": HookRoute,
}


def default_route() -> str:
    """Return the best route that this machine offers."""
    return "pgbouncer" if PgBouncer.installed() else "multihost"

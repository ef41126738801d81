# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What later phases need besides both databases, tried now, so that one run of preflight tells all of it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from ..._domain.errors import MigrationError
from ..._domain.preflight.tried import BackupWishes, Obstacle, Tried
from ..._domain.readers.servers import Standbys
from ..._domain.route import RouteFacts
from ..._domain.sides import Side
from ..._domain.users_check import FailedCheck
from ..._domain.window import window_of
from ..._routers.readers import build_readers
from ..._routers.registry import build_fleet
from ..backup_proof import read_backup
from ..health_checks import failed_checks
from ..ports import Ports
from ..routes.check import RouteCheck
from ..routes.files import foreseen, foreseen_readers


class Attempts:
    """Tries routes, the application's route, the backup proof and the user's own checks; nothing is written, not even
    a file."""

    def __init__(self, params: Mapping[str, Any], ports: Ports) -> None:
        self._params = params
        self._ports = ports
        self._fleet = build_fleet(params["routes"], ports.run)
        standbys = Standbys.from_parameters(params["standbys"])
        self._readers = build_readers(params["read_routes"], standbys, ports.run, params["routes"])
        given = any(value is not None for value in (params["application"] or {}).values())
        self._application = RouteCheck({**params, "timeout": _SECONDS}, ports) if given else None

    def make(self, in_service: Side | None, *, blue_alone: bool = False, green_is_empty: bool = False) -> Tried:
        """Try all of them; one that fails keeps none of the others from being tried.

        :param in_service: routes and applications are tried only while that is blue
        :param blue_alone: green cannot be asked, so where a write arrives cannot be told
        :param green_is_empty: what asks for a table there comes too early
        """
        serves_blue = in_service is Side.BLUE
        failed = self._failed_checks(blue_alone) if serves_blue else ()
        early = {check.name for check in failed if green_is_empty and check.lacks_objects} & self._on_green
        return Tried(
            now=time.time(),
            routes=tuple(self._routes()) if serves_blue else (),
            readers=tuple(self._read_routes()) if serves_blue else (),
            application=self._write() if serves_blue and not blue_alone else None,
            backup=BackupWishes(
                read_backup(self._params["backup_proof"], self._ports.run),
                self._params["backup_max_age_hours"],
                self._params["backup_waived"],
            ),
            window=window_of(self._params["window"]),
            failed_checks=tuple(check for check in failed if check.name not in early),
            later=tuple(sorted(early)),
            left=() if self._ports.may_write or self._application is None else (_BY_THE_APPLICATION,),
        )

    @property
    def _on_green(self) -> frozenset[str]:
        checks = self._params["health_checks"]
        return frozenset(one["name"] for one in checks if one.get("sql") and one["side"] == Side.GREEN)

    def _failed_checks(self, blue_alone: bool) -> tuple[FailedCheck, ...]:
        log = {"name": LOG_CHECK, "command": self._params["log_check"], "timeout": self._params["log_check_timeout"]}
        checks = [*self._params["health_checks"], *([log] if log["command"] else [])]
        return failed_checks((one for one in checks if not (blue_alone and one["name"] in self._on_green)), self._ports)

    def _routes(self) -> list[RouteFacts]:
        try:
            return foreseen(self._fleet, self._ports.sides, Side.BLUE)
        finally:
            self._fleet.close()

    def _read_routes(self) -> list[RouteFacts]:
        try:
            return foreseen_readers(self._readers, self._ports.sides, Side.BLUE)[1]
        finally:
            self._readers.close()

    def _write(self) -> Obstacle | None:
        try:
            if self._application is not None:
                self._application.probe()
        except MigrationError as error:
            return Obstacle(f"{error.what} ({error.code})", error.todo)
        return None


LOG_CHECK = "bluegreen_log_check"
_SECONDS = 10.0
_BY_THE_APPLICATION = "a write through the application's own route"

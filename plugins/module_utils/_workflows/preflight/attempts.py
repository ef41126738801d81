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
from ..._domain.route import RouteFacts
from ..._domain.sides import Side
from ..._routers.registry import build_fleet
from ..backup_proof import read_backup
from ..ports import Ports
from ..routes.check import RouteCheck
from ..routes.files import foreseen


class Attempts:
    """Tries routes, the application's route and the backup proof; nothing is written, not even a file."""

    def __init__(self, params: Mapping[str, Any], ports: Ports) -> None:
        self._params = params
        self._ports = ports
        self._fleet = build_fleet(params["routes"], ports.run)
        given = any(value is not None for value in (params["application"] or {}).values())
        self._application = RouteCheck({**params, "timeout": _SECONDS}, ports) if given else None

    def make(self, in_service: Side | None, blue_alone: bool = False) -> Tried:
        """Try all of them; one that fails keeps none of the others from being tried.

        :param in_service: routes and applications are tried only while that is blue
        :param blue_alone: green cannot be asked, so where a write arrives cannot be told
        """
        serves_blue = in_service is Side.BLUE
        return Tried(
            now=time.time(),
            routes=tuple(self._routes()) if serves_blue else (),
            application=self._write() if serves_blue and not blue_alone else None,
            backup=BackupWishes(
                read_backup(self._params["backup_proof"], self._ports.run),
                self._params["backup_max_age_hours"],
                self._params["backup_waived"],
            ),
            left=() if self._ports.may_write or self._application is None else (_BY_THE_APPLICATION,),
        )

    def _routes(self) -> list[RouteFacts]:
        try:
            return foreseen(self._fleet, self._ports.sides, Side.BLUE)
        finally:
            self._fleet.close()

    def _write(self) -> Obstacle | None:
        try:
            if self._application is not None:
                self._application.probe()
        except MigrationError as error:
            return Obstacle(f"{error.what} ({error.code})", error.todo)
        return None


_SECONDS = 10.0
_BY_THE_APPLICATION = "a write through the application's own route"

# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Proves that the application's own route leads to the side in service, and that it can write there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..._domain.errors import MigrationError
from ..._domain.facts import Report
from ..._domain.sides import Side
from ..._postgres.application import Arrival, RouteFailed, begin_to_write, keywords_of
from ..._postgres.catalog import read_identity
from ..._postgres.service.situation import read_situation
from ..ports import Ports


class RouteCheck:
    """Begins a transaction that could write, which is no change; check mode does not try it."""

    def __init__(self, params: Mapping[str, Any], ports: Ports) -> None:
        self._application: Mapping[str, Any] = params["application"]
        self._timeout: float = params["timeout"]
        self._may_write: bool = ports.may_write
        self._sides = ports.sides

    def probe(self) -> Report:
        """Begin to write, and find out where that arrives.

        :raises MigrationError: BG541 when the write failed, BG542 when it did not reach the side in service
        """
        service = read_situation(self._sides).in_service
        keywords = self._keywords()
        if not self._may_write:
            return Report({"in_service": str(service) if service else None, "reached": None, "table": None})
        try:
            arrival = begin_to_write(keywords, self._timeout)
        except RouteFailed as error:
            raise self._not_written(service, str(error)) from None
        if arrival.table is None:
            raise self._not_written(service, "its role may write to no table")
        reached = self._side_of(arrival)
        if service is None or reached is not service:
            raise _elsewhere(service, reached, arrival)
        return Report({"in_service": str(service), "reached": str(reached), "table": str(arrival.table)})

    def _keywords(self) -> dict[str, str]:
        try:
            return keywords_of(self._application)
        except ValueError as error:
            raise MigrationError(
                "BG541", f"The dsn of the application is {error}", "No write was tried", "Correct bluegreen_application"
            ) from None

    def _side_of(self, arrival: Arrival) -> Side | None:
        for side in Side:
            identity = read_identity(self._sides.session(side))
            if (arrival.system, arrival.database) == (identity.system, identity.database):
                return side
        return None

    def _not_written(self, service: Side | None, why: str) -> MigrationError:
        return MigrationError(
            "BG541",
            f"No write passed through the application's route: {why}",
            f"{str(service).capitalize()} is in service" if service else "It is not clear which side is in service",
            "Look at the application first. Correct the route or bluegreen_application, and run the same command again",
        )


def _elsewhere(service: Side | None, reached: Side | None, arrival: Arrival) -> MigrationError:
    if arrival.system is None:
        where = "a server that could not be identified (its role may not execute pg_control_system)"
    else:
        where = str(reached) if reached else "a database that is neither blue nor green"
    return MigrationError(
        "BG542",
        f"The application's route leads to {where}",
        f"{str(service).capitalize()} is in service" if service else "It is not clear which side is in service",
        "Look at the application first. Lead the route to the side in service, and run the same command again",
    )

# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state of a migration: the side in service, the fences, the links, the journal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..._domain.consumers.said import Consumers
from ..._domain.facts import Report
from ..._domain.findings import WARNS, Finding
from ..._domain.go_no_go.picture import Picture
from ..._domain.replication.breaker import broken_since_setup
from ..._domain.schema.identity import CHANGED_FIX, CHANGED_SINCE, CHANGED_WORDS
from ..._domain.schema.replica_identity import WRITES_FAIL_WORDS, WRITES_WOULD_FAIL, WRITES_WOULD_FAIL_FIX
from ..._domain.service.situation import Situation
from ..._domain.service.stopped import what_remains
from ..._domain.sides import Direction, Side
from ..._domain.status.playbooks import row_in_words, why_not
from ..._domain.status.standing import in_words
from ..._domain.switch.left_behind import Clients, findings_about
from ..._postgres.consumers.found import read_consumers
from ..._postgres.copy.first_copy import read_copy
from ..._postgres.go_no_go.picture import read_picture
from ..._postgres.schema.identity import read_changed
from ..._postgres.sides import Sides
from ..._postgres.switch.left_behind import read_clients, seconds_since_fence
from ..._routers.registry import build_fleet
from ..go_no_go.way_home import read_way_home
from ..plans.views import read_standing_of_views
from ..ports import Ports
from ..replication.lag_info import ReplicationLagInfo
from ..schema.drift import unmet_drift
from ..switch.held import held_by_nobody
from .standing import Stands, read_standing


class MigrationInfo:
    """Reads both sides; writes nothing."""

    def __init__(self, params: Mapping[str, Any], ports: Ports) -> None:
        self._links = ReplicationLagInfo(params, ports)
        self._migration: str = params["migration"]
        self._consumers = Consumers(params["consumers"])
        self._sides = ports.sides
        self._params = params
        self._ports = ports

    def probe(self) -> Report:
        """Read gates, journals, links and versions; for an unreachable side, what the other one knows."""
        stands = read_standing(self._sides)
        if stands.missing is not None:
            consumers = self._about_consumers([stands.missing.other])
            return _of_one_side(stands, stands.missing, self._sides, consumers)
        situation, excluded = stands.situation, self._params["exclude_tables"]
        picture = read_picture(self._sides, situation, excluded, links=stands.links)
        copy = stands.copy if stands.links else read_copy(self._sides.green, self._sides.migration)
        clients, findings = self._left_behind(situation)
        findings += [*_after_an_emergency(situation), *self._about_the_schema(picture), *self._about_the_routes()]
        way_home = read_way_home(self._params, self._ports, picture)
        return Report(
            {
                **situation.as_result(),
                "standing": _row_of(stands),
                "versions": {str(side): self._sides.session(side).major for side in Side},
                **self._links.report(situation.in_service, picture.catalogs, copy).facts,
                "lost": None,
                "rollback": way_home.as_result() if way_home else None,
                "start_again": broken_since_setup(situation.story, situation.in_service),
                "left_behind": [one.as_result() for one in clients],
                "consumers": self._about_consumers(Side),
                "views": self._about_the_views(situation),
                "findings": [finding.as_result() for finding in findings],
                "journal": [entry.as_result() for entry in situation.story],
            }
        )

    def _about_consumers(self, of: Iterable[Side]) -> list[dict[str, Any]]:
        """Return who else follows the changes of these sides, and what becomes of each."""
        found = [(side, one) for side in of for one in read_consumers(self._sides.session(side), self._migration)]
        return [{"side": str(side), **self._consumers.as_result(one)} for side, one in found]

    def _about_the_views(self, situation: Situation) -> list[str]:
        """Return what there is to say about materialized views of the side out of service; nothing before setup."""
        serves = situation.in_service
        if serves is None or not situation.gates[serves.other].installed:
            return []
        return read_standing_of_views(self._sides, serves.other).lines()

    def _left_behind(self, situation: Situation) -> tuple[list[Clients], list[Finding]]:
        """Return the clients on the side out of service, and the findings about them; none before the first switch."""
        if situation.in_service is None or not situation.switched:
            return [], []
        old = situation.in_service.other
        session = self._sides.session(old)
        clients = read_clients(session)
        return clients, findings_about(clients, old, seconds_since_fence(session, self._migration))

    def _about_the_routes(self) -> list[Finding]:
        return held_by_nobody(build_fleet(self._params["routes"], self._ports.run), self._sides)

    def _about_the_schema(self, picture: Picture) -> list[Finding]:
        """Return which tables of the side in service do not flow, and which parts of blue's schema green lacks."""
        situation, serves = picture.situation, picture.situation.in_service
        if serves is None or not all(gate.installed for gate in situation.gates.values()):
            return []
        found = []
        outside = picture.catalogs.outside(Direction.into(serves.other), picture.excluded)
        if outside:
            phases = "setup, replicate and sync" if serves is Side.BLUE else "setup and sync"
            fix = f"Create them on {serves.other} as well, then run {phases} again; or leave them out"
            found.append(Finding("BG268", WARNS, str(serves), "tables whose rows do not flow", fix, outside))
        found += _about_columns(picture, serves)
        drift = unmet_drift(self._sides) if serves is Side.BLUE else ()
        if drift:
            what = "its schema has changed since the copy, and green lacks the change"
            fix = "Make the same change on green, then run setup again"
            found.append(Finding("BG518", WARNS, str(serves), what, fix, drift))
        changed = tuple(words for _name, words in read_changed(self._sides))
        if changed:
            found.append(Finding(CHANGED_SINCE, WARNS, str(serves), CHANGED_WORDS, CHANGED_FIX, changed))
        for side, names in picture.catalogs.failing().items():
            found.append(Finding(WRITES_WOULD_FAIL, WARNS, str(side), WRITES_FAIL_WORDS, WRITES_WOULD_FAIL_FIX, names))
        return found


def _about_columns(picture: Picture, serves: Side) -> Iterator[Finding]:
    """Yield which columns of the side in service its link sends or leaves out by mistake, since they came later."""
    unknown, unsent = picture.catalogs.unlike(Direction.into(serves.other), picture.excluded)
    if unknown:
        what = f"columns came here that {serves.other} lacks, and the link stops at the next row with them"
        fix = f"Add them on {serves.other} as well; the link then goes on by itself; then run setup and sync"
        yield Finding("BG246", WARNS, str(serves), what, fix, unknown)
    if unsent:
        what = "columns that both sides have by now, and that the link does not send: their values stay behind"
        phases = "setup, replicate and sync" if serves is Side.BLUE else "setup and sync"
        fix = f"Run {phases} at once; then verify, with bluegreen_repair_differences where values stayed behind"
        yield Finding("BG247", WARNS, str(serves), what, fix, unsent)


def _row_of(stands: Stands) -> dict[str, Any]:
    """Return the row of the table of playbooks that applies here."""
    return {
        "name": stands.standing.name.lower(),
        "where": in_words(stands.standing, stands.situation),
        "lines": row_in_words(stands.standing),
        "no_rollback": why_not("rollback", stands.standing),
    }


def _after_an_emergency(situation: Situation) -> list[Finding]:
    opening = situation.opened_alone
    return [what_remains(opening, situation.left_open)] if opening is not None else []


def _of_one_side(stands: Stands, missing: Side, sides: Sides, consumers: list[dict[str, Any]]) -> Report:
    """Return the same facts when only one side answers; facts that need both are unknown."""
    return Report(
        {
            **stands.situation.as_result(),
            "standing": _row_of(stands),
            "versions": {str(missing): None, str(missing.other): sides.session(missing.other).major},
            "links": {},
            "first_copy": None,
            "progress": [],
            "lost": stands.lost.as_result() if stands.lost else None,
            "rollback": None,
            "start_again": broken_since_setup(stands.situation.story, stands.situation.in_service),
            "left_behind": [],
            "consumers": consumers,
            "views": [],
            "findings": [finding.as_result() for finding in _after_an_emergency(stands.situation)],
            "journal": [entry.as_result() for entry in stands.situation.story],
        }
    )

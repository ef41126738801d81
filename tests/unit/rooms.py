# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rooms of the house: one folder per capability, with the same name in each layer, and the rooms it may import."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Room:
    """The contents of a room, and the rooms that its files may import. All of them may use the layers' own files."""

    holds: str
    may_import: frozenset[str]


def _room(holds: str, *may_import: str) -> Room:
    return Room(holds, frozenset(may_import))


ROOMS = {
    "service": _room("who is in service: gate and fence, the schema's guard, markers, journal, situation, advice"),
    "schema": _room("copy, scope, versions, lint, drift and surroundings of a schema; green's database", "service"),
    "lanes": _room("one lane: publication, slot, subscription, conflicts, waiting for a marker", "schema", "service"),
    "copy": _room("the first copy from a snapshot, its worker and streams; backfill", "lanes", "schema", "service"),
    "consumers": _room(
        "who else reads a logical slot of a side, what becomes of each, and its publications on green", "service"
    ),
    "metrics": _room("what Prometheus reads: the list of metrics, one reading, the textfile, alert rules"),
    "replication": _room(
        "a link made, caught up, watched and removed: lag, canary, circuit breaker",
        "consumers", "copy", "go_no_go", "lanes", "metrics", "schema", "service",
    ),
    "comparison": _room("both sides compared while both are written to, and the repair", "lanes", "schema", "service"),
    "client": _room("a switch as a client of our own sees it: the probe, its record, its figures", "service"),
    "readers": _room(
        "applications that only read: their servers, and how they move to standbys and back", "lanes", "service"
    ),
    "preflight": _room(
        "facts, checks, reach, attempts, forecast, report", "consumers", "readers", "routes", "schema", "service"
    ),
    "init": _room(
        "a first look: the inventory, the SQL that grants and takes back, green's roles", "preflight", "schema"
    ),
    "plans": _room(
        "what queries meet on the side that takes over: views, statistics, plans, its cache", "preflight", "service"
    ),
    "go_no_go": _room(
        "what a switch is asked for and whether it may begin: readiness, conditions, approval; what only green has",
        "comparison", "consumers", "copy", "lanes", "plans", "preflight", "readers", "schema", "service",
    ),
    "switch": _room(
        "cutover and rollback: critical section, migrations within it, watchdog, recovery, way back",
        "go_no_go", "lanes", "preflight", "schema", "service",
    ),
    "emergency": _room(
        "blue is opened although green is out of reach; what green took is brought over once it is back",
        "comparison", "go_no_go", "lanes", "service", "switch",
    ),
    "rehearsal": _room("throw-away servers, a sample of blue, writes on trial", "schema", "service"),
    "notifications": _room("who is told of what on which channel: webhooks, chats, incidents, e-mail, commands"),
    "fleet": _room("many migrations in one run: databases as hosts, which of them switch together"),
    "retirement": _room(
        "archive, its restore test, decommission", "comparison", "rehearsal", "schema", "service"
    ),
    "routes": _room("files and checks of routes (the routers are `_routers`)", "readers", "service"),
    "report": _room(
        "the page of a migration: what journals and measurements tell, drawn", "client", "copy", "service", "switch"
    ),
    "status": _room(
        "where a migration stands: status, phases, activity, the table of playbooks",
        "consumers", "copy", "go_no_go", "lanes", "plans", "replication", "schema", "service", "switch",
    ),
}  # fmt: skip

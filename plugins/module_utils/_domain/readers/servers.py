# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Servers that readers use: named standbys of a side, or its primary; and what stands against each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..findings import BLOCKS, WARNS, Finding
from ..sides import Side

MISSING = "BG768"
# Smaller there, readers would be turned away, be slower, or be cancelled earlier. -1 means no limit.
_CONNECTIONS = "max_connections"
COMPARED = (
    _CONNECTIONS, "shared_buffers", "work_mem", "effective_cache_size", "max_parallel_workers",
    "max_parallel_workers_per_gather", "max_standby_streaming_delay",
)  # fmt: skip
_BACK = "Bring it back, or correct or remove it in bluegreen_standbys"


@dataclass(frozen=True)
class Place:
    """Where a server is: a standby's own host and port, or a side as we reach it (no host)."""

    side: Side
    name: str
    host: str = ""
    port: str = ""

    @property
    def is_standby(self) -> bool:
        """Tell whether it was named as a standby."""
        return bool(self.host)


@dataclass(frozen=True)
class Standbys:
    """The standbys that the user named, by side, in their order."""

    places: Mapping[Side, tuple[Place, ...]]

    @classmethod
    def from_parameters(cls, given: Mapping[str, Sequence[Mapping[str, Any]] | None] | None) -> Standbys:
        """Build it from a module's parameter."""
        return cls({side: tuple(_place(side, one) for one in (given or {}).get(str(side)) or ()) for side in Side})

    def read_from(self, side: Side) -> tuple[Place, ...]:
        """Return the servers that readers of that side use: its primary where no standby is named."""
        return self.places[side] or (Place(side, f"{side}'s primary"),)


@dataclass(frozen=True)
class Server:
    """What one server says of itself; ``problem``: why it is of no use to readers.

    ``behind``: by how many seconds it says it lags behind its primary, ``None`` where it does not know.
    """

    place: Place
    problem: str = ""
    behind: float | None = None
    settings: Mapping[str, int] = field(default_factory=dict)

    def as_result(self) -> dict[str, Any]:
        """Return it JSON-ready."""
        return {"side": str(self.place.side), "server": self.place.name, "problem": self.problem, "behind": self.behind}


def missing(servers: Sequence[Server]) -> list[Finding]:
    """Return the servers that readers cannot use."""
    return [
        Finding(MISSING, BLOCKS, str(one.place.side), f"readers cannot use {one.place.name}: {one.problem}", _BACK)
        for one in servers
        if one.problem
    ]


def smaller(servers: Sequence[Server], before: Sequence[Server]) -> Iterator[Finding]:
    """Yield what is smaller on one of ``servers`` than on one of those that readers come from and that answer."""
    known = [one for one in before if not one.problem]
    for server in servers:
        for name in COMPARED if not server.problem else ():
            largest = max((one.settings[name] for one in known), key=_amount, default=None)
            if largest is not None and _amount(server.settings[name]) < _amount(largest):
                what = f"{name} of {server.place.name} is {server.settings[name]}, and {largest} where readers are"
                severity, fix = (BLOCKS, "Raise it") if name == _CONNECTIONS else (WARNS, "See that it is meant so")
                yield Finding(MISSING, severity, str(server.place.side), what, fix)


def _amount(setting: int) -> float:
    return float("inf") if setting < 0 else float(setting)


def _place(side: Side, one: Mapping[str, Any]) -> Place:
    port = "" if one.get("port") is None else str(one["port"])
    return Place(side, f"{one['host']}{f':{port}' if port else ''}", str(one["host"]), port)

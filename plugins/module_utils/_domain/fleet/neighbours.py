# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many migrations of one run share a server. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, Optional

# What names a server; a service or a dsn names it elsewhere.
_PLACE = ("host", "hostaddr", "port")
_ELSEWHERE = ("dsn", "service")
Server = Optional["tuple[str, ...]"]


def server_of(side: Mapping[str, Any] | None) -> Server:
    """Return what tells a server from others, and ``None`` where that is not known.

    :param side: ``bluegreen_blue`` or ``bluegreen_green`` of a host, ``None`` if it could not be read
    """
    if not side or any(side.get(name) for name in _ELSEWHERE):
        return None
    return tuple(str(side.get(name) or "") for name in _PLACE)


def migrations_at_once(servers: Mapping[str, tuple[Server, Server]]) -> dict[str, int]:
    """Return by host how many migrations use one of its two servers, itself included.

    A server that is not known may be any of them, so it counts for all, and all count for it.

    :param servers: blue's and green's by host
    """
    counts = [Counter(pair[side] for pair in servers.values()) for side in (0, 1)]
    return {host: max(_users(counts[side], pair[side]) for side in (0, 1)) for host, pair in servers.items()}


def _users(count: Counter[Server], server: Server) -> int:
    return sum(count.values()) if server is None else count[server] + count[None]

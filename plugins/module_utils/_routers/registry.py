# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The available routers, and how the entries of a module's ``routes`` become routers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .contract import RouteError, Router, Run
from .fleet import Fleet
from .haproxy import HAProxy
from .hook import Hook
from .multihost import Multihost
from .pgbouncer import PgBouncer

ROUTERS: dict[str, type[Router]] = {
    "pgbouncer": PgBouncer,
    "haproxy": HAProxy,
    "multihost": Multihost,
    "hook": Hook,
}
_TYPE = "type"


def build_fleet(entries: Sequence[Mapping[str, Any]], run: Run) -> Fleet:
    """Return the routers of these entries as one; raises as :func:`build_routers` does."""
    return Fleet(build_routers(entries, run))


def build_routers(entries: Sequence[Mapping[str, Any]], run: Run) -> list[Router]:
    """Return a router for each entry; nothing is opened or read.

    :param run: runs a command as AnsibleModule.run_command does
    :raises RouteError: BG601 for an entry of unknown type, without a required parameter, or with a parameter of another
        type
    """
    routers = [_build(position, entry, run) for position, entry in enumerate(entries, start=1)]
    names = [router.name for router in routers]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise _refused(f"Two entries of routes are the same route ({', '.join(twice)})", "Name each route once")
    return routers


def _build(position: int, entry: Mapping[str, Any], run: Run) -> Router:
    given = {key: value for key, value in entry.items() if value is not None}
    kind = given.pop(_TYPE, None)
    if kind not in ROUTERS:
        raise _refused(f"Entry {position} of routes has the type {kind!r}", f"Use one of {', '.join(ROUTERS)}")
    router = ROUTERS[kind]
    missing = [name for name in router.required if not given.get(name)]
    if missing:
        raise _refused(f"Entry {position} of routes ({kind}) lacks {', '.join(missing)}", "Add it (docs/routes.md)")
    foreign = sorted(set(given) - {*router.required, *router.optional})
    if foreign:
        what = f"Entry {position} of routes ({kind}) has {', '.join(foreign)}, which belongs to another type"
        raise _refused(what, f"Remove it, or correct {_TYPE}")
    return router(given, run)


def _refused(what: str, todo: str) -> RouteError:
    return RouteError("BG601", what, "Nothing was changed", todo)

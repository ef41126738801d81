# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""For each module parameters that work, and the state that it needs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from demo.commands import BINARIES_CACHE
from tests.fixtures.migrations import Pair
from tests.fuzz.values import PLANTED


@dataclass(frozen=True)
class Recipe:
    """Parameters that work, besides the common ones; ``flows``: on a pair whose rows flow both ways.

    ``leaves``: the module starts something that must keep running. ``real_runs``: how many sets at most are tried for
    real, of those whose arguments are accepted.
    """

    own: dict[str, Any] = field(default_factory=dict)
    flows: bool = True
    leaves: bool = False
    common: bool = True
    real_runs: int = 500


_MAIL = {
    "type": "mail",
    "host": "127.0.0.1",
    "port": 1,
    "sender": "a@example.com",
    "to": ["b@example.com"],
    "password": PLANTED,
    "timeout": 1.0,
}
_QUICK = {"timeout": 5.0, "range_timeout": 5.0, "row_timeout": 1.0}
RECIPES: dict[str, Recipe] = {
    "activity_info": Recipe(),
    "archive_database": Recipe({"directory": "archive", "jobs": 1}, real_runs=50),
    "backfill": Recipe(
        {"side": "blue", "table": "public.users", "columns": {"name": "upper(name)"}, "pause_limit": 1.0}
    ),
    "canary": Recipe({"timeout": 2.0}),
    "circuit_breaker": Recipe({"retained_wal": "1GB"}),
    "client_probe": Recipe(
        {
            "state": "stopped",
            "application": {"host": "127.0.0.1", "port": "1", "password": PLANTED},
            "file": "probe.jsonl",
        }
    ),
    "closing_info": Recipe({"phase": "sync"}),
    "consistency_check": Recipe(_QUICK),
    "consistency_repair": Recipe(_QUICK),
    "consumer_handover": Recipe({"consumers": [{"slot": "orders_cdc"}]}),
    "cutover": Recipe({"target": "green", "deadline": 3.0, "hold_limit": 0.5, "postpone_limit": 0.5}, real_runs=60),
    "decommission": Recipe(),
    "embedded_server": Recipe(
        {"folder": "server", "cache": str(BINARIES_CACHE), "major": 18, "password": PLANTED}, leaves=True, real_runs=50
    ),
    "emergency_rollback": Recipe({"file": "loss.json", "patience": 0.1}),
    "green_database": Recipe(flows=False),
    "green_roles": Recipe(flows=False, real_runs=50),
    "init_info": Recipe(flows=False),
    "materialized_views": Recipe({"timeout": 10.0}),
    "migration_info": Recipe(),
    "migration_journal": Recipe({"phase": "prepare"}),
    "notify": Recipe(
        {"channels": [_MAIL], "migration": "m", "phase": "sync", "state": "done", "text": "t"}, common=False
    ),
    "phase_info": Recipe({"phase": "sync"}),
    "plan_comparison_info": Recipe(),
    "preflight_info": Recipe(flows=False),
    "prerequisites_info": Recipe({"confirmed": {"team": "Ada, 2026-11-20"}}, flows=False),
    "read_traffic": Recipe({"target": "green", "settle": 0.1, "watch": 0.1, "timeout": 2.0}),
    "reconcile": Recipe({"file": "reconciled.json"}),
    "rehearsal_side": Recipe({"side": "green", "rows": "10"}, flows=False, real_runs=50),
    "rehearsal_writes": Recipe({"folder": "writes"}, leaves=True, real_runs=50),
    "replication_catchup": Recipe({"timeout": 5.0}),
    "replication_lag_info": Recipe(),
    "replication_link": Recipe({"direction": "forward", "timeout": 5.0}, real_runs=100),
    "replication_watch": Recipe(),
    "fleet_wave": Recipe({"batch": ["a"], "living": ["a"]}, common=False),
    "report_files": Recipe({"folder": "reports", "files": [{"name": "page", "content": "x"}]}, common=False),
    "route_check": Recipe({"application": {"host": "127.0.0.1", "port": "1", "password": PLANTED}, "timeout": 1.0}),
    "route_files": Recipe({"routes": [{"type": "multihost"}]}),
    "schema_copy": Recipe(flows=False, real_runs=50),
    "schema_lint_info": Recipe(flows=False),
    "schema_version": Recipe({"directory": "."}, flows=False, real_runs=100),
    "statistics": Recipe({"timeout": 10.0}),
    "stop_phase": Recipe({"msg": "BG000: a phase stops"}, common=False),
    "warm_cache": Recipe({"timeout": 10.0}),
    "write_gate": Recipe(flows=False),
}


def base_of(module: str, pair: Pair) -> dict[str, Any]:
    """Return parameters that work on this pair."""
    recipe = RECIPES[module]
    return {**(pair.ends() if recipe.common else {}), **recipe.own}

# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A rehearsal points every role that it runs to the throw-away pair."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from demo.commands import PROJECT

_ROLES = PROJECT / "roles"
_RUN = _ROLES / "rehearse" / "tasks" / "run_phases.yml"
_BOUND = re.compile(r"bluegreen_\w+")
# Settings that a rehearsal shares with the real migration.
_KEPT = [
    "accept",
    "accept_absent_standbys",
    "accept_loss_of",
    "accept_one_way",
    "application_roles",
    "at_cutover_limit",
    "backfills",
    "backup_max_age_hours",
    "canary_interval",
    "canary_timeout",
    "catchup_timeout",
    "client",
    "comparison_max_age_hours",
    "consistency_busy_percent",
    "consistency_mapping",
    "consistency_max_active_sessions",
    "consistency_max_lag_megabytes",
    "consistency_max_megabytes_per_second",
    "consistency_mode",
    "consistency_range_timeout",
    "consistency_sample_percent",
    "consistency_show_values",
    "consistency_timeout",
    "copy_streams",
    "ddl_guard",
    "deadline",
    "emergency_patience",
    "evidence",
    "exclude_tables",
    "extension_versions",
    "gap_warning_ms",
    "hold_limit",
    "lane_tables",
    "lanes",
    "log_check_timeout",
    "max_lag_seconds",
    "max_transaction_seconds",
    "migrations_at_once",
    "observations",
    "plan_cost_factor",
    "plan_top",
    "postpone_limit",
    "probe_file",
    "probe_limit",
    "probe_rate",
    "read",
    "refresh_views",
    "refresh_views_timeout",
    "repair_differences",
    "repair_max_rows",
    "schema_exclude",
    "schema_include",
    "schema_migrations",
    "schema_version",
    "secret_columns",
    "sequence_headroom",
    "settle",
    "steps",
    "switched",
    "target",
    "timeout",
    "trial_restore",
    "unknown_variables",
    "warm_cache_bytes",
    "warm_cache_timeout",
    "watch",
]
_USED = re.compile(r"name: bluegreen\.postgresql\.(\w+)")


def _load(path: Any) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def _reached(roles: set[str]) -> set[str]:
    """Return these roles and all that they run."""
    text = "".join(path.read_text(encoding="utf-8") for role in roles for path in (_ROLES / role).rglob("*.yml"))
    more = roles | set(_USED.findall(text))
    return roles if more == roles else _reached(more)


def _run_roles() -> set[str]:
    sequence = _load(_ROLES / "rehearse" / "vars" / "main.yml")["rehearse_sequence"]
    roles = _reached({one["role"] for one in sequence})
    assert {"switch", "verify", "notifications"} < roles
    return roles


def _replaced() -> dict[str, Any]:
    [block] = [task for task in _load(_RUN) if "block" in task]
    replaced: dict[str, Any] = block["vars"]
    return replaced


@pytest.mark.parametrize("side", ["blue", "green"])
def test_every_role_that_is_run_is_led_to_the_pair(side: str) -> None:
    guarded = re.findall(r"\w+", (_ROLES / "rehearse" / "tasks" / "require_pair.yml").read_text(encoding="utf-8"))
    for role in _run_roles():
        if f"{role}_{side}" in _load(_ROLES / role / "defaults" / "main.yml"):
            assert _replaced()[f"{role}_{side}"] == f"{{{{ rehearse_pair.{side} }}}}"
            assert role in guarded


def test_what_is_not_replaced_leads_nowhere_else() -> None:
    """Adding a variable to a role needs a decision: a setting is kept, anything that reaches out is replaced."""
    for role in _run_roles():
        for name, value in _load(_ROLES / role / "defaults" / "main.yml").items():
            bound = _BOUND.search(str(value))
            is_replaced = name in _replaced() or (bound and bound.group() in _replaced())
            assert is_replaced or name.removeprefix(f"{role}_") in _KEPT, name

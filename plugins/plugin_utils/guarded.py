# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action of every module of the collection that works on databases."""

from __future__ import annotations

from typing import Any

from ansible.plugins.action.normal import ActionModule as NormalAction

from ansible_collections.bluegreen.postgresql.plugins.plugin_utils.guard import Guard
from ansible_collections.bluegreen.postgresql.plugins.plugin_utils.quiet import WITHIN, quiet


class GuardedAction(NormalAction):  # type: ignore[misc]
    """Runs its module as Ansible would, and ends it when the run is cancelled."""

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Run the module."""
        del tmp
        variables = task_vars or {}
        guard = Guard(str(variables.get("inventory_hostname", "")))
        with guard.watching():
            guard.result = result = self._perform(variables, guard)
        return quiet(result) if variables.get(WITHIN) and result.get("failed") else result

    def _perform(self, task_vars: dict[str, Any], _guard: Guard) -> dict[str, Any]:
        result: dict[str, Any] = super().run(None, task_vars)
        return result

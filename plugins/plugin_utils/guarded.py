# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action of every module of the collection that works on databases."""

from __future__ import annotations

from typing import Any

from ansible.plugins.action.normal import ActionModule as NormalAction

from ansible_collections.bluegreen.postgresql.plugins.plugin_utils.command_line import command_for
from ansible_collections.bluegreen.postgresql.plugins.plugin_utils.guard import Guard
from ansible_collections.bluegreen.postgresql.plugins.plugin_utils.quiet import WITHIN, quiet
from ansible_collections.bluegreen.postgresql.plugins.plugin_utils.run_end import keep_failure


class GuardedAction(NormalAction):  # type: ignore[misc]
    """Runs its module as Ansible would, and ends it when the run is cancelled."""

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Run the module."""
        del tmp
        variables = task_vars or {}
        guard = Guard(str(variables.get("inventory_hostname", "")))
        with guard.watching():
            guard.result = result = self._perform(variables, guard)
        if not (variables.get(WITHIN) and result.get("failed")):
            return result
        self._keep_in_case_the_run_ends_here(variables, result)
        return quiet(result)

    def _keep_in_case_the_run_ends_here(self, variables: dict[str, Any], result: dict[str, Any]) -> None:
        host = str(variables.get("inventory_hostname", ""))
        task = self._task.get_name(include_role_fqcn=False).rpartition(" : ")[2]
        keep_failure(host, str(variables[WITHIN]), task, str(result.get("msg", "")), command_for(host, variables))

    def _perform(self, task_vars: dict[str, Any], _guard: Guard) -> dict[str, Any]:
        result: dict[str, Any] = super().run(None, task_vars)
        return result

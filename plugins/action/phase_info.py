# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names variables that nothing reads before it asks what a phase does."""

from __future__ import annotations

from typing import Any

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.status.variables import (
    FAIL,
    WARN,
    about_unknown,
    refusal,
)
from ansible_collections.bluegreen.postgresql.plugins.plugin_utils.guard import Guard
from ansible_collections.bluegreen.postgresql.plugins.plugin_utils.guarded import GuardedAction
from ansible_collections.bluegreen.postgresql.plugins.plugin_utils.known_variables import known_variables


class ActionModule(GuardedAction):
    """The first task of a playbook."""

    def _perform(self, task_vars: dict[str, Any], guard: Guard) -> dict[str, Any]:
        about = about_unknown(task_vars, known_variables())
        todo = self._task.args.get("unknown_variables", WARN)
        if about and todo == FAIL:
            error = refusal(about)
            return {"failed": True, "changed": False, "msg": str(error), **error.as_result()}
        result = super()._perform(task_vars, guard)
        told = about if todo == WARN else []
        return {**result, "warnings": [*result.get("warnings", []), *told]}

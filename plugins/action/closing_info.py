# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hands the closing lines of a phase to the end of the run, and fails if the phase did."""

from __future__ import annotations

import re
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.status.closing_arguments import ARGUMENTS
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.status.seen import Seen, ending_of
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.texts import one_line
from ansible_collections.bluegreen.postgresql.plugins.plugin_utils.command_line import command_for
from ansible_collections.bluegreen.postgresql.plugins.plugin_utils.guard import Guard
from ansible_collections.bluegreen.postgresql.plugins.plugin_utils.guarded import GuardedAction
from ansible_collections.bluegreen.postgresql.plugins.plugin_utils.outcome import outcome
from ansible_collections.bluegreen.postgresql.plugins.plugin_utils.run_end import keep
from ansible_collections.bluegreen.postgresql.plugins.plugin_utils.unread import lines_without_a_look

_CODE = re.compile(r"BG\d{3}")


class ActionModule(GuardedAction):
    """The last task of a phase."""

    def _perform(self, task_vars: dict[str, Any], guard: Guard) -> dict[str, Any]:
        host = str(task_vars.get("inventory_hostname", ""))
        told = self._task.args = {**self._task.args, "command": command_for(host, task_vars)}
        failure, phase = told.get("failure") or {}, str(told.get("phase", ""))
        if not isinstance(failure, dict):
            failure = {"error": str(failure)}
        result = self._worded(told) or super()._perform(task_vars, guard)
        ending = {name: result.get(name) for name in ("lines", "outlook", "row")}
        if ending["lines"] is None:
            where = (str(failure.get("task", "")), str(failure.get("error", "")))
            why = str(result.get("msg", ""))
            ending = {**ending, **lines_without_a_look(phase, *where, why, str(told["command"]))}
        name = one_line(told.get("migration") or host)
        keep(host, {**ending, "migration": name, "phase": phase, "failed": bool(failure)})
        if not failure:
            return {**_no_failure_of_the_phase(result), **outcome(name, told, result)}
        error = str(failure.get("error", ""))
        code = _CODE.search(error)
        return {**result, "failed": True, "msg": error, "code": code.group() if code else ""}

    def _worded(self, told: dict[str, Any]) -> dict[str, Any]:
        """Return the lines by what was just read, and nothing where the module has to read or to refuse."""
        checked = ArgumentSpecValidator(ARGUMENTS).validate({name: told[name] for name in ARGUMENTS if name in told})
        if checked.error_messages:
            return {}
        params = checked.validated_parameters
        ending = ending_of(params, self._task.check_mode)
        seen = Seen.by_result(params["seen"], ending)
        return {"changed": False, **seen.closing(ending, str(told["migration"]), params["command"])} if seen else {}


def _no_failure_of_the_phase(result: dict[str, Any]) -> dict[str, Any]:
    """Return a success: the phase has done its work, and its lines say that nobody could read how things stand."""
    if not result.get("failed"):
        return result
    return {"changed": False, "warnings": [f"Where the migration stands could not be read: {result.get('msg')}"]}

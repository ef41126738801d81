# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hands the closing lines of a phase to the end of the run, and fails if the phase did."""

from __future__ import annotations

import re
from typing import Any

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.status.closing import (
    Ending,
    Stand,
    closing_lines,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.texts import one_line
from ansible_collections.bluegreen.postgresql.plugins.plugin_utils.command_line import command_for
from ansible_collections.bluegreen.postgresql.plugins.plugin_utils.guard import Guard
from ansible_collections.bluegreen.postgresql.plugins.plugin_utils.guarded import GuardedAction
from ansible_collections.bluegreen.postgresql.plugins.plugin_utils.run_end import keep

_CODE = re.compile(r"BG\d{3}")


class ActionModule(GuardedAction):
    """The last task of a phase."""

    def _perform(self, task_vars: dict[str, Any], guard: Guard) -> dict[str, Any]:
        host = str(task_vars.get("inventory_hostname", ""))
        told = self._task.args = {**self._task.args, "command": command_for(host, task_vars)}
        failure = told.get("failure") or {}
        result = super()._perform(task_vars, guard)
        ending = {name: result.get(name) for name in ("lines", "outlook", "row")}
        if ending["lines"] is None:
            ending = {**ending, **_without_the_module(told, str(result.get("msg", "")))}
        name = one_line(told.get("migration") or host)
        keep(host, {**ending, "migration": name, "phase": told["phase"], "failed": bool(failure)})
        if not failure:
            return result
        error = str(failure.get("error", ""))
        code = _CODE.search(error)
        return {**result, "failed": True, "msg": error, "code": code.group() if code else ""}


def _without_the_module(told: dict[str, Any], why: str) -> dict[str, list[str]]:
    """Return the lines where the module could not even look: its own failure is why it is not known where things
    stand."""
    failure = told.get("failure") or {}
    ending = Ending(str(told["phase"]), task=str(failure.get("task", "")), error=str(failure.get("error", "")))
    lines, outlook = closing_lines(ending, Stand(None, unknown=why), str(told["command"]))
    return {"lines": lines, "outlook": outlook}

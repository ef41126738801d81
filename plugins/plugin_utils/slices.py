# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A task that runs its module in slices, shows a line of progress after each, and keeps what was measured."""

from __future__ import annotations

from typing import Any

from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ansible_collections.bluegreen.postgresql.plugins.plugin_utils.guard import Guard
from ansible_collections.bluegreen.postgresql.plugins.plugin_utils.guarded import GuardedAction
from ansible_collections.bluegreen.postgresql.plugins.plugin_utils.measuring import Measuring

PROGRESS = "bluegreen_progress"


class SlicedAction(Measuring, GuardedAction):
    """Shows progress where a module alone is silent until its end, in a terminal and under ansible-runner.

    A module takes `slice`, seconds, and `resume`; a slice that is not the last returns `resume`, and `progress`.
    """

    _supports_async = False
    SLICE_SECONDS = 3.0

    def _perform(self, task_vars: dict[str, Any], guard: Guard) -> dict[str, Any]:
        """Run slices until one says nothing of a next one, or fails, or nobody waits for it."""
        result: dict[str, Any] = ActionBase.run(self, None, task_vars)
        host = task_vars.get("inventory_hostname", "")
        shown = boolean(self._templar.template(task_vars.get(PROGRESS, True)), strict=False)
        arguments = {"slice": self.SLICE_SECONDS, **self._task.args}
        step: dict[str, Any] = {}
        while True:
            new: dict[str, Any] = self._execute_module(
                module_name=self.MODULE, module_args=arguments, task_vars=task_vars, wrap_async=False
            )
            step = self._joined(step, new)
            self._keep(step, task_vars)
            if step.get("failed") or "resume" not in step or guard.ended:
                result.update(step)
                return result
            for line in step["progress"] if shown else ():
                Display().display(f"{host}: {line}")
            arguments = {**arguments, "resume": step["resume"]}

    def _joined(self, _earlier: dict[str, Any], step: dict[str, Any]) -> dict[str, Any]:
        """Return the result of all slices so far; here the newest one tells it all."""
        return step

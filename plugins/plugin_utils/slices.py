# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A task that runs its module in slices, shows a line of progress after each, and keeps what was measured."""

from __future__ import annotations

import time
from typing import Any

from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.report.measurements import line_of, measured
from ansible_collections.bluegreen.postgresql.plugins.plugin_utils.guard import Guard
from ansible_collections.bluegreen.postgresql.plugins.plugin_utils.guarded import GuardedAction
from ansible_collections.bluegreen.postgresql.plugins.plugin_utils.report_files import FOLDER, append_line

PROGRESS = "bluegreen_progress"


class SlicedAction(GuardedAction):
    """Shows progress where a module alone is silent until its end, in a terminal and under ansible-runner.

    A module takes `slice`, seconds, and `resume`; a slice that is not the last returns `resume`, and `progress`.
    """

    _supports_async = False
    MODULE = ""
    SLICE_SECONDS = 3.0

    def _perform(self, task_vars: dict[str, Any], guard: Guard) -> dict[str, Any]:
        """Run slices until one says nothing of a next one, or fails, or nobody waits for it."""
        result: dict[str, Any] = ActionBase.run(self, None, task_vars)
        host = task_vars.get("inventory_hostname", "")
        shown = boolean(self._templar.template(task_vars.get(PROGRESS, True)), strict=False)
        arguments = {"slice": self.SLICE_SECONDS, **self._task.args}
        while True:
            step: dict[str, Any] = self._execute_module(
                module_name=self.MODULE, module_args=arguments, task_vars=task_vars, wrap_async=False
            )
            self._keep(step, task_vars)
            if step.get("failed") or "resume" not in step or guard.ended:
                result.update(step)
                return result
            for line in step["progress"] if shown else ():
                Display().display(f"{host}: {line}")
            arguments = {**arguments, "resume": step["resume"]}

    def _keep(self, step: dict[str, Any], task_vars: dict[str, Any]) -> None:
        """Keep what was measured beside the runbook, where a role has named a folder. That it cannot be kept fails
        nothing."""
        name = self.MODULE.rpartition(".")[2]
        found = None if self._task.check_mode or step.get("failed") else measured(name, step)
        if found is None or FOLDER not in task_vars:
            return
        folder = str(self._templar.template(task_vars[FOLDER]))
        try:
            append_line(folder, line_of(found, time.time()))
            self._show(folder, step, task_vars)
        except OSError as error:
            Display().warning(f"Measurements are not kept in {folder}: {error.strerror or error}; the run goes on")

    def _show(self, folder: str, step: dict[str, Any], task_vars: dict[str, Any]) -> None:
        """Show what was measured where somebody looks at it while the module runs."""

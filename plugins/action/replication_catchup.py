# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the module of the same name in slices and shows a line of progress after each."""

from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

_SLICE_SECONDS = 3.0
_MODULE = "bluegreen.postgresql.replication_catchup"


class ActionModule(ActionBase):  # type: ignore[misc]
    """Shows progress where a module alone is silent until its end, in a terminal and under ansible-runner."""

    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Run slices until the other side has caught up, or a slice fails."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        del tmp
        host = (task_vars or {}).get("inventory_hostname", "")
        arguments = {"slice": _SLICE_SECONDS, **self._task.args}
        while True:
            step: dict[str, Any] = self._execute_module(
                module_name=_MODULE, module_args=arguments, task_vars=task_vars, wrap_async=False
            )
            if step.get("failed") or step.get("caught_up") is not False:
                result.update(step)
                return result
            for line in step["progress"]:
                Display().display(f"{host}: {line}")
            arguments = {**arguments, "resume": step["resume"]}

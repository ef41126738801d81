# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a task measured is kept beside the runbook, where the page finds it."""

from __future__ import annotations

import time
from typing import Any

from ansible.utils.display import Display

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.report.measurements import line_of, measured
from ansible_collections.bluegreen.postgresql.plugins.module_utils._files.report import append_line

_FOLDER = "notifications_folder"


class Measuring:
    """An action whose module's results are kept, where a role has named a folder; beside one of Ansible's classes."""

    MODULE = ""
    _task: Any
    _templar: Any

    def _keep(self, step: dict[str, Any], task_vars: dict[str, Any]) -> None:
        """Keep what was measured. That it cannot be kept fails nothing."""
        name = self.MODULE.rpartition(".")[2]
        found = None if self._task.check_mode or step.get("failed") else measured(name, step)
        if found is None or _FOLDER not in task_vars:
            return
        folder = str(self._templar.template(task_vars[_FOLDER]))
        try:
            append_line(folder, line_of(found, time.time()))
            self._show(folder, step, task_vars)
        except OSError as error:
            Display().warning(f"Measurements are not kept in {folder}: {error.strerror or error}; the run goes on")

    def _show(self, folder: str, step: dict[str, Any], task_vars: dict[str, Any]) -> None:
        """Show what was measured where somebody looks at it while the module runs."""

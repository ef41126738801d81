# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes files on the controller itself, without a process: every phase ends in several."""

from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.errors import MigrationError
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.report.file_arguments import ARGUMENTS
from ansible_collections.bluegreen.postgresql.plugins.module_utils._files.report import write_files


class ActionModule(ActionBase):  # type: ignore[misc]
    """What the module of the same name does, whichever host the task names."""

    _requires_connection = False
    _supports_async = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Write them; in check mode only say which differ."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        _checked, arguments = self.validate_argument_spec(argument_spec=ARGUMENTS)
        try:
            written = write_files(arguments["folder"], arguments["files"], really=not self._task.check_mode)
        except MigrationError as error:
            return {**result, "failed": True, "msg": str(error), **error.as_result()}
        if not self._task.diff:
            del written["diff"]
        return {**result, **written}

# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Begins a wave in the controller's own process, which alone knows how earlier waves of the run ended."""

from __future__ import annotations

from typing import Any

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.errors import MigrationError
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.fleet.wave_arguments import ARGUMENTS
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.fleet.waves import Wave
from ansible_collections.bluegreen.postgresql.plugins.plugin_utils.guard import Guard
from ansible_collections.bluegreen.postgresql.plugins.plugin_utils.guarded import GuardedAction
from ansible_collections.bluegreen.postgresql.plugins.plugin_utils.waves import begun, note_begun, take_turn


class ActionModule(GuardedAction):
    """What the module of the same name does, with what it cannot know: who began in an earlier wave."""

    _requires_connection = False
    _supports_async = False

    def _perform(self, task_vars: dict[str, Any], guard: Guard) -> dict[str, Any]:
        del guard
        host = str(task_vars["inventory_hostname"])
        self._task.args = {"begun": begun(), **self._task.args}
        _checked, arguments = self.validate_argument_spec(argument_spec=ARGUMENTS)
        take_turn(host)
        others = [each for each in arguments["begun"] if each not in arguments["batch"]]
        wave = Wave(arguments["batch"], arguments["living"], others)
        try:
            wave.require_health(arguments["failures_allowed"])
        except MigrationError as error:
            return {"failed": True, "msg": str(error), **error.as_result()}
        note_begun(host, wave.later if host == wave.batch[0] else ())
        return {"changed": False, "failed_before": wave.failed, "later": wave.later}

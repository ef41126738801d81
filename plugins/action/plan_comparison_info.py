# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps what the module of the same name has found, for the report's page."""

from __future__ import annotations

from typing import Any

from ansible_collections.bluegreen.postgresql.plugins.plugin_utils.guard import Guard
from ansible_collections.bluegreen.postgresql.plugins.plugin_utils.guarded import GuardedAction
from ansible_collections.bluegreen.postgresql.plugins.plugin_utils.measuring import Measuring


class ActionModule(Measuring, GuardedAction):
    """Plans that changed."""

    MODULE = "bluegreen.postgresql.plan_comparison_info"

    def _perform(self, task_vars: dict[str, Any], guard: Guard) -> dict[str, Any]:
        result = super()._perform(task_vars, guard)
        self._keep(result, task_vars)
        return result

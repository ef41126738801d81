# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shows progress while the module of the same name runs, and returns what all its slices did."""

from __future__ import annotations

from typing import Any

from ansible_collections.bluegreen.postgresql.plugins.plugin_utils.slices import SlicedAction


class ActionModule(SlicedAction):
    """Progress of refreshing views."""

    MODULE = "bluegreen.postgresql.materialized_views"

    def _joined(self, earlier: dict[str, Any], step: dict[str, Any]) -> dict[str, Any]:
        if not earlier or "steps" not in step:
            return step
        before = earlier.get("diff", {}).get("before", "")
        return {
            **step,
            "changed": earlier["changed"] or step["changed"],
            "steps": [*earlier["steps"], *step["steps"]],
            "diff": {**step.get("diff", {}), "before": before},
        }

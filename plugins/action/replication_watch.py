# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps each reading while the module of the same name watches, and rewrites the report's page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible_collections.bluegreen.postgresql.plugins.module_utils._files.report import replace_page
from ansible_collections.bluegreen.postgresql.plugins.plugin_utils.slices import SlicedAction

_PAGE, _LIVE = "notifications_page_text", "notifications_live"


class ActionModule(SlicedAction):
    """A watch whose every slice is one reading."""

    MODULE = "bluegreen.postgresql.replication_watch"
    SLICE_SECONDS = 0.001  # no longer than the first reading

    def _show(self, folder: str, step: dict[str, Any], task_vars: dict[str, Any]) -> None:
        """Rewrite the page, unless this was the last reading: the role writes it then."""
        if "resume" not in step:
            return
        live = {"journal": step["journal"], "refresh": max(2.0, float(self._task.args.get("interval", 5.0)))}
        templar = self._templar.copy_with_new_env(available_variables={**task_vars, _LIVE: live})
        replace_page(Path(folder, "report.html"), str(templar.template(task_vars[_PAGE])))

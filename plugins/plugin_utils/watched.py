# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A task whose module works for long in one piece: its line of progress is read beside it, and shown."""

from __future__ import annotations

import contextvars
import copy
import threading
from typing import Any

from ansible.errors import AnsibleError
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action.normal import ActionModule as NormalAction
from ansible.utils.display import Display

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.progress import work_name
from ansible_collections.bluegreen.postgresql.plugins.module_utils._files.progress import how_to_read
from ansible_collections.bluegreen.postgresql.plugins.plugin_utils.guard import Guard
from ansible_collections.bluegreen.postgresql.plugins.plugin_utils.guarded import GuardedAction
from ansible_collections.bluegreen.postgresql.plugins.plugin_utils.slices import PROGRESS


class _Onlooker(NormalAction):  # type: ignore[misc]
    """Runs a command where the module runs, beside it."""

    def look(self, command: str) -> str:
        """Return the line that a command prints; nothing where there is none yet."""
        answer = self._low_level_execute_command(command)
        return str(answer["stdout"]).strip() if answer["rc"] == 0 else ""


class WatchedAction(GuardedAction):
    """Shows what its module keeps of its progress, in a terminal and under ansible-runner."""

    MODULE = ""
    LOOK_SECONDS = 3.0

    def _perform(self, task_vars: dict[str, Any], guard: Guard) -> dict[str, Any]:
        shown = boolean(self._templar.template(task_vars.get(PROGRESS, True)), strict=False)
        if not shown or self._task.check_mode:
            return super()._perform(task_vars, guard)
        ended = threading.Event()
        host, name = (
            str(task_vars.get("inventory_hostname", "")),
            work_name(str(self._task.args["migration"]), self.MODULE),
        )
        # A thread has no context of its own, and since 2.19 Ansible keeps the task there.
        watch = threading.Thread(
            target=contextvars.copy_context().run, args=(self._watch, host, how_to_read(name), ended), daemon=True
        )
        watch.start()
        try:
            return super()._perform(task_vars, guard)
        finally:
            ended.set()
            watch.join(self.LOOK_SECONDS)

    def _watch(self, host: str, command: str, ended: threading.Event) -> None:
        """Look through a connection of our own: the module occupies the task's."""
        onlooker = _Onlooker(
            self._task,
            copy.copy(self._connection),
            self._play_context,
            self._loader,
            self._templar,
            self._shared_loader_obj,
        )
        told = ""
        while not ended.wait(self.LOOK_SECONDS):
            try:
                line = onlooker.look(command)
            except (AnsibleError, OSError) as error:
                Display().warning(f"Progress is not shown: {error}; the work goes on")
                return
            if line and line != told and not ended.is_set():
                told = line
                Display().display(f"{host}: {line}")

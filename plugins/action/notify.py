# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Renders the templates of channels on the controller, runs the module of the same name, and keeps who was not told."""

from __future__ import annotations

from typing import Any

from ansible.plugins.action.normal import ActionModule as NormalAction

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.notifications.message import Message
from ansible_collections.bluegreen.postgresql.plugins.plugin_utils.measuring import Measuring
from ansible_collections.bluegreen.postgresql.plugins.plugin_utils.user_template import Renderer


class ActionModule(Measuring, NormalAction):  # type: ignore[misc]
    """A failure of it is no failure of a phase, so that it is neither guarded nor kept for the last lines."""

    MODULE = "bluegreen.postgresql.notify"

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Run the module with the texts that templates make; where one cannot be rendered, with the message's own."""
        del tmp
        told = self._task.args
        channels = told.get("channels")
        if not isinstance(channels, list) or not all(isinstance(each, dict) for each in channels):
            result: dict[str, Any] = super().run(None, task_vars)
            return result  # the module says what is wrong with them
        migration, phase, state, text = (str(told.get(key, "")) for key in ("migration", "phase", "state", "text"))
        message = Message(migration, phase, state, text, at="", details=told.get("details") or {})
        renderer = Renderer(self._loader, self._templar, task_vars or {}, message.as_json())
        rendered = [renderer.render(channel) for channel in channels]
        faults = [f"{_line(channel, number)} ({fault})" for number, (channel, fault) in enumerate(rendered, 1) if fault]
        self._task.args = {**told, "channels": [channel for channel, _fault in rendered]}
        result = super().run(None, task_vars)
        result = {**result, "lines": [*faults, *result["lines"]]} if faults and "lines" in result else result
        self._keep(result, task_vars or {})
        return result


def _line(channel: dict[str, Any], number: int) -> str:
    name = channel.get("name") or f"{channel.get('type')} {number}"
    return f"BG335: {name} was told in our words, since its template could not be rendered"

# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A message as a template of the user's words it."""

from __future__ import annotations

from typing import Any

from ansible.errors import AnsibleError
from ansible.plugins.loader import lookup_loader


class Renderer:
    """Renders templates as Ansible's own lookup does, with the message beside the host's variables."""

    def __init__(self, loader: Any, templar: Any, variables: dict[str, Any], message: dict[str, Any]) -> None:
        self._lookup = lookup_loader.get("ansible.builtin.template", loader=loader, templar=templar)
        self._variables = {**variables, "message": message}

    def render(self, channel: dict[str, Any]) -> tuple[dict[str, Any], str]:
        """Return the channel with the text that its template makes, or without a text and why there is none.

        The error's own words are not told: they may hold a value of a variable.
        """
        if not channel.get("template"):
            return channel, ""
        rest = {key: value for key, value in channel.items() if key != "template"}
        try:
            [text] = self._lookup.run([str(channel["template"])], variables=self._variables)
        except (AnsibleError, OSError, ValueError, TypeError, ArithmeticError, LookupError, AttributeError) as error:
            return rest, type(error).__name__
        return {**rest, "text": str(text)}, ""

# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The closing lines of a phase where nobody could read how things stand."""

from __future__ import annotations

from typing import Any

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.status.closing import (
    Ending,
    Stand,
    closing_lines,
)


def lines_without_a_look(phase: str, task: str, error: str, why: str, command: str) -> dict[str, Any]:
    """Return ``lines`` and ``outlook``.

    :param task: where the phase failed; ``error`` is empty if it did not
    :param why: why it is not known where things stand
    :param command: what comes before a playbook's name on the command line
    """
    lines, outlook = closing_lines(Ending(phase, task=task, error=error), Stand(None, unknown=why), command)
    return {"lines": lines, "outlook": outlook}

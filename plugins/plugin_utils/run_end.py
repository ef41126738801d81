# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What tasks of one run leave for its last lines, which ansible-playbook shows below its recap.

Each host has a file in the run's own temporary folder, which nobody else can read, and which Ansible removes.
"""

from __future__ import annotations

import atexit
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ansible import constants
from ansible.utils.display import Display

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.fleet.waves import NOT_BEGUN
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.status.fleet import told
from ansible_collections.bluegreen.postgresql.plugins.plugin_utils.unread import lines_without_a_look
from ansible_collections.bluegreen.postgresql.plugins.plugin_utils.waves import waiting

_FOLDER = "bluegreen"
_EARLY = "early"


def keep(host: str, ending: dict[str, Any]) -> None:
    """Keep how a phase ended for the end of the run."""
    folder = _folder()
    folder.mkdir(mode=0o700, exist_ok=True)
    with (folder / quote(host, safe="")).open("a", encoding="utf-8") as file:
        file.write(json.dumps(ending) + "\n")


def keep_failure(host: str, phase: str, task: str, error: str, command: str) -> None:
    """Keep a failure as soon as it is known: somebody may end the run before the phase's own ending is."""
    told = lines_without_a_look(phase, task, error, "the run ended before that was read", command)
    keep(host, {**told, "migration": host, "phase": phase, "failed": True, "row": None, _EARLY: True})


def _folder() -> Path:
    return Path(constants.DEFAULT_LOCAL_TMP) / _FOLDER


def _kept() -> Iterator[dict[str, Any]]:
    for file in sorted(_folder().iterdir()) if _folder().is_dir() else ():
        endings = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
        whole = {ending["phase"] for ending in endings if not ending.get(_EARLY)}
        yield from (one for one in endings if not one.get(_EARLY) or (one is endings[-1] and one["phase"] not in whole))
    yield from ({**NOT_BEGUN, "migration": host} for host in waiting())


class _End:
    """Shows the lines; created when this is first imported, in ansible-playbook itself, before it forks workers."""

    def __init__(self) -> None:
        self._process = os.getpid()
        atexit.register(self._show)

    def _show(self) -> None:
        if os.getpid() != self._process:
            return
        endings = list(_kept())
        colour = constants.COLOR_ERROR if any(ending["failed"] for ending in endings) else None
        for line in told(endings):
            Display().display(line, color=colour)


_END = _End()

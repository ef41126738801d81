# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What to type for another playbook of the same run: the program with the options that lead to the same host."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

from ansible import context


def command_for(host: str, task_vars: dict[str, Any]) -> str:
    """Return the words before a playbook's name. Variables are left out, since they may hold a secret."""
    options = context.CLIARGS
    words = ["ansible-playbook"]
    for source in options.get("inventory") or ():
        words += ["-i", _near(str(source))]
    for given in options.get("extra_vars") or ():
        words += ["-e", given] if str(given).startswith("@") else []
    if options.get("subset") or len(task_vars.get("ansible_play_hosts_all") or ()) > 1:
        words += ["--limit", host]
    return shlex.join(words)


def _near(path: str) -> str:
    """Return a path below the working directory as a relative one."""
    below = Path(path)
    return str(below.relative_to(Path.cwd())) if below.is_relative_to(Path.cwd()) else path

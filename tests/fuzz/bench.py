# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The process that modules are forked from, since importing them takes longer than most runs.

`python -m tests.fuzz.bench FOLDER`: each line of standard input is a request: `module`, `parameters`, `check`,
`limit`, `grace`.
Each line of standard output says how it ended; the module's output is in the folder.
"""

from __future__ import annotations

import ctypes
import importlib
import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

from demo.commands import COLLECTIONS
from tests.fixtures.module_arguments import given
from tests.fixtures.processes import children_of
from tests.fixtures.specs import MODULES

sys.path.insert(0, str(COLLECTIONS))

_PACKAGE = "ansible_collections.bluegreen.postgresql.plugins.modules"
_PR_SET_CHILD_SUBREAPER = 36
_POLL = 0.002
_GRACE = 5.0


def main() -> None:
    """Answer requests until standard input ends."""
    for name in MODULES:
        importlib.import_module(f"{_PACKAGE}.{name}")
    # Processes that a module leaves running become children of this process.
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    folder = Path(sys.argv[1])
    for line in sys.stdin:
        request = json.loads(line)
        pid = os.fork()
        if pid == 0:
            _work(request, folder)
        hung = not _ends(pid, request["limit"])
        if hung:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        print(json.dumps({"hung": hung, "left": _end_what_is_left(request["grace"])}), flush=True)


def _work(request: dict[str, Any], folder: Path) -> None:
    """Run a module as Ansible would run it; this is the fork."""
    os.setsid()
    home = Path(os.environ["HOME"])  # an earlier run may have removed it
    home.mkdir(parents=True, exist_ok=True)
    os.chdir(home)
    for number in range(3):
        os.dup2(os.open(folder / str(number), os.O_RDWR | os.O_CREAT | os.O_TRUNC), number)
    with given({**request["parameters"], "_ansible_check_mode": request["check"]}):
        importlib.import_module(f"{_PACKAGE}.{request['module']}").main()


def _ends(pid: int, limit: float) -> bool:
    end = time.monotonic() + limit
    while time.monotonic() < end:
        if os.waitpid(pid, os.WNOHANG) != (0, 0):
            return True
        time.sleep(_POLL)
    return False


def _end_what_is_left(grace: float) -> int:
    """End what still runs after a while, and return how many processes that were."""
    left = [] if _nothing_is_left(grace) else children_of(os.getpid())
    for sign in (signal.SIGTERM, signal.SIGKILL):
        for pid in children_of(os.getpid()) if left else []:
            os.kill(pid, sign)
        _nothing_is_left(_GRACE)
    return len(left)


def _nothing_is_left(grace: float) -> bool:
    end = time.monotonic() + grace
    while True:
        try:
            ended = os.waitpid(-1, os.WNOHANG) != (0, 0)
        except ChildProcessError:
            return True
        if not ended:
            if time.monotonic() > end:
                return False
            time.sleep(_POLL)


if __name__ == "__main__":
    main()

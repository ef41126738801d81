# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run in a process of its own, which may end as it likes."""

from __future__ import annotations

import os
import resource
import signal
import sys
import time
from collections.abc import Callable

NEVER = 77  # how pytest never ends
_SECONDS = 600


def in_a_fork(run: Callable[[], int], cpu_seconds: int = resource.RLIM_INFINITY) -> int:
    """Return the result of ``run`` in a separate process, a number below 0 if it does not end in time."""
    child = os.fork()
    if child == 0:
        resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))
        sys.stdout = sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115
        result = NEVER
        try:
            result = int(run())
        finally:
            os._exit(result)
    until = time.monotonic() + _SECONDS
    while time.monotonic() < until or cpu_seconds == resource.RLIM_INFINITY:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.005)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return -signal.SIGKILL

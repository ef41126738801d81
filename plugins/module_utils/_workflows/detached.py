# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A process in its own session, which outlives the module that forked it."""

from __future__ import annotations

import os
import signal
from pathlib import Path


def detach(keep: tuple[int, ...] = ()) -> None:
    """Leave the parent's session, its signals and its files.

    The parent's connections stay open there; here their descriptors point to /dev/null, so nothing can be written to
    them.
    """
    os.setsid()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in [int(entry.name) for entry in Path("/dev/fd").iterdir()]:
        if descriptor not in keep and descriptor != nowhere and _is_open(descriptor):
            os.dup2(nowhere, descriptor)


def _is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True

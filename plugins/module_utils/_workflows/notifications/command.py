# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A message on the standard input of a command of the user's."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from typing import Any, Callable

from .not_taken import NotTaken, TookTooLong

# A pipe would break under a command that ends without reading it, and stall one that writes first.
_FROM_FILE = 'exec "$@" <"$0"'
_KILLED = (124, 137)  # the exit status of timeout(1)
Run = Callable[..., "tuple[int, str, str]"]


def hand_over(settings: Mapping[str, Any], document: Mapping[str, Any], timeout: float, run: Run) -> None:
    """Run the command; status 0 means that it has taken the message. What it says is not repeated.

    :raises NotTaken: when it has not
    """
    limited = ["timeout", "--kill-after=1", f"{timeout:g}", *settings["command"]]
    environment = {name: str(value) for name, value in settings.get("environment", {}).items()}
    try:
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", errors="replace") as file:
            file.write(json.dumps(document, ensure_ascii=False))
            file.flush()
            fed = ["sh", "-c", _FROM_FILE, file.name, *limited]
            status, _output, _complaint = run(fed, environ_update=environment, handle_exceptions=False)
    except (OSError, ValueError) as error:
        raise NotTaken(f"the command cannot be run ({type(error).__name__})") from None
    if status in _KILLED:
        raise TookTooLong
    if status != 0:
        raise NotTaken(f"the command ended with status {status}")

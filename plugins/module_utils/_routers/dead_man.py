# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A dead man's switch: a process on a PgBouncer's own host that releases its clients when it no longer hears from us.

A shell there expects a word each second; if none comes, it ends the PAUSE with psql, whether our processes were killed,
or our machine or the network is gone.
"""

from __future__ import annotations

import base64
import os
import shlex
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress

from .._domain.clock import Deadline
from .ssh import OverSsh, Shell

SILENCE_SECONDS = 3
_BEAT_SECONDS = 1.0
_BEAT, _DONE = b"here\n", b"done\n"
_CONSOLE = "psql --no-psqlrc --no-password --quiet --tuples-only"
_KEYWORDS = ("host", "port", "user", "password", "dbname", "sslmode", "sslrootcert", "sslcert", "sslkey")
# Keywords are passed in the shell's input, so no command line shows a password.
_TRY = f'eval "$(base64 -d)"; {_CONSOLE} --command="SHOW VERSION" >/dev/null'
_WATCH = f"""
trap "" HUP PIPE
read -r told
eval "$(printf %s "$told" | base64 -d)"
echo ready
while word=$(timeout {SILENCE_SECONDS} sh -c 'read -r word && echo "$word"'); do
    if [ "$word" = done ]; then exit; fi
done
printf "%s\\n" "$commands" | while read -r command; do {_CONSOLE} --command="$command"; done >/dev/null 2>&1
"""


class DeadMan:
    """``keywords``: those of the console as we use them; ``commands``: run when nothing is heard from us."""

    def __init__(self, place: OverSsh, keywords: Mapping[str, str]) -> None:
        self._place = place
        self._keywords = keywords
        self._shell: Shell | None = None
        self._over = threading.Event()

    def obstacle(self) -> str | None:
        """Return why no process can wait there, ``None`` if one can."""
        return self._place.failure_of(_TRY, self._settings([]))

    def start(self, commands: Sequence[str], deadline: Deadline) -> None:
        """Start the process there, and send it a sign of life every second from now on.

        :raises PlaceLost: when the host cannot be reached
        :raises DeadlineReached: when it does not answer in time
        """
        self._shell = self._place.start(_WATCH)
        told = base64.b64encode(self._settings(commands).encode("utf-8"))
        self._shell.say(told + b"\n", deadline)
        self._shell.hear(deadline)
        self._shell.forget_names()
        threading.Thread(target=self._beat, daemon=True).start()

    def dismiss(self) -> None:
        """Dismiss the process without any action."""
        self._over.set()
        if self._shell is not None:
            os.write(self._shell.asking, _DONE)
            self._shell.close()
            self._shell = None

    def _beat(self) -> None:
        while self._shell is not None and not self._over.wait(_BEAT_SECONDS):
            # If ssh accepts nothing any more, the process hears nothing from us either.
            with suppress(BlockingIOError):
                os.write(self._shell.asking, _BEAT)

    def _settings(self, commands: Sequence[str]) -> str:
        given = [
            f"export PG{_variable(key)}={shlex.quote(self._keywords[key])}"
            for key in _KEYWORDS
            if key in self._keywords
        ]
        return "; ".join([*given, f"commands={shlex.quote(chr(10).join(commands))}"])


def _variable(keyword: str) -> str:
    return {"dbname": "DATABASE"}.get(keyword, keyword.upper())

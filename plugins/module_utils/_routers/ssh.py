# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files on a router's own host, read and replaced over SSH in a session that is opened before clients wait.

It uses the user's own ssh, with the user's configuration, keys, agent and known hosts. A login costs tenths of a
second, and so does each command by ControlMaster (ADR 60); one remote shell that waits for commands answers within
milliseconds. It reads from a named pipe whose only writer is this process, and ends with it.
"""

from __future__ import annotations

import base64
import errno
import os
import secrets
import select
import shlex
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .._domain.clock import Deadline
from .contract import Run
from .places import InvalidFile, PlaceLost

_SSH = ("ssh", "-T", "-o", "BatchMode=yes", "-o", "ServerAliveInterval=5")
_STARTED = ("sh", "-c", 'folder=$1; shift; "$@" <"$folder/in" >"$folder/out" 2>"$folder/err" &', "sh")
_ERROR_BYTES = 4096
_TICK = 0.1  # seconds between checks of the deadline, which a signal may have brought forward
_UNREADABLE = "!"
# Each text is prefixed with a colon, so that an empty one is a line as well.
_READ = 'for path do if [ -r "$path" ]; then printf :; base64 <"$path" | tr -d "\\n"; echo; else echo "!"; fi; done'
_EXISTS = 'if [ -e "$1" ]; then echo yes; fi'
_REAL = 'readlink -f -- "$1"'
_OBSTACLE = """
folder=$(dirname -- "$1")
if ! { [ -w "$folder" ] && [ -x "$folder" ]; }; then echo "$folder is missing, or not writable for $(id -un)"
elif [ "$(id -u)" != 0 ] && [ -e "$1" ] && [ ! -O "$1" ]; then echo "$1 belongs to another user than $(id -un)"; fi
"""
# `cp -p` gives the new file the owner and mode of another, if that exists; the rename is atomic, and made durable.
_REPLACE = """
set -e
replace() {
    folder=$(dirname -- "$1")
    fresh=$(mktemp -- "$folder/.$(basename -- "$1").XXXXXX")
    trap 'rm -f -- "$fresh"' EXIT
    if [ -e "$2" ]; then cp -p -- "$2" "$fresh"; else chmod 644 -- "$fresh"; fi
    cat >"$fresh"
    sync -- "$fresh"
    mv -f -- "$fresh" "$1"
    sync -- "$folder"
}
"""
_INSTALL = f"""{_REPLACE}
source=$1
live=$(readlink -f -- "$2")
shift 2
cmp -s -- "$source" "$live" || replace "$live" "$live" <"$source"
"""
_WRITE = f'{_REPLACE}base64 -d | replace "$1" "$2"'


class OverSsh:
    """A host that ssh can reach. ``entry``: ``host`` and, if needed, ``config_file`` and ``sudo``."""

    def __init__(self, entry: Mapping[str, Any], run: Run) -> None:
        self.deadline: Deadline | None = None
        self._host: str = entry["host"]
        self._login = [*_SSH, *(("-F", entry["config_file"]) if entry.get("config_file") else ()), "--", self._host]
        self._interpreter = "sudo -n sh" if entry.get("sudo") else "sh"
        self._run = run
        self._shell: Shell | None = None

    def open(self) -> None:
        """Log in and check that the remote shell answers."""
        self._call("true")

    def texts(self, paths: Sequence[str]) -> list[str]:
        """Read the files in one command."""
        return _decoded(paths, self._call(_READ, *paths))

    def exists(self, path: str) -> bool:
        """Look for the file there."""
        return self._call(_EXISTS, path) == ["yes"]

    def real(self, path: str) -> str:
        """Follow symbolic links there."""
        return "".join(self._call(_REAL, path))

    def obstacle(self, path: str) -> str | None:
        """Check the permissions of folder and file there."""
        said = " ".join(self._call(_OBSTACLE, path))
        return f"{said} at {self._host}" if said else None

    def stage(self, source: str, live: str) -> None:
        """Stage nothing: clients must be released even if that host is gone, and then nobody could clean up there."""

    def settle(self, live: str) -> None:
        """Do nothing: :meth:`install` is durable."""

    def install(self, source: str, live: str, read: Sequence[str]) -> list[str]:
        """Replace the file, unless it is already the same, and read in the same command."""
        return _decoded(read, self._call(f"{_INSTALL}{_READ}", source, live, *read))

    def write(self, path: str, text: str, like: str) -> None:
        """Replace or create the file there. No command line shows its text, which may hold passwords."""
        self._call(_WRITE, path, like, text=text)

    def start(self, script: str) -> Shell:
        """Start a script there, as the login user, beside the shell that waits for commands.

        :raises PlaceLost: when ssh cannot be started
        """
        return Shell.start([*self._login, shlex.join(["sh", "-c", script])], self._host, self._run)

    def failure_of(self, script: str, text: str) -> str | None:
        """Return the complaint of a script that reads ``text``, encoded in base64; ``None`` if it succeeds."""
        try:
            self._call(script, text=text)
        except OSError as error:
            return str(error.strerror)
        return None

    def close(self) -> None:
        """End the remote shell."""
        if self._shell is not None:
            self._shell.close()
            self._shell = None

    def _call(self, script: str, *arguments: str, text: str = "") -> list[str]:
        deadline = self.deadline or Deadline(0.0, "SSH")
        deadline.check()
        command = shlex.join(["sh", "-c", script, "sh", *arguments])
        if text:
            # `printf` is the remote shell's own.
            command = f"printf %s {base64.b64encode(text.encode('utf-8')).decode()} | {command}"
        try:
            status, lines = self._asked(command, deadline)
        except BaseException:
            # A late answer may still arrive, so this session cannot be used for anything else.
            self.close()
            raise
        if status != 0:
            raise OSError(errno.EIO, f"{lines[-1] if lines else f'status {status}'} at {self._host}")
        return lines

    def _asked(self, command: str, deadline: Deadline) -> tuple[int, list[str]]:
        # Every command may be repeated, so a session that broke since its last use is reopened once.
        if self._shell is not None:
            try:
                return self._shell.ask(command, deadline)
            except PlaceLost:
                self.close()
        self._shell = Shell.start([*self._login, self._interpreter], self._host, self._run)
        answer = self._shell.ask(command, deadline)
        self._shell.forget_names()
        return answer


@dataclass(frozen=True)
class Shell:
    """A shell on another host that waits for commands, or a script there that waits for words.

    ``folder`` holds the names of its pipes until it answers.
    """

    host: str
    folder: Path
    asking: int
    answering: int
    errors: int

    @classmethod
    def start(cls, command: Sequence[str], host: str, run: Run) -> Shell:
        """Start ssh in the background, connected to two pipes; its login is not waited for."""
        folder = Path(tempfile.mkdtemp(prefix="bluegreen-"))
        for name in ("in", "out"):
            os.mkfifo(folder / name)
        # Opened before ssh opens it, so that neither waits for the other.
        asking = os.open(folder / "in", os.O_RDWR | os.O_NONBLOCK)
        answering = os.open(folder / "out", os.O_RDONLY | os.O_NONBLOCK)
        errors = os.open(folder / "err", os.O_RDWR | os.O_CREAT, 0o600)
        shell = cls(host, folder, asking, answering, errors)
        status, _output, complaint = run([*_STARTED, str(folder), *command])
        if status != 0:
            shell.close()
            raise PlaceLost(f"ssh was not started: {complaint.strip()}")
        return shell

    def ask(self, command: str, deadline: Deadline) -> tuple[int, list[str]]:
        """Run a command there and return its exit status and the lines that it wrote.

        :raises PlaceLost: when the session ends
        :raises DeadlineReached: when no answer comes in time
        """
        end = secrets.token_hex(8)
        # A single write by the remote side: a second small one would wait until the first is acknowledged.
        request = f'out=$({{ {command}; }} 2>&1 </dev/null); printf "%s\\n%s %d\\n" "$out" {end} "$?"\n'
        self.say(request.encode("utf-8"), deadline)
        answer = bytearray()
        while True:
            answer += self.hear(deadline)
            *lines, last = answer.decode("utf-8", "replace").rstrip("\n").split("\n")
            if answer.endswith(b"\n") and last.startswith(f"{end} "):
                return int(last.split()[1]), [line for line in lines if line]

    def hear(self, deadline: Deadline) -> bytes:
        """Wait for some of its output; raises as :meth:`ask` does."""
        while True:
            deadline.check()
            if select.select([self.answering], [], [], min(_TICK, deadline.left()))[0]:
                received = os.read(self.answering, 65536)
                if not received:
                    raise self._lost("the session has ended")
                return received

    def say(self, request: bytes, deadline: Deadline) -> None:
        """Send text to it; raises DeadlineReached."""
        while request:
            deadline.check()
            if select.select([], [self.asking], [], min(_TICK, deadline.left()))[1]:
                request = request[os.write(self.asking, request) :]

    def forget_names(self) -> None:
        """Remove the names of its pipes: both ends have them open, so a killed process leaves nothing behind."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def close(self) -> None:
        """End it: its standard input ends, and with it the process that reads it on the other host."""
        for descriptor in (self.asking, self.answering, self.errors):
            os.close(descriptor)
        self.forget_names()

    def _lost(self, otherwise: str) -> PlaceLost:
        said = os.pread(self.errors, _ERROR_BYTES, 0).decode("utf-8", "replace").strip().splitlines()
        return PlaceLost(f"{self.host} by ssh: {said[-1] if said else otherwise}")


def _decoded(paths: Sequence[str], lines: list[str]) -> list[str]:
    for path, line in zip(paths, lines):
        if line == _UNREADABLE:
            raise InvalidFile(f"{path}: missing or not readable")
    try:
        return [base64.b64decode(line.lstrip(":")).decode("utf-8") for line in lines]
    except ValueError:
        raise InvalidFile(f"{', '.join(paths)}: not UTF-8") from None

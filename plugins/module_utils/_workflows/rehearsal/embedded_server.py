# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A throw-away server in a folder: created and started, or removed with everything in it."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..._domain.errors import MigrationError
from ..._domain.plan import Plan, Step
from ..._domain.rehearsal.sample import THROW_AWAY
from ..._embedded.binaries import fetch_binaries
from ..._embedded.commands import EmbeddedServerError
from ..._embedded.note import Note, begun_major, read_note, strangers_in, write_note
from ..._embedded.sealed_server import PORT, SealedServer, remove_stopped
from ..ports import Ports

_DATABASE = "postgres"


@dataclass(frozen=True)
class ServerState:
    """A server in a folder; ``begun`` without a ``note``: a run was killed while it created the server."""

    folder: Path
    begun: bool = False
    note: Note | None = None
    running: bool = False
    pg_bindir: str | None = None
    sockets: Path | None = None
    open_to: tuple[str, ...] = ()

    def as_result(self) -> dict[str, Any]:
        """Return it JSON-ready, without the password."""
        endpoint = None
        if self.running and self.sockets:
            endpoint = {
                "host": str(self.sockets), "port": str(PORT), "dbname": _DATABASE, "user": SealedServer.superuser,
            }  # fmt: skip
        return {
            "folder": str(self.folder),
            "running": self.running,
            "major": self.note.major if self.note else None,
            "pg_bindir": self.pg_bindir,
            "endpoint": endpoint,
            "open_to": list(self.open_to),
        }

    def as_diff(self) -> str:
        """Return one fact per line."""
        return f"server: {f'PostgreSQL {self.note.major}' if self.note else 'none'}\nrunning: {self.running}\n"


class ThrowAwayServer:
    """Creates and starts the server, or removes it; connects to no database."""

    def __init__(self, params: Mapping[str, Any], ports: Ports) -> None:
        self._wanted: str = params["state"]
        self._major: int = params["major"] or 0
        self._password: str = params["password"] or ""
        self._folder = Path(params["folder"]).resolve()
        self._cache = Path(params["cache"]).resolve()
        self._run = ports.run

    def observe(self) -> ServerState:
        """Look into the folder, and check whether a server runs there.

        :raises MigrationError: BG722 when that is unknown, BG723 when the folder holds something else
        """
        try:
            return self._observe()
        except OSError as error:
            raise self._failed("looked at", error) from None

    def plan(self, before: ServerState) -> Plan[ServerState]:
        """Plan what leads to the wanted state.

        :raises MigrationError: BG723 when the folder contains another server than the wanted one
        """
        if self._wanted == "absent":
            steps = (Step(f"remove the server in {self._folder}", self._remove),) if before.begun else ()
            return Plan(ServerState(self._folder), steps)
        self._require_the_same(before)
        steps = () if before.note else (Step(f"make a server of PostgreSQL {self._major}", self._make),)
        if before.begun and not before.note:
            steps = (Step(f"remove the unfinished server in {self._folder}", self._remove), *steps)
        if not before.running:
            steps = (*steps, Step("start the server", self._start))
        note = before.note or Note(self._major)
        return Plan(replace(before, begun=True, note=note, running=True), steps)

    def execute(self, plan: Plan[ServerState]) -> ServerState:
        """Do the steps.

        :raises MigrationError: BG722 when a server cannot be fetched, created, started or stopped
        """
        try:
            plan.perform()
        except OSError as error:
            raise self._failed("changed", error) from None
        return self.observe()

    def _observe(self) -> ServerState:
        strangers = strangers_in(self._folder)
        if strangers:
            raise _in_the_way(f"{self._folder} holds {strangers[0]}, which belongs to no embedded server")
        note = read_note(self._folder)
        if note is None:
            return ServerState(self._folder, begun=self._folder.exists() and any(self._folder.iterdir()))
        server = self._server(note.major)
        return ServerState(
            self._folder,
            begun=True,
            note=note,
            running=server.running(),
            pg_bindir=str(server.pg_bin),
            sockets=server.sockets,
            open_to=server.seal.open_to,
        )

    def _require_the_same(self, before: ServerState) -> None:
        note = before.note
        if note and note.major != self._major:
            raise _in_the_way(f"{self._folder} holds a server of PostgreSQL {note.major}, not {self._major}")

    def _make(self) -> None:
        self._server(self._major).create(self._password, {"cluster_name": THROW_AWAY})
        write_note(self._folder, Note(self._major))

    def _start(self) -> None:
        note = read_note(self._folder)
        if note is None:
            raise LookupError("a server was to be started before it was made")
        self._server(note.major).start()

    def _remove(self) -> None:
        # The caller wrote the note; the server's own files are trusted only where there is no note.
        note = read_note(self._folder)
        major = note.major if note else begun_major(self._folder)
        if major is not None:
            self._server(major).destroy()
        else:
            remove_stopped(self._folder)

    def _server(self, major: int) -> SealedServer:
        binaries = fetch_binaries(major, self._cache, self._command, sys.executable)
        return SealedServer(binaries, self._folder, PORT, self._command)

    def _command(self, argv: list[str]) -> tuple[int, str, str]:
        return self._run(argv, expand_user_and_vars=False)

    def _failed(self, what: str, error: OSError) -> EmbeddedServerError:
        return EmbeddedServerError(
            f"The embedded server in {self._folder} could not be {what}: {error}",
            "Remove the cause that the message names, then run the same command again",
        )


def _in_the_way(what: str) -> MigrationError:
    return MigrationError(
        "BG723",
        what,
        "Nothing was changed",
        "Name another folder; or, where it is an embedded server, remove it with state=absent first",
    )

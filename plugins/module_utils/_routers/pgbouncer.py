# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PgBouncer: clients are held by PAUSE, and prepared entries become the live ones while they are."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar

from .._domain.clock import Deadline
from .._domain.errors import DeadlineReached
from .._domain.route import RouteFacts
from .._domain.sides import Side
from .._postgres.console import Console, ConsoleLost, ConsoleRefused, quoted
from .bouncer_errors import explained
from .bouncer_files import PreparedFiles, Snapshot
from .bouncer_findings import BouncerFacts, problems_of, side_in_memory
from .bouncer_inline import Inline, moves_out
from .bouncer_preparation import LedElsewhere, changes_to, led_side
from .bouncer_ways import fallback, ways_in_files, ways_in_memory
from .contract import Address, FileChange, RouteError, Run, Way
from .dead_man import DeadMan
from .places import Here, InvalidFile, PlaceLost
from .ssh import OverSsh

_HOLDING = "Holding clients"
_SET_RETRY = "SET server_login_retry = '{0}'"
# A PAUSE during a server's login makes PgBouncer wait for server_login_retry: kept short while clients are held.
_SHORT_RETRY = "0.02"
_TICK = 0.003  # seconds between two readings of SHOW POOLS
_UNDO_SECONDS = 1.0
_FIRST_LOGIN_SECONDS = 1.0
_OF_AN_ENTRY = ("host", "port", "database", "force_user", "pool_size", "pool_mode", "max_connections")
_SERVERS = ("sv_active", "sv_idle", "sv_used", "sv_tested")


class PgBouncer:
    """One PgBouncer process."""

    required: ClassVar[tuple[str, ...]] = ("console", "databases", "live_file", "blue_file", "green_file")
    optional: ClassVar[tuple[str, ...]] = ("ssh", "blue_address", "green_address", "convert_inline")

    def __init__(self, entry: Mapping[str, Any], run: Run) -> None:
        self._keywords = {key: str(value) for key, value in entry["console"].items() if value is not None}
        self._databases: tuple[str, ...] = tuple(entry["databases"])
        place = OverSsh(entry["ssh"], run) if entry.get("ssh") else Here()
        self._dead_man = DeadMan(place, self._keywords) if isinstance(place, OverSsh) else None
        self._files = PreparedFiles(entry["live_file"], entry["blue_file"], entry["green_file"], place)
        self._may_convert = bool(entry.get("convert_inline"))
        self._addresses = {side: _given(entry.get(f"{side}_address")) for side in Side}
        self.name = f"pgbouncer {self._keywords.get('host', 'local socket')}:{self._keywords['port']}"
        self.process, self.parts, self.live = self.name, self._databases, str(entry["live_file"])
        self._console: Console | None = None
        self._pausing: dict[str, Console] = {}
        self._usual_retry: str | None = None

    def arm(self, deadline: Deadline) -> None:
        """Open a console for commands, and one for each PAUSE: a waiting PAUSE accepts no other command.

        Where the files lie on another host, the way there is opened as well.
        """
        with self._explained("Arming", deadline):
            self._files.place.open()
            retry = self._config(deadline)["server_login_retry"]
            if retry != _SHORT_RETRY:
                self._usual_retry = retry
            for database in self._databases:
                if database not in self._pausing or self._pausing[database].closed:
                    self._pausing[database] = Console(self._keywords, deadline)

    def observe(self, deadline: Deadline) -> RouteFacts:
        """Read console and files."""
        return self._seen(self._files, deadline)

    def _seen(self, files: PreparedFiles, deadline: Deadline) -> RouteFacts:
        with self._explained("Reading", deadline):
            facts = BouncerFacts(
                user=self._keywords.get("user", ""),
                by_socket=self._keywords.get("host", "/").startswith(("/", "@")),
                databases=self._databases,
                version=str(self._ask("SHOW VERSION", deadline)[0].get("version", "")),
                config=self._config(deadline),
                rows=self._rows(deadline),
                pools=tuple(self._ask("SHOW POOLS", deadline)),
                users={row["name"]: row["pool_mode"] for row in self._ask("SHOW USERS", deadline)},
                files=files,
                unguarded=self._dead_man.obstacle() if self._dead_man else "its files lie on the host of the modules",
            )
            side, problems = problems_of(facts, self.name)
        held = any(int(facts.rows[name]["paused"]) for name in self._databases if name in facts.rows)
        return RouteFacts(self.name, side, held, problems)

    def hold(self, deadline: Deadline) -> None:
        """PAUSE all databases in parallel, when no login to a server is in flight."""
        self.arm(deadline)
        with self._explained(_HOLDING, deadline):
            self._await_no_login(deadline)
        try:
            with self._explained(_HOLDING, deadline):
                self._ask(_SET_RETRY.format(_SHORT_RETRY), deadline)
                self._await_no_login(deadline)
                self._pause(deadline)
        except RouteError as error:
            raise self._undone(error) from None

    def stage(self, target: Side, deadline: Deadline) -> None:
        """Stage the prepared file of ``target``: writing it takes as long as the disk needs."""
        with self._explained("Preparing", deadline):
            self._files.stage(target)

    def switch(self, target: Side, deadline: Deadline) -> None:
        """Make the prepared file of ``target`` the live one, RELOAD, and check that it is in force."""
        with self._explained(f"Switching to {target}", deadline):
            files = self._files.install(target)
            if self._side_in_memory(files, deadline) is not target:
                self._reload(target, files, deadline)

    def release(self, deadline: Deadline) -> None:
        """RESUME every database; then restore temporary settings."""
        with self._explained("Releasing clients", deadline):
            for database in self._databases:
                self._resume(database, deadline)
            self._restore_retry(deadline)
            self._files.settle()

    def guard(self, deadline: Deadline) -> None:
        """Start a process on PgBouncer's own host, if its files are reached by ssh."""
        if self._dead_man is None:
            return
        usual = [_SET_RETRY.format(self._usual_retry)] if self._usual_retry is not None else []
        with self._explained("Guarding", deadline):
            if self._dead_man.obstacle() is None:
                self._dead_man.start([*(f"RESUME {quoted(name)}" for name in self._databases), *usual], deadline)

    def stand_down(self) -> None:
        """End that process."""
        if self._dead_man is not None:
            self._dead_man.dismiss()

    def close(self) -> None:
        """Close the consoles, and the connection for the files; that releases nobody."""
        self._files.place.close()
        self._drop_pauses()
        if self._console is not None:
            self._console.close()
            self._console = None

    def file_changes(self, in_service: Side, addresses: Mapping[Side, Address], deadline: Deadline) -> list[FileChange]:
        """Compare the prepared files with the live one; an address given for this route takes precedence.

        Entries in PgBouncer's own configuration move out of it, once their file and the prepared ones are there.
        """
        with self._explained("Preparing", deadline):
            moved = self._moved_out(deadline)
            files = self._files.once_written({change.path: change.text for change in moved[:-1]})
            prepared = changes_to(files, self._databases, in_service, addresses, self._addresses)
            return [*moved[:-1], *prepared, *moved[-1:]]

    def _moved_out(self, deadline: Deadline) -> list[FileChange]:
        """Return how the entries leave PgBouncer's own configuration; a live file that is there needs no console."""
        if self._files.exists(self._files.live) and not self._may_convert:
            return []
        conffile = self._config(deadline).get("conffile", "")
        return moves_out(self._files, conffile, self._databases, allowed=self._may_convert)

    def foresee(self, changes: Sequence[FileChange], deadline: Deadline) -> RouteFacts:
        """Read console and files, with these changes in place of what is there."""
        return self._seen(self._files.once_written({change.path: change.text for change in changes}), deadline)

    def write(self, change: FileChange, deadline: Deadline) -> None:
        """Write one prepared file and read it again."""
        with self._explained("Preparing", deadline):
            self._files.place.write(change.path, change.text, change.like)
            if self._files.place.texts([change.path]) != [change.text]:
                raise InvalidFile(f"{change.path} does not say what was written")
            if change.before:
                self._take_up(change, deadline)

    def ways(self, deadline: Deadline) -> tuple[list[Way], str | None]:
        """Read all entries from the console, and the fallback ``*`` from the files."""
        with self._explained("Reading", deadline):
            beside, unread = fallback(self._config(deadline).get("conffile", ""), self._files)
            return [*ways_in_memory(self._rows(deadline).values()), *beside], unread

    def prepared_ways(self, deadline: Deadline) -> list[Way]:
        """Read those prepared files that are there."""
        with self._explained("Reading", deadline):
            return ways_in_files(self._files, self._databases)

    def leads(self, deadline: Deadline) -> Side | None:
        """Compare the live file's addresses with those of the prepared files that are there."""
        with self._explained("Reading", deadline):
            return led_side(self._files, self._databases)

    def is_prepared(self, deadline: Deadline) -> bool:
        """Look for the prepared files."""
        with self._explained("Reading", deadline):
            return any(self._files.place.exists(path) for path in self._files.prepared.values())

    def longest_wait(self, deadline: Deadline) -> float:
        """Read how long the client has waited that has waited longest."""
        with self._explained("Reading", deadline):
            return max((float(pool["maxwait"]) for pool in self._pools(deadline)), default=0.0)

    def _ask(self, command: str, deadline: Deadline) -> list[dict[str, Any]]:
        # Every command may be repeated, so a console that broke since its last use is reopened once.
        if self._console is not None and not self._console.closed:
            try:
                return self._console.rows(command, deadline)
            except ConsoleLost:
                self._console.close()
        self._console = Console(self._keywords, deadline)
        return self._console.rows(command, deadline)

    def _config(self, deadline: Deadline) -> dict[str, str]:
        return {row["key"]: row["value"] for row in self._ask("SHOW CONFIG", deadline)}

    def _rows(self, deadline: Deadline) -> dict[str, dict[str, Any]]:
        return {row["name"]: row for row in self._ask("SHOW DATABASES", deadline)}

    def _pools(self, deadline: Deadline) -> list[dict[str, Any]]:
        return [row for row in self._ask("SHOW POOLS", deadline) if row["database"] in self._databases]

    def _side_in_memory(self, files: Snapshot, deadline: Deadline) -> Side | None:
        return side_in_memory(self._rows(deadline), self._databases, files)

    def _await_no_login(self, deadline: Deadline) -> None:
        while any(int(pool["sv_login"]) for pool in self._pools(deadline)):
            deadline.check()
            time.sleep(_TICK)

    def _pause(self, deadline: Deadline) -> None:
        for database, console in self._pausing.items():
            console.send(f"PAUSE {quoted(database)}", deadline)
        for console in self._pausing.values():
            console.answer(deadline)

    def _drop_pauses(self) -> None:
        for console in self._pausing.values():
            console.close()
        self._pausing.clear()

    def _resume(self, database: str, deadline: Deadline) -> None:
        try:
            self._ask(f"RESUME {quoted(database)}", deadline)
        except ConsoleRefused as error:
            if "is not paused" not in str(error):
                raise

    def _undone(self, error: RouteError) -> RouteError:
        """Release what a failed hold has taken, and return its error with the state afterwards."""
        self._drop_pauses()
        limit = Deadline(_UNDO_SECONDS, f"Releasing the clients of {self.name}")
        try:
            self.release(limit)
        except RouteError as second:
            stands = f"Its clients may still be held: {second.what}"
        else:
            stands = "Its clients were released again"
        return RouteError(error.code, error.what, stands, error.todo, error.details)

    def _reload(self, target: Side, files: Snapshot, deadline: Deadline) -> None:
        try:
            self._ask("RELOAD", deadline)
        except ConsoleRefused as error:
            # Newer versions report a wrong line, older ones never do: so check what is in memory.
            if "RELOAD failed" not in str(error):
                raise
        rows = self._rows(deadline)
        if any(int(rows[name]["paused"]) for name in self._databases if name in rows):
            # RELOAD has reset it to the file's value, and the first login to the new side is still to come.
            self._ask(_SET_RETRY.format(_SHORT_RETRY), deadline)
        if side_in_memory(rows, self._databases, files) is not target:
            raise RouteError(
                "BG610",
                f"{self.name} did not take the entries of {target} at RELOAD",
                "The live file has them, its memory has not",
                "Correct the line that PgBouncer's log complains of, then run the same command again",
            )

    def _take_up(self, main: FileChange, deadline: Deadline) -> None:
        """Let PgBouncer read its changed configuration, which must say the same; it gets the old one back if not."""
        said = self._entries(deadline)
        try:
            self._ask("RELOAD", deadline)
            refused = ""
        except ConsoleRefused as error:
            refused = str(error)
        if not refused and self._entries(deadline) == said:
            return
        self._files.place.write(main.path, main.before, main.path)
        self._ask("RELOAD", deadline)
        raise InvalidFile(f"PgBouncer read other entries from {main.path} than before, so it has its old text again")

    def _entries(self, deadline: Deadline) -> dict[str, tuple[Any, ...]]:
        return {name: tuple(row.get(key) for key in _OF_AN_ENTRY) for name, row in self._rows(deadline).items()}

    def _restore_retry(self, deadline: Deadline) -> None:
        if self._config(deadline)["server_login_retry"] != _SHORT_RETRY:
            return
        self._await_first_logins(Deadline(min(_FIRST_LOGIN_SECONDS, deadline.left()), "First logins"), deadline)
        if self._usual_retry is not None:
            self._ask(_SET_RETRY.format(self._usual_retry), deadline)
            return
        files = self._files.read()
        if files.side is self._side_in_memory(files, deadline):
            # A killed run left it short; a RELOAD restores the usual value from the file, which has no other changes.
            self._ask("RELOAD", deadline)

    def _await_first_logins(self, patience: Deadline, deadline: Deadline) -> None:
        while patience.left() > 0.0 and any(_waits_for_login(pool) for pool in self._pools(deadline)):
            time.sleep(_TICK)

    @contextmanager
    def _explained(self, doing: str, deadline: Deadline) -> Iterator[None]:
        self._files.place.deadline = deadline
        try:
            yield
        except (
            ConsoleLost,
            ConsoleRefused,
            DeadlineReached,
            Inline,
            InvalidFile,
            LedElsewhere,
            PlaceLost,
            OSError,
        ) as error:
            raise explained(error, self.name, doing) from None


def _given(address: Mapping[str, Any] | None) -> dict[str, str]:
    return {key: str(value) for key, value in (address or {}).items() if value is not None}


def _waits_for_login(pool: Mapping[str, Any]) -> bool:
    return int(pool["cl_waiting"]) > 0 and not any(int(pool[servers]) for servers in _SERVERS)

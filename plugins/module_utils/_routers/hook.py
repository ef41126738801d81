# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The user's own command for each verb: for anything else in front of the database.

A command gets ``{"verb": …, "target": "blue"|"green"|null}`` on its standard input and reports by its exit status.
``observe`` prints ``{"side": "blue"|"green"|null, "held": true|false}``.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from typing import Any, ClassVar

from .._domain.clock import Deadline
from .._domain.route import RouteFacts
from .._domain.sides import Side
from .contract import RouteError, Run

_TIMEOUT = "timeout"
_KILL_AFTER_SECONDS = 0.5  # what a command gets between SIGTERM and SIGKILL
# The shell becomes the command. Unlike run_command's own `data` it accepts a command that reads nothing.
_FED = ("sh", "-c", 'exec "$@" <<END\n$0\nEND\n')
_TIMED_OUT = (124, 137, -9)  # ended by SIGTERM; by SIGKILL, as a shell and as Python report it
_UNDO_SECONDS = 1.0


class Hook:
    """One set of commands."""

    required: ClassVar[tuple[str, ...]] = ("observe", "switch")
    optional: ClassVar[tuple[str, ...]] = ("hold", "release")

    def __init__(self, entry: Mapping[str, Any], run: Run) -> None:
        self._run = run
        verbs = (*self.required, *self.optional)
        self._commands: dict[str, list[str]] = {verb: list(entry[verb]) for verb in verbs if entry.get(verb)}
        self.name = " ".join(["hook", *self._commands["observe"]])
        if ("hold" in self._commands) != ("release" in self._commands):
            raise RouteError(
                "BG601",
                f"{self.name} has only one of hold and release",
                "Nothing was changed",
                "Add the other one, or remove both where clients cannot be held",
            )

    def arm(self, deadline: Deadline) -> None:
        """Check that every program exists, before anything is held."""
        del deadline
        programs = {_TIMEOUT, *(command[0] for command in self._commands.values())}
        missing = sorted(program for program in programs if shutil.which(program) is None)
        if missing:
            raise RouteError(
                "BG602",
                f"{self.name} needs {', '.join(missing)}, not found or not executable where the module runs",
                "Nothing was changed",
                "Install it there, or write its full path",
            )

    def observe(self, deadline: Deadline) -> RouteFacts:
        """Ask the user's command; it must not write, because check mode calls it too."""
        output = self._call("observe", None, deadline)
        try:
            said = json.loads(output)
            side = None if said["side"] is None else Side(said["side"])
            held = said["held"]
        except (ValueError, KeyError, TypeError):
            held, side = None, None
        if not isinstance(held, bool):
            raise self._error("BG611", 'observe did not print {"side": "blue"|"green"|null, "held": true|false}', "")
        return RouteFacts(self.name, side, held)

    def hold(self, deadline: Deadline) -> None:
        """Run the user's command; if it fails or hangs, the command for release undoes it."""
        try:
            self._call("hold", None, deadline)
        except RouteError as error:
            raise self._undone(error) from None

    def switch(self, target: Side, deadline: Deadline) -> None:
        """Run the user's command, which gets the target on its standard input."""
        self._call("switch", target, deadline)

    def release(self, deadline: Deadline) -> None:
        """Run the user's command."""
        self._call("release", None, deadline)

    def close(self) -> None:
        """Close nothing: every command ends by itself."""

    def _call(self, verb: str, target: Side | None, deadline: Deadline) -> str:
        if verb not in self._commands:
            return ""
        if deadline.left() <= 0.0:
            raise self._error("BG603", f"{verb} was not begun: {deadline.reached().what}", "")
        limit = [_TIMEOUT, f"--kill-after={_KILL_AFTER_SECONDS}", f"{deadline.left():.3f}"]
        said = json.dumps({"verb": verb, "target": str(target) if target else None})
        status, output, complaint = self._run([*limit, *_FED, said, *self._commands[verb]])
        if status in _TIMED_OUT:
            raise self._error("BG603", f"{verb} did not end in time", complaint)
        if status != 0:
            raise self._error("BG611", f"{verb} ended with status {status}", complaint)
        return output

    def _undone(self, error: RouteError) -> RouteError:
        try:
            self.release(Deadline(_UNDO_SECONDS, "Releasing clients"))
        except RouteError as second:
            stands = f"Its clients may still be held: {second.what}"
        else:
            stands = "Its release was run"
        return RouteError(error.code, error.what, stands, error.todo)

    def _error(self, code: str, what: str, complaint: str) -> RouteError:
        first = complaint.strip().splitlines()[:1]
        said = f" ({first[0]})" if first else ""
        return RouteError(code, f"{self.name}: {what}{said}", "", "Run the command by hand (docs/routes.md#hook)")

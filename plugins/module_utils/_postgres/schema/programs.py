# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PostgreSQL's own programs: found by asking for their version, and run without a secret in their arguments."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Callable

from ..._domain.endpoint import SECRETS, Endpoint, conninfo
from ..._domain.errors import MigrationError
from ..._domain.session_settings import PROGRAMS
from ..session import Session
from ..startup import startup_options

Run = Callable[..., "tuple[int, str, str]"]
_VERSION = re.compile(r"\(PostgreSQL\) (\d+)")
# Where Debian and Red Hat install programs outside PATH.
_FOLDERS = ("/usr/lib/postgresql/{major}/bin", "/usr/pgsql-{major}/bin")
# A silent connection ends after about 5 + 3 × 2 seconds.
_NETWORK = {
    "connect_timeout": "10", "keepalives": "1", "keepalives_idle": "5", "keepalives_interval": "2",
    "keepalives_count": "3", "tcp_user_timeout": "10000",
}  # fmt: skip


@dataclass(frozen=True)
class Outcome:
    """How a program ended."""

    status: int
    stdout: str
    stderr: str


@dataclass(frozen=True)
class Programs:
    """Where to look for programs, and for which major version of PostgreSQL (18)."""

    run: Run
    bindir: str | None
    major: int

    def find(self, name: str, exactly: bool) -> str:
        """Return the path of the program ``name``.

        :param exactly: accept only a program of that major; otherwise another major will do
        :raises MigrationError: BG201 when there is none, BG202 when there are only other majors
        """
        found = {path: self._major_of(path) for path in self._candidates(name)}
        fitting = [path for path, major in found.items() if major == self.major]
        others = [path for path, major in found.items() if major is not None]
        if fitting or (others and not exactly):
            return (fitting or others)[0]
        raise self._wrong_major(name, found) if others else self._not_found(name)

    def execute(self, argv: list[str], environment: Mapping[str, str], told: str | None = None) -> Outcome:
        """Run a program to its end, with messages in English and without expanding its arguments.

        :param told: its standard input, for what must not lie in a file
        """
        environ = {"LC_ALL": "C", **environment}
        return Outcome(*self.run(argv, environ_update=environ, expand_user_and_vars=False, data=told))

    def _candidates(self, name: str) -> list[str]:
        folders = [self.bindir] if self.bindir else self._known_folders()
        paths = [shutil.which(name, path=folder) for folder in folders if folder]
        return list(dict.fromkeys(path for path in paths if path))

    def _known_folders(self) -> list[str]:
        on_path = os.environ.get("PATH", os.defpath).split(os.pathsep)
        return on_path + [folder.format(major=self.major) for folder in _FOLDERS]

    def _major_of(self, path: str) -> int | None:
        outcome = self.execute([path, "--version"], {})
        match = _VERSION.search(outcome.stdout)
        return int(match.group(1)) if outcome.status == 0 and match else None

    def _not_found(self, name: str) -> MigrationError:
        return MigrationError(
            "BG201",
            f"There is no working {name} in {self.bindir or 'PATH'} on the host where the module runs",
            "Nothing was changed",
            f"Install the client programs of PostgreSQL {self.major} there, or set bluegreen_pg_bindir to their folder",
        )

    def _wrong_major(self, name: str, found: Mapping[str, int | None]) -> MigrationError:
        seen = ", ".join(f"{path} is of {major}" for path, major in found.items() if major is not None)
        return MigrationError(
            "BG202",
            f"No {name} of PostgreSQL {self.major} was found ({seen})",
            "Nothing was changed",
            f"Install the client programs of PostgreSQL {self.major}, or set bluegreen_pg_bindir to their folder",
        )


def connection_to(
    endpoint: Endpoint, purpose: str, settings: Mapping[str, str] = PROGRAMS
) -> tuple[list[str], dict[str, str]]:
    """Return the arguments and the environment that connect a program to ``endpoint``.

    :param purpose: the application name in pg_stat_activity
    :param settings: the settings that the session starts with
    :raises MigrationError: BG203 for a connection that is possible only with a password in the arguments
    """
    if "sslpassword" in endpoint.keywords:
        raise MigrationError(
            "BG203",
            f"PostgreSQL's own programs cannot be told the sslpassword of {endpoint.side} in secret",
            "Nothing was changed",
            f"Give bluegreen_{endpoint.side} a sslkey without a password, readable for its user only",
        )
    shown = {key: value for key, value in endpoint.keywords.items() if key not in SECRETS}
    keywords = {**_NETWORK, **shown, "application_name": purpose, "options": startup_options(endpoint, settings)}
    password = endpoint.keywords.get("password")
    environment = {"PGPASSWORD": password} if password is not None else {}
    return ["--no-password", f"--dbname={conninfo(keywords)}"], environment


def as_it_is(endpoint: Endpoint, purpose: str) -> str:
    """Return pg_dump's option by which texts are not converted: not every byte is a character that UTF8 has."""
    with closing(Session(endpoint, purpose)) as session:
        return f"--encoding={session.encoding}"

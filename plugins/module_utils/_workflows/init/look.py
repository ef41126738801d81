# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The first look at both sides, and the files that it gives: an inventory, and SQL for a superuser."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Any

from ..._domain.endpoint import SECRETS, Endpoint
from ..._domain.errors import DatabaseError, MigrationError
from ..._domain.init import found as kinds
from ..._domain.init.inventory import host_name, inventory
from ..._domain.init.script import Line, beginning, granted, shown, taken_back
from ..._domain.preflight.grants import Due
from ..._domain.schema.green_database import DatabaseSettings
from ..._domain.schema.surroundings import MEMBERSHIP, ROLE, Surrounding
from ..._domain.secrets import maskable
from ..._domain.sides import Side
from ..._domain.versions import require_known
from ..._postgres.catalog import read_identity
from ..._postgres.init import script as texts
from ..._postgres.init.look import Contents, Server, read_contents, read_server
from ..._postgres.init.pooler import is_pooler
from ..._postgres.schema.green_database import read_settings
from ..._postgres.schema.programs import Programs
from ..._postgres.schema.surroundings import read_roles
from ..._postgres.session import Session
from ..ports import Ports

NO_SUCH_DATABASE = "BG005"
_POOLERS_PORT = "6432"
_MISSING_PROGRAMS = ("BG201", "BG202")


@dataclass(frozen=True)
class FirstLook:
    """What was found, and the files."""

    found: kinds.Found
    files: tuple[tuple[str, str], ...]

    def as_result(self) -> dict[str, Any]:
        """Return it JSON-ready."""
        sides = {"blue": self.found.blue, "green": self.found.green}
        return {
            "files": [{"name": name, "content": content} for name, content in self.files],
            "sides": {
                name: {"version": side.version, "database": side.database, "exists": side.exists}
                for name, side in sides.items()
            },
            "owners": [owner.name for owner in self.found.owners],
            "application_roles": list(self.found.writers),
            "left_behind": [f"{table.name} {table.why}" for table in self.found.left_behind],
        }


class InitInfo:
    """Looks at both sides without a write, and says what is to be written where the user wants it."""

    def __init__(self, params: Mapping[str, Any], ports: Ports) -> None:
        self._ports = ports
        self._sides = ports.sides
        self._role: str = params["role"]
        self._host: str = params["host"]
        self._bindir: str = params["pg_bindir"]
        self._maintenance: str = params["maintenance_database"]
        self._purpose = f"bluegreen {params['migration']} init"[:63]

    def probe(self) -> FirstLook:
        """Look.

        :raises MigrationError: BG006 when both are the same database, BG759 when what is to be written has a password
            in it
        """
        with ExitStack() as stack:
            blue = self._sides.blue
            green, exists = self._green(stack)
            require_known({Side.BLUE: blue.major, Side.GREEN: green.major})
            if exists:
                _require_two(blue, green)
            contents = read_contents(blue, self._role)
            found = self._found(read_server(blue), read_server(green), contents, exists=exists)
            roles, there = read_roles(blue, green, contents.named, self._role)
            lacking = [one for one in roles if _is_lacking(one, there)]
            files = tuple(self._files(found, lacking, green))
        _require_no_secret(self._sides.secrets, files)
        return FirstLook(found, files)

    def _green(self, stack: ExitStack) -> tuple[Session, bool]:
        """Return a session on green's server, and whether its database exists."""
        try:
            return self._sides.green, True
        except DatabaseError as error:
            if error.code != NO_SUCH_DATABASE:
                raise
        green = self._sides.endpoints[Side.GREEN]
        server = replace(green, keywords={**green.keywords, "dbname": self._maintenance})
        return stack.enter_context(closing(Session(server, self._purpose))), False

    def _found(self, blue: Server, green: Server, contents: Contents, *, exists: bool) -> kinds.Found:
        # What blue's tables have, green's will have.
        with_blues = (blue.due & {Due.WITH_ROW_SECURITY}) | green.due
        name = green.name if exists else self._sides.endpoints[Side.GREEN].keywords.get("dbname", blue.name)
        return kinds.Found(
            blue=self._side(Side.BLUE, blue, blue.name, blue.due, self._sides.blue.major, exists=True),
            green=self._side(Side.GREEN, green, name, with_blues, int(green.version.split(".")[0]), exists=exists),
            wal_levels={"blue": blue.wal_level, "green": green.wal_level},
            owners=contents.owners,
            writers=contents.writers,
            left_behind=contents.left_behind,
            bindir=self._programs(int(green.version.split(".")[0])),
            console=self._console(),
        )

    def _side(
        self, side: Side, server: Server, database: str, due: frozenset[Due], major: int, *, exists: bool
    ) -> kinds.Side:
        keywords = self._sides.endpoints[side].keywords
        shown_keywords = {key: value for key, value in keywords.items() if key not in SECRETS}
        asks_for = tuple(key for key in SECRETS if key in keywords)
        return kinds.Side(server.version, major, database, exists, server.role, shown_keywords, asks_for, due)

    def _programs(self, major: int) -> str:
        try:
            found = Programs(self._ports.run, self._bindir, major).find("pg_dump", exactly=True)
        except MigrationError as error:
            if error.code not in _MISSING_PROGRAMS:
                raise
            return ""
        return str(PurePath(found).parent)

    def _console(self) -> dict[str, str]:
        place = _one_place(self._sides.place(Side.BLUE))
        if place is None or not is_pooler(place, _POOLERS_PORT):
            return {}
        return {"host": place, "port": _POOLERS_PORT}

    def _files(self, found: kinds.Found, lacking: list[Surrounding], green: Session) -> Iterator[tuple[str, str]]:
        yield "inventory.yml", inventory(found, self._host or host_name(found.blue.database), self._role)
        for side, session in ((Side.BLUE, self._sides.blue), (Side.GREEN, green)):
            database = found.blue.database if side is Side.BLUE else self._maintenance
            before, after = f"before_{side}.sql", f"after_{side}.sql"
            made = "" if side is Side.BLUE else self._makes_green(found, lacking, green)
            yield (
                before,
                beginning(side, before, before=True, maintenance=database)
                + f"\n{texts.BEGINNING}"
                + made
                + self._grants(session, found, side),
            )
            yield (
                after,
                beginning(side, after, before=False, maintenance=database)
                + f"\n{texts.ENDING}"
                + self._in_database(session, found, side)
                + _shown(session, taken_back(found, side, self._role)),
            )

    def _grants(self, session: Session, found: kinds.Found, side: Side) -> str:
        lines = granted(found, side, self._role)
        role, rest = lines[:1], lines[1:]
        return _shown(session, role) + self._in_database(session, found, side) + _shown(session, rest)

    def _in_database(self, session: Session, found: kinds.Found, side: Side) -> str:
        name = found.blue.database if side is Side.BLUE else found.green.database
        why = "functions are granted in one database alone"
        here = found.blue if side is Side.BLUE else found.green
        return shown(why, texts.text_of_connect(session, name), asleep=Due.WITH_STANDBYS not in here.due)

    def _makes_green(self, found: kinds.Found, lacking: list[Surrounding], green: Session) -> str:
        named = (
            "a role that something in blue's database names, with its attributes; passwords: pg_dumpall --roles-only"
        )
        parts = [shown(named, texts.text_of_surrounding(green, one), asleep=False) for one in lacking]
        name = found.green.database
        like = read_settings(self._sides.blue, found.blue.database)
        if like is None:
            raise LookupError("pg_database has no row of the current database")
        return "".join(parts) + self._makes_database(green, name, like)

    def _makes_database(self, green: Session, name: str, like: DatabaseSettings) -> str:
        if read_settings(green, name) is not None:
            return ""
        why = "green's database, with blue's encoding, locale and owner"
        return shown(why, texts.text_of_database(green, name, like), asleep=False)


def _shown(session: Session, lines: list[Line]) -> str:
    return "".join(shown(line.why, texts.text_of(session, line), line.asleep) for line in lines)


def _is_lacking(one: Surrounding, there: frozenset[str]) -> bool:
    subject = one.subject
    if one.kind == ROLE:
        return subject["role"] not in there and not subject["superuser"]
    return one.kind == MEMBERSHIP and subject["role"] not in there


def _require_two(blue: Session, green: Session) -> None:
    if read_identity(blue) == read_identity(green):
        raise MigrationError(
            "BG006",
            "Blue and green are the same database",
            "Nothing was written",
            "Correct bluegreen_blue or bluegreen_green",
        )


def _one_place(endpoint: Endpoint) -> str | None:
    host = endpoint.keywords.get("host") or endpoint.keywords.get("hostaddr") or ""
    return None if not host or "," in host or host.startswith("/") else host


def _require_no_secret(secrets: list[str], files: tuple[tuple[str, str], ...]) -> None:
    """Refuse a password that is also a name: it would stand in a file, or be left out of one."""
    for name, content in files:
        if any(maskable(secret) and secret in content for secret in secrets):
            raise MigrationError(
                "BG759",
                f"The password of a connection is also a part of what {name} would hold, such as a name",
                "Nothing was written",
                "Give that role a password that is no word, or connect with a password file (passfile)",
            )

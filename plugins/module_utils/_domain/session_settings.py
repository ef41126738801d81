# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings that decide what a statement of ours means: pinned as a session of ours begins, and checked after it.

A role or a database may have others for us (``ALTER DATABASE … SET``), which whoever owns the database has chosen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from .errors import MigrationError
from .sides import Side

# pg_temp last: left out, it would be searched first, for types and relations.
SEARCH_PATH = "pg_catalog, pg_temp"
# Decides whether gates and foreign keys are heeded. Only whom the server lets may set it, so that it is not asked for.
REPLICATION_ROLE = "session_replication_role"
ORIGIN = "origin"

_ALWAYS = {
    "default_transaction_read_only": "off",  # the signpost must not stop us
    "client_encoding": "UTF8",
}
_WHO_AND_WHERE = {
    "role": "none",  # else what we make is somebody else's, who may change it
    "local_preload_libraries": "",  # else others' code runs in our session before our first statement
}
_VALUES = {
    "DateStyle": "ISO, MDY",
    "IntervalStyle": "postgres",
    "bytea_output": "hex",
    "extra_float_digits": "1",
    "xmloption": "content",
    "array_nulls": "on",
    "transform_null_equals": "off",
    "backslash_quote": "safe_encoding",
    "standard_conforming_strings": "on",
}
_STATEMENTS = {
    "row_security": "off",  # what a policy would hide is an error, and never taken for nothing
    "default_transaction_isolation": "read committed",
    "default_transaction_deferrable": "off",
    "quote_all_identifiers": "off",
    "check_function_bodies": "on",
}
_PLACES = {
    "search_path": SEARCH_PATH,
    "default_tablespace": "",
    "temp_tablespaces": "",
    "default_table_access_method": "heap",
}

# A client that is gone is known within 15 s, and its locks with it: 5 + 3 × 2 seconds without an answer to a probe, or
# 10 without an answer to what was sent. Not checked: a local socket has none of it.
_A_CLIENT_THAT_IS_GONE = {
    "tcp_keepalives_idle": "5s",
    "tcp_keepalives_interval": "2s",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "10s",
}

# What only reads waits for nothing but a lock of somebody else's; what has to be waited for for longer says so.
LOCK_SECONDS = 5
_WAITS = {"lock_timeout": f"{LOCK_SECONDS}s"}

# A session of ours; pg_dump and pg_restore, whose places are their own; whatever runs files of the user's.
OURS: Mapping[str, str] = MappingProxyType({**_ALWAYS, **_WHO_AND_WHERE, **_VALUES, **_STATEMENTS, **_PLACES, **_WAITS})
PROGRAMS: Mapping[str, str] = MappingProxyType({**_ALWAYS, **_WHO_AND_WHERE, **_VALUES, **_STATEMENTS})
USERS: Mapping[str, str] = _ALWAYS
# Fills a throw-away database, where no trigger is to fire, and nobody gates.
FILLS: Mapping[str, str] = {**OURS}
# What statements of the user's find as they would in psql, within a session of ours; and expressions of his.
FOR_STATEMENTS = ("role", *_VALUES, *_STATEMENTS, *_PLACES)
FOR_EXPRESSIONS = tuple(_VALUES)


def options(settings: Mapping[str, str]) -> str:
    """Return libpq's ``options`` for these settings, and for those that let a server know of a client that is gone."""
    every = {**settings, **_A_CLIENT_THAT_IS_GONE}
    return " ".join(f"-c {name}={_escaped(value)}" for name, value in every.items())


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace(" ", "\\ ")


def deviations(wanted: Mapping[str, str], in_force: Mapping[str, str | None]) -> list[str]:
    """Return the names of the settings that are not as they were asked for."""
    return [name for name, value in wanted.items() if in_force.get(name) != value]


@dataclass(frozen=True)
class Origin:
    """Who has chosen a setting: of which database and which role it is, empty for all of them."""

    name: str
    database: str
    role: str

    def __str__(self) -> str:
        """Return it in words."""
        of_database = f"the database {self.database}"
        if not self.role:
            return f"a setting of {of_database}"
        of_role = "all roles" if self.role == "ALL" else f"the role {self.role}"
        return f"a setting of {of_role}{f' in {of_database}' if self.database else ''}"


def not_in_force(
    side: Side, names: Iterable[str], wanted: Mapping[str, str], found: Mapping[str, str | None], origins: list[Origin]
) -> MigrationError:
    """Return the refusal of a session that has not got what it asked for."""
    chosen = {origin.name: f" by {origin}" for origin in reversed(origins)}
    told = "; ".join(f"{name} is '{found[name]}' and not '{wanted[name]}'{chosen.get(name, '')}" for name in names)
    return MigrationError(
        "BG023",
        f"A session of ours on {side} did not get the settings it asked for: {told}",
        "Nothing was done in that session",
        f"Let bluegreen_{side} lead to the server itself: a pooler in between ignores what we ask for at the beginning",
    )


def gates_would_not_be_heeded(side: Side, value: str | None, origins: list[Origin]) -> MigrationError:
    """Return the refusal of a session whose writes would pass gates and foreign keys."""
    return MigrationError(
        "BG024",
        f"Sessions of our role on {side} begin with {REPLICATION_ROLE} = {value}"
        f"{f' by {origins[0]}' if origins else ''}, and may not change it",
        "Nothing was done in that session",
        f"Take that setting back: RESET {REPLICATION_ROLE} in the place of SET, as a superuser",
    )

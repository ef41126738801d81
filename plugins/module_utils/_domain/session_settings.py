# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings that decide the meaning of our statements: pinned at the start of each of our sessions, then checked.

A role or a database may have others for us (``ALTER DATABASE … SET``), chosen by the owner of the database.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from .capabilities import Capability
from .errors import MigrationError
from .sides import Side

# pg_temp comes last: if omitted, it would be searched first, for types and relations.
SEARCH_PATH = "pg_catalog, pg_temp"
POOLER = "BG259"
# Decides whether gates and foreign keys apply. Not every role may set it, so it is not asked for.
REPLICATION_ROLE = "session_replication_role"
ORIGIN = "origin"
STANDARD_STRINGS = "standard_conforming_strings"

_ALWAYS = {
    "default_transaction_read_only": "off",  # the signpost must not stop us
    "client_encoding": "UTF8",
}
_WHO_AND_WHERE = {
    "role": "none",  # otherwise another role would own, and could change, what we create
    "local_preload_libraries": "",  # otherwise others' code runs in our session before our first statement
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
    STANDARD_STRINGS: "on",
}
_STATEMENTS = {
    "row_security": "off",  # rows that a policy would hide are an error, not absent
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

# Within 15 s the server notices that a client is gone and releases its locks: 5 + 3 × 2 seconds without an answer to a
# probe, or 10 without an answer to data. Not checked, because a local socket has none of these.
_A_CLIENT_THAT_IS_GONE = {
    "tcp_keepalives_idle": "5s",
    "tcp_keepalives_interval": "2s",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "10s",
}

UNKNOWN_BEFORE_TABLE_ACCESS_METHODS = ("default_table_access_method", "tcp_user_timeout")

# A reading statement waits only for somebody else's lock; code that must wait longer sets its own limit.
LOCK_SECONDS = 5
_WAITS = {"lock_timeout": f"{LOCK_SECONDS}s"}

# Our own sessions; pg_dump and pg_restore, which choose their own paths; sessions that run the user's files.
OURS: Mapping[str, str] = MappingProxyType({**_ALWAYS, **_WHO_AND_WHERE, **_VALUES, **_STATEMENTS, **_PLACES, **_WAITS})
PROGRAMS: Mapping[str, str] = MappingProxyType({**_ALWAYS, **_WHO_AND_WHERE, **_VALUES, **_STATEMENTS})
USERS: Mapping[str, str] = _ALWAYS
# For filling a throw-away database, where no trigger should fire and no gate exists.
FILLS: Mapping[str, str] = {**OURS}
# Settings that the user's statements in our session have as in psql; and those for the user's expressions.
FOR_STATEMENTS = ("role", *_VALUES, *_STATEMENTS, *_PLACES)
FOR_EXPRESSIONS = tuple(_VALUES)
# The workers of a link begin with what every session of our role begins with, and are asked for nothing. Other values
# change rows on their way, stop the link, or take damaged pages for empty ones. The servers pin what a link's sender
# prints; its time limits are preflight's.
LINKS: Mapping[str, str] = MappingProxyType(
    {"array_nulls": "on", "xmloption": "content", "zero_damaged_pages": "off", "ignore_checksum_failure": "off"}
)
CHANGES_ROWS = "BG244"
CHANGES_ROWS_WORDS = "sessions of our role, and so the workers of a link, begin with settings that change rows"
# What a link's sender has to print, where the subscriber's server does not ask for it.
SENDERS: Mapping[str, str] = MappingProxyType(
    {"datestyle": "ISO", "intervalstyle": "postgres", "extra_float_digits": "3"}
)
# Where the sides differ, applications would read or store other values.
EQUAL_ON_BOTH_SIDES = (
    "TimeZone", "timezone_abbreviations", "DateStyle", "IntervalStyle", "bytea_output", "default_transaction_isolation",
    "default_text_search_config", "lc_monetary", "lc_numeric", "lc_time", STANDARD_STRINGS, "array_nulls",
    "xmlbinary", "xmloption", "extra_float_digits", "transform_null_equals", "backslash_quote",
    "gin_fuzzy_search_limit",
)  # fmt: skip


def options(settings: Mapping[str, str], with_younger: bool = True) -> str:
    """Return libpq's ``options`` for these settings, and for those by which a server notices that a client is gone.

    :param with_younger: those too that a server without TABLE_ACCESS_METHODS does not know
    """
    every = {**settings, **_A_CLIENT_THAT_IS_GONE}
    left_out = () if with_younger else UNKNOWN_BEFORE_TABLE_ACCESS_METHODS
    return _as_options({name: value for name, value in every.items() if name not in left_out})


def options_of_sender(subscriber_major: int) -> str:
    """Return libpq's ``options`` for a link's connection from a server of that major version."""
    return "" if Capability.PINNED_SENDERS.of(subscriber_major) else _as_options(SENDERS)


def _as_options(settings: Mapping[str, str]) -> str:
    return " ".join(f"-c {name}={_escaped(value)}" for name, value in settings.items())


def known_to(major: int, names: Iterable[str]) -> list[str]:
    """Return those of the settings that a server of that major version has."""
    left_out = () if Capability.TABLE_ACCESS_METHODS.of(major) else UNKNOWN_BEFORE_TABLE_ACCESS_METHODS
    return [name for name in names if name not in left_out]


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace(" ", "\\ ")


def mend_links(names: Iterable[str], role: str, database: str) -> str:
    """Return the statements that let every session of that role, whose names are quoted, begin as a link needs it."""
    return " ".join(f"Run: ALTER ROLE {role} IN DATABASE {database} SET {name} = {LINKS[name]};" for name in names)


def rows_would_change(side: Side, names: Iterable[str], found: Mapping[str, str], mend: str) -> MigrationError:
    """Return the refusal of a link whose worker would take rows in other than they were."""
    told = ", ".join(f"{name} = {found[name]}" for name in names)
    return MigrationError(CHANGES_ROWS, f"On {side} {CHANGES_ROWS_WORDS}: {told}", "Nothing was changed", mend)


def deviations(wanted: Mapping[str, str], in_force: Mapping[str, str | None]) -> list[str]:
    """Return the names of the settings that differ from what was asked for."""
    return [name for name, value in wanted.items() if in_force.get(name) != value]


@dataclass(frozen=True)
class Origin:
    """Where a setting was made: for which database and which role; empty means all."""

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
    """Return the error that refuses a session without the settings that it asked for."""
    chosen = {origin.name: f" by {origin}" for origin in reversed(origins)}
    told = "; ".join(f"{name} is '{found[name]}' and not '{wanted[name]}'{chosen.get(name, '')}" for name in names)
    return MigrationError(
        "BG023",
        f"A session of ours on {side} did not get the settings it asked for: {told}",
        "Nothing was done in that session",
        f"Let bluegreen_{side} lead to the server itself: a pooler in between ignores startup options",
    )


def pooler_in_between(side: Side, address: str, server: str) -> MigrationError:
    """Return the error that refuses a session that a pooler serves: it may give each statement to another server
    process, and drop settings.

    :param address: where we connected
    :param server: what the server says of its own address, empty for a local socket
    """
    return MigrationError(
        POOLER,
        f"{str(side).capitalize()} at {address} is a pooler: another process answers than the one that the connection "
        "was promised",
        "Nothing was done in that session",
        f"Let bluegreen_{side} lead to the server itself, which listens at {server or 'a local socket'}; applications "
        "keep their pooler (docs/routes.md)",
    )


def gates_would_not_be_heeded(side: Side, value: str | None, origins: list[Origin]) -> MigrationError:
    """Return the error that refuses a session whose writes would bypass gates and foreign keys."""
    return MigrationError(
        "BG024",
        f"Sessions of our role on {side} begin with {REPLICATION_ROLE} = {value}"
        f"{f' by {origins[0]}' if origins else ''}, and may not change it",
        "Nothing was done in that session",
        f"Take that setting back: RESET {REPLICATION_ROLE} in the place of SET, as a superuser",
    )

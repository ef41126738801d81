# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The test bed: two sides with an application of several owners, and privileges for honest writers and an attacker."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2
from psycopg2.extensions import connection

from ansible_collections.bluegreen.postgresql.plugins.module_utils._embedded.server import (
    SUPERUSER,
    EmbeddedServer,
    free_port,
)
from demo.commands import run_command
from demo.installations import find_installation
from tests.attack.attacks import Kind, Names
from tests.fixtures.privileges import documented_grants

SIDES = ("blue", "green")
# The harness must not be mistaken for the product, nor be affected by a database's settings.
HARNESS = "attack harness"
_PINNED = "-c lock_timeout=5s -c statement_timeout=0 -c search_path=pg_catalog -c role=none -c DateStyle=ISO"
_WRITABLE = "-c default_transaction_read_only=off -c client_min_messages=error"
_FIRST_WITH_ROLE_FOR_SUBSCRIPTIONS = 16
_SETTINGS = {
    "fsync": "off",
    "shared_buffers": "32MB",
    "max_wal_senders": "20",
    "max_replication_slots": "20",
    "max_worker_processes": "32",
    "max_logical_replication_workers": "16",
    "max_prepared_transactions": "20",
    "track_commit_timestamp": "on",
    "wal_retrieve_retry_interval": "500ms",
}
# An owner who writes on a fenced side must not disturb the links: the ids never collide.
_ID = "id bigint PRIMARY KEY DEFAULT (random() * 9e15)::bigint, token text NOT NULL"
_PARTS = (
    "id bigint NOT NULL DEFAULT (random() * 9e15)::bigint, token text NOT NULL, day date NOT NULL DEFAULT '2026-06-01'"
)
_OF_2026 = "FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')"
_SCHEMA = f"""
CREATE SCHEMA ledger AUTHORIZATION {{owner}};
CREATE SCHEMA shared AUTHORIZATION {{owner}};
SET ROLE {{owner}};
CREATE TABLE ledger.accounts (id int PRIMARY KEY, balance bigint NOT NULL);
CREATE TABLE ledger.transfers (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, token text NOT NULL,
    source int REFERENCES ledger.accounts, target int REFERENCES ledger.accounts, amount int NOT NULL);
CREATE TABLE ledger.notes ({_ID});
CREATE TABLE ledger.elders ({_ID});
CREATE TABLE ledger.heirs (PRIMARY KEY (id)) INHERITS (ledger.elders);
CREATE TABLE ledger.parts ({_PARTS}, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
CREATE TABLE ledger.parts_2026 PARTITION OF ledger.parts {_OF_2026};
CREATE VIEW ledger.notes_view AS SELECT * FROM ledger.notes;
CREATE TABLE ledger.chaff (id bigint PRIMARY KEY, body text);
CREATE SEQUENCE ledger.tickets;
GRANT USAGE ON SCHEMA ledger, shared TO {{application}}, {{attacker}};
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ledger TO {{application}}, {{attacker}};
GRANT ALL ON ALL SEQUENCES IN SCHEMA ledger TO {{application}}, {{attacker}};
"""
_ROWS = """
INSERT INTO ledger.accounts SELECT n, 1000 FROM generate_series(1, 50) n;
INSERT INTO ledger.chaff SELECT n, repeat('x', 100) FROM generate_series(1, 3000) n
"""
_RIGHTS: Mapping[Kind, str] = {
    Kind.APPLICATION: """
        GRANT ALL ON ALL TABLES IN SCHEMA ledger TO {attacker};
        RESET ROLE; GRANT TEMP ON DATABASE {database} TO {attacker}""",
    Kind.OWNER: f"""
        GRANT REFERENCES ON ALL TABLES IN SCHEMA ledger TO {{attacker}};
        RESET ROLE;
        CREATE SCHEMA stall AUTHORIZATION {{attacker}};
        GRANT USAGE ON SCHEMA stall TO {{application}};
        SET ROLE {{attacker}};
        CREATE TABLE stall.goods ({_ID});
        CREATE TABLE stall.worn ({_ID});
        CREATE TABLE stall.parts ({_PARTS}, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
        CREATE TABLE stall.parts_2026 PARTITION OF stall.parts {_OF_2026};
        GRANT ALL ON ALL TABLES IN SCHEMA stall TO {{application}}""",
    Kind.CREATE: """
        GRANT CREATE ON SCHEMA shared TO {attacker};
        RESET ROLE; GRANT CREATE, TEMP ON DATABASE {database} TO {attacker}""",
}
_OWN_TABLES = ("stall.goods", "stall.parts", "stall.parts_2026")


@dataclass(frozen=True)
class Side:
    """One database: its server and the passwords of the roles."""

    server: EmbeddedServer
    major: int
    database: str
    passwords: Mapping[str, str]

    def endpoint(self, role: str) -> dict[str, Any]:
        """Return libpq's keywords."""
        return self.server.endpoint(self.database, role, self.passwords[role])


@dataclass(frozen=True)
class Field:
    """Two sides, the names on them, and whether the migrator is a superuser."""

    kind: Kind
    names: Names
    blue: Side
    green: Side
    as_superuser: bool

    def side(self, name: str) -> Side:
        """Return `blue` or `green`."""
        return self.blue if name == "blue" else self.green

    @property
    def parameters(self) -> dict[str, Any]:
        """The parameters of every module."""
        role = self.names.superuser if self.as_superuser else self.names.migrator
        return {
            "migration": self.names.migration,
            "blue": self.blue.endpoint(role),
            "green": self.green.endpoint(role),
        }

    def connect(self, side: str, role: str) -> connection:
        """Open an autocommit connection past the signpost; the caller closes it."""
        opened: connection = psycopg2.connect(**self.side(side).endpoint(role), options=_WRITABLE, connect_timeout=5)
        opened.autocommit = True
        return opened

    def administer(self, side: str) -> connection:
        """Open an autocommit connection of the superuser that ignores others' settings; the caller closes it."""
        end = {**self.side(side).endpoint(self.names.superuser), "application_name": HARNESS}
        opened: connection = psycopg2.connect(**end, options=f"{_WRITABLE} {_PINNED}")
        opened.autocommit = True
        return opened

    def query(self, side: str, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Run a statement as the superuser and return its rows."""
        with closing(self.administer(side)) as opened, opened.cursor() as cursor:
            cursor.execute(statement, values or None)
            return list(cursor.fetchall()) if cursor.description else []

    def furnish(self, *sides: str) -> None:
        """Create the application on these sides, and its rows on blue."""
        for side in sides:
            self.query(side, (_SCHEMA + _RIGHTS[self.kind]).format(**vars(self.names)))
        self.query("blue", _ROWS)


@contextmanager
def new_field(kind: Kind, majors: tuple[int, int], folder: Path, *, as_superuser: bool) -> Iterator[Field]:
    """Give two new servers: blue has the application, green only its roles."""
    names = Names(
        "mallory", "shop_owner", "shop_app", "migrator", SUPERUSER, "shop", "attack", _own_tables(kind)
    )  # fmt: skip
    passwords = {role: secrets.token_urlsafe(12) for role in vars(names).values() if isinstance(role, str)}
    blue, green = (
        Side(_server(major, folder / name), major, names.database, passwords)
        for name, major in zip(SIDES, majors, strict=True)
    )
    field = Field(kind, names, blue, green, as_superuser)
    with ExitStack() as stack, ThreadPoolExecutor() as threads:
        for side in (blue, green):
            stack.callback(side.server.destroy)
        for started in [threads.submit(_start, field, side) for side in (blue, green)]:
            started.result()
        field.furnish("blue")
        yield field


def _server(major: int, folder: Path) -> EmbeddedServer:
    binaries = find_installation(major)
    return EmbeddedServer(binaries, folder, free_port(), run_command)


def _own_tables(kind: Kind) -> tuple[str, ...]:
    return _OWN_TABLES if kind is Kind.OWNER else ()


def _start(field: Field, side: Side) -> None:
    names = field.names
    side.server.create(side.passwords[names.superuser], _SETTINGS)
    side.server.start()
    owner = names.attacker if field.kind is Kind.OWNER else names.owner
    statements = [f"CREATE ROLE {names.owner} NOLOGIN"]
    statements += [
        f"CREATE ROLE {role} LOGIN PASSWORD '{side.passwords[role]}'" for role in (names.attacker, names.application)
    ]
    statements.append(f"CREATE DATABASE {names.database} OWNER {owner}")
    places = {"migrator": names.migrator, "owner": names.owner, "database": names.database}
    password = f"'{side.passwords[names.migrator]}'"
    statements += [grant.format(**places, password=password) for grant in documented_grants(side.major)]
    if field.kind is Kind.OWNER:
        statements.append(f"GRANT {names.attacker} TO {names.migrator}")
    else:
        statements.append(f"GRANT CONNECT ON DATABASE {names.database} TO {names.attacker}")
    with closing(
        psycopg2.connect(**side.server.endpoint("postgres", names.superuser, side.passwords[names.superuser]))
    ) as opened:
        opened.autocommit = True
        with opened.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

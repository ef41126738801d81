# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shop's two sides: servers with roles, and the schema and data of the side that is in service first."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from pathlib import Path

from ansible_collections.bluegreen.postgresql.plugins.module_utils._embedded.server import SUPERUSER, EmbeddedServer
from demo.commands import run_command
from demo.scram import scram_secret

DATABASE = "shop"
OWNER = "shop_owner"
APPLICATION = "shop_app"
MIGRATOR = "bluegreen_migrator"
_HERE = Path(__file__).resolve().parent
MIGRATIONS = _HERE / "migrations"
_ROLES, _SCHEMA, _DATA = (_HERE / name for name in ("roles.sql", "schema.sql", "data.sql"))


class ShopError(Exception):
    """One of the shop's scripts failed; the text holds psql's output."""


@dataclass(frozen=True)
class Passwords:
    """The passwords of one run, the same on both sides."""

    superuser: str = field(default_factory=lambda: secrets.token_urlsafe(18), repr=False)
    application: str = field(default_factory=lambda: secrets.token_urlsafe(18), repr=False)
    migrator: str = field(default_factory=lambda: secrets.token_urlsafe(18), repr=False)


@dataclass(frozen=True)
class ShopSide:
    """One side: its server and the ways to connect to it, in libpq's keywords."""

    server: EmbeddedServer
    passwords: Passwords
    psql: Path

    def superuser(self, dbname: str = DATABASE) -> dict[str, str | int]:
        """The superuser, for what only a superuser may do."""
        return self.server.endpoint(dbname, SUPERUSER, self.passwords.superuser)

    def migrator(self) -> dict[str, str | int]:
        """The role that the playbooks use."""
        return self.server.endpoint(DATABASE, MIGRATOR, self.passwords.migrator)

    def application(self) -> dict[str, str | int]:
        """The application's role, connected directly and not through its route."""
        return self.server.endpoint(DATABASE, APPLICATION, self.passwords.application)

    def create_roles(self) -> None:
        """Create the roles and an empty database. Raises ShopError."""
        self._run_script(_ROLES, self.superuser("postgres"))

    def load(self) -> None:
        """Create the shop's schema and fill it, without a superuser. Raises ShopError."""
        self._run_script(_SCHEMA, self.migrator())
        self._run_script(_DATA, self.migrator())

    def _run_script(self, script: Path, endpoint: dict[str, str | int]) -> None:
        environment = {
            "PGHOST": str(endpoint["host"]),
            "PGPORT": str(endpoint["port"]),
            "PGDATABASE": str(endpoint["dbname"]),
            "PGUSER": str(endpoint["user"]),
            "PGPASSWORD": str(endpoint["password"]),
            "PGOPTIONS": "-c client_min_messages=warning",
            "SHOP_APP_PASSWORD": scram_secret(self.passwords.application),
            "BLUEGREEN_PASSWORD": self.passwords.migrator,
        }
        argv = [str(self.psql), "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", f"--file={script}"]
        status, _stdout, stderr = run_command(argv, environ_update=environment)
        if status != 0:
            raise ShopError(f"{script.name} failed: {stderr.strip()}")

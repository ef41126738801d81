# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which databases of a server become migrations, and what these are called. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from ..errors import MigrationError

# Made by initdb or by a provider, and read by monitoring at most.
NOT_USERS = ("postgres", "rdsadmin", "cloudsqladmin", "azure_maintenance", "azure_sys", "alloydbadmin")
_NOT_IN_A_HOST = re.compile(r"[^\w.-]+")


@dataclass(frozen=True)
class Choice:
    """Patterns as the shell's, of which one must match and none of ``exclude``; ``prefix``: what names begin with."""

    include: Sequence[str] = ("*",)
    exclude: Sequence[str] = NOT_USERS
    prefix: str = ""

    def migrations(self, databases: Iterable[str]) -> dict[str, str]:
        """Return the chosen databases by the names of their hosts.

        :raises MigrationError: BG252 when two of them would have one name
        """
        found: dict[str, str] = {}
        for database in filter(self._takes, databases):
            host = self.prefix + (_NOT_IN_A_HOST.sub("_", database).strip("_") or "_")
            if host in found:
                raise MigrationError(
                    "BG252",
                    f'The databases "{found[host]}" and "{database}" would both be the host {host}',
                    "Nothing was changed",
                    "Exclude one of them here, and write its host into an inventory by hand",
                )
            found[host] = database
        return found

    def _takes(self, database: str) -> bool:
        return _matches(database, self.include) and not _matches(database, self.exclude)


def _matches(database: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(database, pattern) for pattern in patterns)

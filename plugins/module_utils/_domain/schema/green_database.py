# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options with which a database is created, and those that cannot be changed afterwards."""

from __future__ import annotations

from dataclasses import dataclass

_UNCHANGEABLE = ("encoding", "collate", "ctype", "provider", "locale", "icu_rules")


@dataclass(frozen=True)
class DatabaseSettings:
    """A database's encoding, locale and owner.

    ``provider`` is pg_database.datlocprovider: ``c`` libc, ``i`` ICU, ``b`` builtin; ``locale`` and ``icu_rules`` are
    those of the two latter.
    """

    encoding: str
    collate: str
    ctype: str
    provider: str
    locale: str | None
    icu_rules: str | None
    owner: str

    def unchangeable_differences(self, other: DatabaseSettings) -> list[str]:
        """Return the differences from ``other`` that only a new database could remove, one per line."""
        pairs = ((name, getattr(self, name), getattr(other, name)) for name in _UNCHANGEABLE)
        return [f"{name} is {mine!r} instead of {theirs!r}" for name, mine, theirs in pairs if mine != theirs]

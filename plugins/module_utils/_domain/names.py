# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The names of all our objects on a server, so that we never touch anybody else's."""

from __future__ import annotations

import hashlib
import re

from .errors import MigrationError
from .sides import Direction
from .texts import with_invisible_numbered

SCHEMA = "bluegreen"
_SLUG_LENGTH = 36  # "bluegreen_" + slug + "_forward_" + lane + "_early" is at most NAMEDATALEN - 1 = 63 bytes
_LONGEST_NAME = 100
_EARLY = "_early"
FIRST_LANE = 1
PROBE = "probe"  # the table that the client's probe writes to; the first lane carries it


def require_name(migration: str) -> None:
    """Require a name that is safe in a line, a folder and a message.

    :raises MigrationError: BG001 for no name at all, BG071 for one that is a path, an option, or longer than a line
    """
    if not migration.strip():
        raise MigrationError("BG001", "The migration has no name", "Nothing was changed", "Set bluegreen_migration")
    seen = with_invisible_numbered(migration)
    faults = {
        "is longer than 100 characters": len(migration) > _LONGEST_NAME,
        "contains an invisible character": seen != migration,
        "contains a slash": "/" in migration or "\\" in migration,
        "begins with a dot or a dash": migration.startswith((".", "-")),
    }
    for fault, found in faults.items():
        if found:
            raise MigrationError(
                "BG071",
                f'The name of the migration {fault}: "{seen[:_LONGEST_NAME]}"',
                "Nothing was changed",
                "Set bluegreen_migration to letters, digits, dots, dashes and underscores",
            )


def slug(migration: str) -> str:
    """Return ``migration`` as a valid name of a replication slot: ``[a-z0-9_]``, at most 36 bytes."""
    return _told_apart(migration, re.compile(r"[^a-z0-9_]"), "_", _SLUG_LENGTH)


def folder_name(migration: str) -> str:
    """Return ``migration`` as the name of a folder, unique even in a file system that ignores case.

    :raises MigrationError: as :func:`require_name` does
    """
    require_name(migration)
    return _told_apart(migration, re.compile(r"[^a-z0-9_.-]"), "-", _LONGEST_NAME)


def _told_apart(migration: str, replaced: re.Pattern[str], mark: str, length: int) -> str:
    """Return a name that no other migration gets: with a digest if it was altered, or looks as if it was."""
    plain = replaced.sub("_", migration.lower())
    if plain == migration and len(plain) <= length and not re.search(rf"{mark}[0-9a-f]{{8}}$", plain):
        return plain
    digest = hashlib.sha256(migration.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{plain[: length - 9]}{mark}{digest}"


def link_prefix(migration: str) -> str:
    """Return the prefix of every publication, subscription and slot of ``migration``."""
    return f"{SCHEMA}_{slug(migration)}_"


def link_name(migration: str, direction: Direction, lane: int) -> str:
    """Return the name that the publication, the subscription and the slot of one lane share."""
    return f"{link_prefix(migration)}{direction}_{lane}"


def early_slot(link: str) -> str:
    """Return the name of the slot that a switch makes before it holds clients, to begin the way back's with it."""
    return f"{link}{_EARLY}"


def origins_of(migration: str) -> tuple[str, str]:
    """Return the replication origins of that migration's backfills and of its repairs."""
    return f"{link_prefix(migration)}backfill", f"{link_prefix(migration)}repair"


def links_of(migration: str) -> str:
    """Return the regular expression, for PostgreSQL too, of the names of exactly that migration's lanes."""
    return f"^{re.escape(link_prefix(migration))}({'|'.join(map(str, Direction))})_[0-9]+$"


def slots_of(migration: str) -> str:
    """Return the regular expression of the names of that migration's slots: its lanes' and the early ones."""
    return f"{links_of(migration)[:-1]}({_EARLY})?$"


def is_early_slot_of(migration: str, name: str) -> bool:
    """Tell whether a slot of that name is an early one of exactly that migration."""
    return name.endswith(_EARLY) and is_link_of(migration, name[: -len(_EARLY)])


def is_link_of(migration: str, name: str) -> bool:
    """Tell whether a publication, subscription or slot of that name is a lane of exactly that migration."""
    return re.search(links_of(migration), name) is not None


def marker_table(lane: int) -> str:
    """Return the name of the lane's marker table inside our schema."""
    return f"marker_{lane}"


def own_tables(lane: int) -> tuple[str, ...]:
    """Return the names of the tables inside our schema that the lane carries."""
    return (marker_table(lane), PROBE) if lane == FIRST_LANE else (marker_table(lane),)


def copy_session_name(migration: str) -> str:
    """Return the name of every session of the first copy in pg_stat_activity."""
    return f"bluegreen {slug(migration)} copy"

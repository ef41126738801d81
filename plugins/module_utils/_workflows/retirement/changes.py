# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a side still has the contents of its archive."""

from __future__ import annotations

from contextlib import closing

from ..._domain.errors import MigrationError
from ..._domain.retirement.contents import Contents, differences
from ..._domain.sides import Side
from ..._postgres.retirement import archive as store
from ..._postgres.retirement.contents import read_contents, read_schema_checksum
from ..._postgres.sides import Sides


def changes_since(sides: Sides, side: Side, archived: Contents) -> list[str]:
    """Return what differs from the archive, one line each; nothing if it all agrees.

    An archive of an earlier version has no checksums and so cannot be compared.
    """
    if not archived.is_known:
        return ["the archive was made by an earlier version and has no checksums, so nobody can tell"]
    with closing(sides.connect(side, "contents")) as session:
        schema = read_schema_checksum(session)
        with store.exported_snapshot(session):
            found = read_contents(session, session.major, schema)
    return differences(archived, found)


def how_to_archive_anew(folder: str) -> str:
    """Return what to do about an archive that no longer matches the database."""
    return f"Find out who has written to it, move {folder} away, and run archive again"


def require_unchanged(sides: Sides, side: Side, folder: str, archived: Contents) -> None:
    """Refuse an archive if the side has changed since.

    :raises MigrationError: BG910
    """
    changes = changes_since(sides, side, archived)
    if changes:
        raise MigrationError(
            "BG910",
            f"{str(side).capitalize()} differs from its archive in {folder} holds: {'; '.join(changes[:5])}",
            "Nothing was changed; the archive is as it was",
            how_to_archive_anew(folder),
            {"changes": changes},
        )

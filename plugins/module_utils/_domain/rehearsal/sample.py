# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a rehearsal copies from blue, without any database."""

from __future__ import annotations

from dataclasses import dataclass

from ..relations import TableName

# The cluster_name of throw-away servers: only these are ever filled with a sample.
THROW_AWAY = "bluegreen throw-away"
# Restores schemas on throw-away servers and runs their code; no schema's role has this name.
PLAIN_ROLE = "bluegreen_plain"
# PostgreSQL's own extensions that only a superuser may create, but that reach nothing beyond the database for a role
# without privileges there.
HARMLESS_EXTENSIONS = (
    "amcheck", "autoinc", "bloom", "dict_xsyn", "earthdistance", "insert_username", "intagg", "moddatetime",
    "pg_buffercache", "pg_freespacemap", "pg_prewarm", "pg_stat_statements", "pg_visibility", "pgrowlocks",
    "pgstattuple", "refint", "sslinfo",
)  # fmt: skip


@dataclass(frozen=True)
class ForeignKey:
    """A foreign key, its columns in pairs.

    ``types`` are the types of the parent's columns, ``operators`` the schemas of the operators ``=`` that compare them;
    with an empty ``search_path`` neither would be found.
    """

    child: TableName
    parent: TableName
    child_columns: tuple[str, ...]
    parent_columns: tuple[str, ...]
    types: tuple[tuple[str, str], ...]
    operators: tuple[str, ...]

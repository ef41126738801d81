# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a rehearsal takes over from blue: the words for it, without any database."""

from __future__ import annotations

from dataclasses import dataclass

from .relations import TableName

# The cluster_name of servers that nobody misses: only they are ever filled with a sample.
THROW_AWAY = "bluegreen throw-away"


@dataclass(frozen=True)
class ForeignKey:
    """A foreign key, its columns in pairs.

    ``types`` are the types of the parent's columns, ``operators`` the schemas of the operators ``=`` that compare them;
    an empty ``search_path`` finds neither by itself.
    """

    child: TableName
    parent: TableName
    child_columns: tuple[str, ...]
    parent_columns: tuple[str, ...]
    types: tuple[tuple[str, str], ...]
    operators: tuple[str, ...]

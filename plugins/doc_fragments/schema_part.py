# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options of the modules that copy a schema, or test a copy."""

from __future__ import annotations


class ModuleDocFragment:
    """Which part of blue's schema is copied, and where PostgreSQL's programs are."""

    DOCUMENTATION = r"""
options:
  pg_bindir:
    description:
      - Folder of PostgreSQL's programs of green's major version, on the host where the module runs.
      - If empty, the module searches E(PATH) and the folders of Debian's and Red Hat's packages.
    type: path
    default: ""
  include:
    description: The only schemas, or the only tables, to copy; an empty list includes all.
    type: dict
    suboptions:
      schemas:
        description: Names of schemas, as they are.
        type: list
        elements: str
        default: []
      tables:
        description: Tables, as schema and name; parts that need it are quoted as in SQL. Their partitions are included.
        type: list
        elements: str
        default: []
  exclude:
    description:
      - What stays behind. A table includes its partitions, its indexes and the sequences that it owns, an extension the
        schema that contains it.
      - If anything else depends on an excluded object, such as a view or a foreign key, the whole copy fails. Exclude
        the same tables from the links as well.
    type: dict
    suboptions:
      schemas:
        description: Names of schemas, as they are.
        type: list
        elements: str
        default: []
      tables:
        description: Tables, as schema and name; parts that need it are quoted as in SQL.
        type: list
        elements: str
        default: []
      extensions:
        description: Names of extensions, as they are.
        type: list
        elements: str
        default: []
"""

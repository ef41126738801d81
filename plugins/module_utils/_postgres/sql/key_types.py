# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The types of a key's columns, and the operators that compare them.

The owner of a type can create casts and operators for it. So text becomes a value as a literal does, by the type's own
input function; domains count as their base type; and ``=`` is the operator that an index of the type uses, which
superusers created.
"""

from __future__ import annotations

# The type as a cast spells it, and the schema of the operator that compares it: citext's "=" is not in pg_catalog.
KEY_TYPES = """
SELECT a.attname AS name, n.nspname AS type_schema, b.typname AS type_name, b.typcategory = 'A' AS is_array,
       COALESCE((SELECT o.nspname FROM pg_catalog.pg_operator op
                 JOIN pg_catalog.pg_namespace o ON o.oid = op.oprnamespace
                 WHERE op.oprname = '=' AND op.oprleft = b.oid AND op.oprright = b.oid
                   AND EXISTS (SELECT FROM pg_catalog.pg_amop m WHERE m.amopopr = op.oid)
                 LIMIT 1), 'pg_catalog') AS operator_schema
FROM pg_catalog.pg_attribute a
JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
JOIN pg_catalog.pg_namespace s ON s.oid = c.relnamespace
CROSS JOIN LATERAL (
    WITH RECURSIVE plain AS (
        SELECT t.* FROM pg_catalog.pg_type t WHERE t.oid = a.atttypid
        UNION ALL SELECT t.* FROM plain p JOIN pg_catalog.pg_type t ON t.oid = p.typbasetype WHERE p.typtype = 'd')
    SELECT * FROM plain WHERE typtype <> 'd') AS b
JOIN pg_catalog.pg_namespace n ON n.oid = b.typnamespace
WHERE s.nspname = %(schema)s AND c.relname = %(table)s AND a.attname = ANY (%(columns)s::name[])
"""

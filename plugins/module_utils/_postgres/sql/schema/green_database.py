# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Databases: the options that they were created with, and creating one."""

from __future__ import annotations

# As JSON, because the columns differ between majors.
SETTINGS = """
SELECT pg_catalog.pg_encoding_to_char(d.encoding)::text AS encoding, d.datcollate AS collate, d.datctype AS ctype,
       COALESCE(j.fields ->> 'datlocprovider', 'c') AS provider,
       COALESCE(j.fields ->> 'datlocale', j.fields ->> 'daticulocale') AS locale,
       j.fields ->> 'daticurules' AS icu_rules, pg_catalog.pg_get_userbyid(d.datdba)::text AS owner
FROM pg_catalog.pg_database d CROSS JOIN LATERAL (SELECT pg_catalog.to_jsonb(d) AS fields) j
WHERE d.datname = %(name)s
"""

CREATE = """
CREATE DATABASE {name} OWNER {owner} TEMPLATE template0
ENCODING %(encoding)s LC_COLLATE %(collate)s LC_CTYPE %(ctype)s
"""
# Without LOCALE_PROVIDERS there is only libc, and no option for it.
PROVIDERS = {
    "c": "LOCALE_PROVIDER libc",
    "i": "LOCALE_PROVIDER icu ICU_LOCALE %(locale)s",
    "b": "LOCALE_PROVIDER builtin BUILTIN_LOCALE %(locale)s",
}
ICU_RULES = " ICU_RULES %(icu_rules)s"

GIVE = "ALTER DATABASE {name} OWNER TO {owner}"

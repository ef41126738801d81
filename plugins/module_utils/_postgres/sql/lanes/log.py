# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The end of a server's log, in the format of it that says most, where our role may read it."""

from __future__ import annotations

# Asked first, so that a role without the right leaves no error in the log that it cannot read.
MAY_READ = """
SELECT pg_catalog.has_function_privilege('pg_catalog.pg_current_logfile(text)', 'EXECUTE')
   AND pg_catalog.has_function_privilege('pg_catalog.pg_stat_file(text)', 'EXECUTE')
   AND pg_catalog.has_function_privilege('pg_catalog.pg_read_binary_file(text, bigint, bigint)', 'EXECUTE') AS may
"""
# Those with a SQLSTATE first.
FORMATS = ("csvlog", "jsonlog", "stderr")
# A new line goes before the file's first one, since the first line of an end is only the rest of one.
END = """
SELECT CASE WHEN f.size <= %(bytes)s THEN pg_catalog.decode('0a', 'hex') ELSE '' END
    || pg_catalog.pg_read_binary_file(f.name, GREATEST(f.size - %(bytes)s, 0), %(bytes)s) AS tail
FROM (SELECT l.name, (pg_catalog.pg_stat_file(l.name)).size AS size
      FROM pg_catalog.pg_current_logfile(%(format)s) AS l (name) WHERE l.name IS NOT NULL) AS f
"""
ORIGIN = """
SELECT 'pg_' || oid AS origin FROM pg_catalog.pg_subscription
WHERE subname = %(name)s
  AND subdbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
"""

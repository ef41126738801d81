# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the files for a superuser are made of; psql runs them, we never do."""

from __future__ import annotations

# The password comes from the environment, since arguments show in `ps`; a superuser's session keeps it out of the log.
BEGINNING = r"""\set ON_ERROR_STOP on
\getenv migrator_password BLUEGREEN_PASSWORD
SELECT current_setting('is_superuser')::boolean AS is_superuser \gset
\if :is_superuser
SET log_statement = 'none';
SET log_min_error_statement = 'panic';
SET log_min_duration_statement = -1;
\endif
"""
# What was dropped meanwhile leaves nothing to take back; DROP ROLE says what is left.
ENDING = r"""\set ON_ERROR_STOP off
"""
PASSWORD = ":'migrator_password'"
WHERE_NO_ROLE = "SELECT NOT EXISTS (SELECT FROM pg_roles WHERE rolname = %(name)s) AS is_new \\gset"
WHERE_NO_DATABASE = "SELECT NOT EXISTS (SELECT FROM pg_database WHERE datname = %(name)s) AS is_new \\gset"
# psql takes the name as it is; what it connects to by a URI or a list of keywords it would read from an argument.
CONNECT = 'SELECT %(name)s AS its_name \\gset\n\\connect :"its_name"'
IF_NEW, ELSE, END_IF = "\\if :is_new", "\\else", "\\endif"
CREATE_ROLE = "CREATE ROLE {role}"
MEMBER = "GRANT {group} TO {role}"
ATTRIBUTES = {
    "login": " LOGIN",
    "creates_databases": " CREATEDB",
    "creates_roles": " CREATEROLE",
    "replication": " REPLICATION",
    "bypasses": " BYPASSRLS",
}
NOINHERIT = " NOINHERIT"
CONNECTIONS = " CONNECTION LIMIT %(connections)s"
UNTIL = " VALID UNTIL %(until)s"
ADMIN = " WITH ADMIN OPTION"

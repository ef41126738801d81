# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of SQL run inside a transaction of ours."""

from __future__ import annotations

# What a new connection of our role finds, which psql would have found.
USERS_SEARCH_PATH = "SELECT pg_catalog.current_setting('search_path') AS path"
HAND_OVER = """
SELECT pg_catalog.set_config('bluegreen.script', %(text)s, true),
       pg_catalog.set_config('search_path', %(path)s, true),
       pg_catalog.set_config('statement_timeout', %(ms)s::text, true),
       pg_catalog.set_config('lock_timeout', %(lock_ms)s::text, true)
"""
# EXECUTE refuses whatever would end the transaction, and copies from and to the client.
EXECUTE = "DO $bluegreen$ BEGIN EXECUTE pg_catalog.current_setting('bluegreen.script'); END $bluegreen$"
COME_BACK = """
RESET SESSION AUTHORIZATION;
RESET ROLE;
SET CONSTRAINTS ALL IMMEDIATE;
SELECT pg_catalog.set_config('bluegreen.script', '', true), pg_catalog.set_config('search_path', '', false)
"""
RECORD_UP = """
INSERT INTO {table} (version, description, checksum, duration_ms)
VALUES (%(version)s, %(description)s, %(checksum)s, %(milliseconds)s)
"""
RECORD_DOWN = "DELETE FROM {table} WHERE version = %(version)s"

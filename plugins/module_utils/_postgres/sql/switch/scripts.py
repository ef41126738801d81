# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SQL files that run inside our own transaction."""

from __future__ import annotations

from ..session_settings import SET_FOR_THIS_TRANSACTION, SET_FROM_HERE_ON

HAND_OVER = f"""
SELECT pg_catalog.set_config('bluegreen.script', %(text)s, true),
       pg_catalog.set_config('statement_timeout', %(ms)s::text, true),
       pg_catalog.set_config('lock_timeout', %(lock_ms)s::text, true);
{SET_FOR_THIS_TRANSACTION}
"""
# EXECUTE refuses every statement that would end the transaction, and COPY from or to the client.
EXECUTE = "DO $bluegreen$ BEGIN EXECUTE pg_catalog.current_setting('bluegreen.script'); END $bluegreen$"
COME_BACK = f"""
RESET SESSION AUTHORIZATION;
RESET ROLE;
SET CONSTRAINTS ALL IMMEDIATE;
SELECT pg_catalog.set_config('bluegreen.script', '', true);
{SET_FROM_HERE_ON}
"""
RECORD_UP = """
INSERT INTO {table} (version, description, checksum, duration_ms)
VALUES (%(version)s, %(description)s, %(checksum)s, %(milliseconds)s)
"""
RECORD_DOWN = "DELETE FROM {table} WHERE version = %(version)s"

# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a server says of itself before readers come to it."""

from __future__ import annotations

# A standby that received nothing from a sender, or lost it, does not know how far it is behind.
FACTS = """
SELECT pg_catalog.pg_is_in_recovery() AS recovering,
       (SELECT system_identifier::text FROM pg_catalog.pg_control_system()) AS system,
       CASE WHEN NOT pg_catalog.pg_is_in_recovery() THEN 0.0
            WHEN NOT EXISTS (SELECT FROM pg_catalog.pg_stat_wal_receiver) THEN NULL
            WHEN pg_catalog.pg_last_wal_receive_lsn() = pg_catalog.pg_last_wal_replay_lsn() THEN 0.0
            ELSE EXTRACT(epoch FROM pg_catalog.clock_timestamp() - pg_catalog.pg_last_xact_replay_timestamp())::float8
       END AS behind
"""
SETTINGS = "SELECT name, setting::bigint AS setting FROM pg_catalog.pg_settings WHERE name = ANY (%(names)s)"

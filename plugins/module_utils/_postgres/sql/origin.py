# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A replication origin for the writes of one session: a link with ``origin = none`` does not send them."""

from __future__ import annotations

BEGIN = "BEGIN READ WRITE"
HAS_SLOTS = """
SELECT EXISTS (SELECT FROM pg_catalog.pg_replication_slots
               WHERE database = pg_catalog.current_database() AND slot_type = 'logical') AS present
"""
CREATE_ORIGIN = """
SELECT pg_catalog.pg_replication_origin_create(%(name)s)
WHERE pg_catalog.pg_replication_origin_oid(%(name)s) IS NULL
"""
USE_ORIGIN = "SELECT pg_catalog.pg_replication_origin_session_setup(%(name)s)"
LEAVE_ORIGIN = "SELECT pg_catalog.pg_replication_origin_session_reset()"
DROP_ORIGIN = "SELECT pg_catalog.pg_replication_origin_drop(%(name)s)"
# Subscriptions in this database to which nothing is sent that carries an origin; from 16 on.
LEAVE_OUT_ORIGINS = """
SELECT s.subname::pg_catalog.text AS name FROM pg_catalog.pg_subscription s
JOIN pg_catalog.pg_database d ON d.oid = s.subdbid
WHERE d.datname = pg_catalog.current_database() AND s.suborigin = 'none'
"""

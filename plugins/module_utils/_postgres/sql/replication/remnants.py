# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Remnants of dropped subscriptions: slots of table copies on the publisher, origins on the subscriber."""

from __future__ import annotations

# The name ends with the subscriber's system identifier, and begins with the oid of its subscription.
SYNC_SLOTS = r"""
SELECT slot_name::text AS name, pg_catalog.split_part(slot_name::text, '_', 2) AS subscription
FROM pg_catalog.pg_replication_slots
WHERE slot_name ~ ('^pg_[0-9]+_sync_[0-9]+_' || %(system)s || '$') AND NOT active
  AND database = pg_catalog.current_database()
ORDER BY 1
"""
EARLY_SLOTS = """
SELECT slot_name::text AS name FROM pg_catalog.pg_replication_slots
WHERE pg_catalog.starts_with(slot_name::text, %(prefix)s) AND database = pg_catalog.current_database() ORDER BY 1
"""
SUBSCRIPTIONS = "SELECT oid::text FROM pg_catalog.pg_subscription"
ORIGINS = r"""
SELECT o.roname AS name FROM pg_catalog.pg_replication_origin o
WHERE pg_catalog.has_function_privilege('pg_catalog.pg_replication_origin_drop(text)', 'EXECUTE')
  AND (o.roname = ANY (%(own)s)
       OR o.roname ~ '^pg_[0-9]+(_[0-9]+)?$'
          AND NOT EXISTS (SELECT FROM pg_catalog.pg_subscription s
                          WHERE s.oid::text = pg_catalog.split_part(o.roname, '_', 2)))
ORDER BY 1
"""
DROP_ORIGIN = """
SELECT pg_catalog.pg_replication_origin_drop(roname) FROM pg_catalog.pg_replication_origin WHERE roname = %(name)s
"""

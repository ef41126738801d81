# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a database holds besides tables."""

from __future__ import annotations

STATE_OF_SEQUENCE = """
SELECT {number} AS number, pg_catalog.concat_ws(' ', last_value, CASE WHEN is_called THEN 'and was drawn' END) AS state
FROM {{sequence_{number}}}
"""

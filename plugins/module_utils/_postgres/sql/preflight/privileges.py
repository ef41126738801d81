# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asking a server for something that it refuses in any case, for its reason."""

from __future__ import annotations

SUBSCRIPTION_TO_NOWHERE = """
CREATE SUBSCRIPTION bluegreen_probe CONNECTION 'no connection string' PUBLICATION bluegreen_probe
WITH (connect = false, enabled = false, create_slot = false, slot_name = NONE)
"""
NO_CONNECTION_STRING = "42601"

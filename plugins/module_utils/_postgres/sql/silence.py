# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a server ends a session that it hears nothing from."""

from __future__ import annotations

END_WHEN_IDLE = "SET idle_session_timeout = %(ms)s"
# Where it ends only those in a transaction, the session is in one between its statements: it has neither a snapshot nor
# an id, so it is in nobody's way.
REST = "BEGIN; SET LOCAL idle_in_transaction_session_timeout = %(ms)s"
WAKE = "COMMIT"
PING = "SELECT 1 AS alive"

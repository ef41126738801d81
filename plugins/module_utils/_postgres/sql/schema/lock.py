# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One advisory lock, held by a session that may stay idle while a command runs."""

from __future__ import annotations

NEVER_IDLE_OUT = "SET idle_session_timeout = 0"

# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which sessions count as ours. Anybody may use any name, but nobody else may use our role."""

from __future__ import annotations

# On pg_stat_activity a: the role decides; the name tells our programs from people who log in as our role.
NOT_OURS = """
(a.usesysid = (SELECT r.oid FROM pg_catalog.pg_roles r WHERE r.rolname = session_user)
 AND pg_catalog.starts_with(a.application_name, 'bluegreen ')) IS NOT TRUE
"""

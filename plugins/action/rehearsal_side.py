# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shows progress while the module of the same name runs."""

from __future__ import annotations

from ansible_collections.bluegreen.postgresql.plugins.plugin_utils.watched import WatchedAction


class ActionModule(WatchedAction):
    """Progress of filling a throw-away side."""

    MODULE = "rehearsal_side"

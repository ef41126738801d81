# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ends the module of the same name when its run is cancelled."""

from __future__ import annotations

from ansible_collections.bluegreen.postgresql.plugins.plugin_utils.guarded import GuardedAction


class ActionModule(GuardedAction):
    """A module that works on databases."""

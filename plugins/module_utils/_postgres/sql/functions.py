# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The settings of every function of ours: names mean the same whoever calls it."""

from __future__ import annotations

from ..._domain.session_settings import SEARCH_PATH

PINNED = f"SET search_path = {SEARCH_PATH}"

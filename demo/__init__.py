# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The demonstration: a live shop moves from one PostgreSQL major to the next and back under write load."""

from __future__ import annotations

import sys

from demo.commands import COLLECTIONS

# The collection is imported by its full name, in the writers' processes too.
sys.path.insert(0, str(COLLECTIONS))

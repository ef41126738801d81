# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A channel did not take a message."""

from __future__ import annotations


class NotTaken(Exception):
    """Why, without anything that was sent: a receiver's own words may repeat a secret."""


class TookTooLong(NotTaken):
    """Its time limit has passed."""

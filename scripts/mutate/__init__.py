# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mutation tests of the pure core."""

from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent.parent
DOMAIN = PROJECT / "plugins/module_utils/_domain"

# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every test of readers stands on."""

from __future__ import annotations

from tests.integration.readers.rigs import give_readers

__all__ = ["give_readers"]

# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What psql runs before and after the script of a trial: one transaction, which is never committed."""

from __future__ import annotations

from .surroundings import MAKE_ROOM

# psql rolls back to its own savepoint after each failed statement (ON_ERROR_ROLLBACK).
PROLOGUE = f"BEGIN;\n{MAKE_ROOM};\n"
EPILOGUE = "ROLLBACK;\n"

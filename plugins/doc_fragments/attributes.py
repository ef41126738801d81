# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How every module behaves."""

from __future__ import annotations


class ModuleDocFragment:
    """The fragment ``bluegreen.postgresql.attributes``."""

    DOCUMENTATION = r"""
attributes:
  check_mode:
    description: Reports what it would do without doing it.
    support: full
  diff_mode:
    description: Shows the difference between before and after, also in check mode.
    support: full
  platform:
    description: Runs on these systems.
    support: full
    platforms: posix
"""

# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How every module behaves."""

from __future__ import annotations


class ModuleDocFragment:
    """The fragments ``bluegreen.postgresql.attributes`` and, for modules that change nothing, ``attributes.probe``."""

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

    PROBE = r"""
attributes:
  check_mode:
    description: Reports what it would do without doing it.
    support: full
    details: Nothing of the user's is changed in either mode.
  diff_mode:
    description: Shows the difference between before and after, also in check mode.
    support: N/A
    details: Nothing of the user's is changed, so there is no difference to show.
  platform:
    description: Runs on these systems.
    support: full
    platforms: posix
"""

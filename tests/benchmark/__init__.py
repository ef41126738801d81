# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Benchmarks: contenders interleaved in one run, limits as ratios or differences."""

import demo  # noqa: F401  # puts the collection on sys.path

# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Replaces get-pip.py, which ansible-test downloads, where that download is not possible."""

from __future__ import annotations

import subprocess
import sys

arguments = [word for word in sys.argv[1:] if word not in {"--no-setuptools", "--no-wheel"}]

subprocess.check_call([sys.executable, "-m", "ensurepip"], stdout=subprocess.DEVNULL)
subprocess.check_call([sys.executable, "-m", "pip", "install", *arguments])

# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The names of the variables that the collection reads: roles bind them, playbooks use them, an action asks for one."""

from __future__ import annotations

import re
from pathlib import Path

from ansible_collections.bluegreen.postgresql.plugins.plugin_utils.outcome import OUTCOME
from ansible_collections.bluegreen.postgresql.plugins.plugin_utils.slices import PROGRESS

_COLLECTION = Path(__file__).resolve().parents[2]
_NAME = re.compile(r"\bbluegreen_\w+")


def known_variables() -> set[str]:
    """Return their names, and that of what a job hands to the next one.

    Reading them where they are read leaves no list that could be out of date.
    """
    files = [*_COLLECTION.glob("roles/*/defaults/main.yml"), *_COLLECTION.glob("playbooks/*.yml")]
    return {name for file in files for name in _NAME.findall(file.read_text(encoding="utf-8"))} | {PROGRESS, OUTCOME}

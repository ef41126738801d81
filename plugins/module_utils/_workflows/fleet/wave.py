# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The beginning of a wave."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..._domain.fleet.waves import Wave


def begin_wave(params: Mapping[str, Any], _run: Any, *, really: bool) -> dict[str, Any]:
    """Let a migration's switch begin, or refuse it, in check mode as well.

    :raises MigrationError: BG752 when too many of earlier waves failed
    """
    del really
    wave = Wave(params["batch"], params["living"], params["begun"])
    wave.require_health(params["failures_allowed"])
    return {"changed": False, "failed_before": wave.failed, "later": wave.later}

# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writing files of a migration's report, without any database."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Callable

from .._files.report import write_files


def report_files(params: Mapping[str, Any], _run: Callable[..., Any], really: bool) -> dict[str, Any]:
    """Write them, or only say which differ.

    :raises MigrationError: BG297 when they cannot be written
    """
    return write_files(params["folder"], params["files"], really)

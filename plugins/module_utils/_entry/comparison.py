# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The argument spec of a comparison; the doc fragment `comparison` documents it, and a test compares both."""

from __future__ import annotations

from typing import Any

from .._domain.comparison.objects import KINDS
from .._domain.comparison.request import FULL, MODES


def comparison_options() -> dict[str, Any]:
    """Return the parameters of every module that compares."""
    return {**_what(), **_how_long(), **_how_gently()}


def _what() -> dict[str, Any]:
    renaming = {
        "table": {"type": "str", "required": True},
        "to": {"type": "str"},
        "columns": {"type": "dict", "default": {}},
    }
    return {
        "reference": {"type": "str", "choices": ["blue", "green"], "default": "blue"},
        "tables": {"type": "list", "elements": "str", "default": []},
        "exclude_tables": {"type": "list", "elements": "str", "default": []},
        "mapping": {"type": "list", "elements": "dict", "default": [], "options": renaming},
        "objects": {"type": "list", "elements": "str", "choices": list(KINDS), "default": []},
        "mode": {"type": "str", "choices": list(MODES), "default": FULL},
        "sample_percent": {"type": "float", "default": 10.0},
        "max_differences": {"type": "int", "default": 100},
        "show_values": {"type": "bool", "default": False},
        # Names of columns: no_log is set explicitly because the parameter's name looks like a secret's.
        "secret_columns": {"type": "list", "elements": "str", "default": [], "no_log": False},
        "at_rest": {"type": "bool", "default": False},
    }


def _how_long() -> dict[str, Any]:
    return {
        "timeout": {"type": "float", "default": 3600.0},
        "range_timeout": {"type": "float", "default": 300.0},
        "row_timeout": {"type": "float", "default": 60.0},
        "resume_within": {"type": "float", "default": 86400.0},
        "range_megabytes": {"type": "float", "default": 32.0},
        "buckets": {"type": "int", "default": 4096},
    }


def _how_gently() -> dict[str, Any]:
    return {
        "busy_percent": {"type": "float", "default": 8.0},
        "max_megabytes_per_second": {"type": "float", "default": 0.0},
        "max_lag_megabytes": {"type": "float", "default": 256.0},
        "max_active_sessions": {"type": "int", "default": 0},
        "pause_query": {"type": "str"},
    }

# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What to compare, and how much load that may cause."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..sides import Side
from .mapping import Names, parse_renamings
from .slice import Before

FULL = "full"
SAMPLE = "sample"
COUNT = "count"
MODES = (FULL, SAMPLE, COUNT)
_MEGABYTE = 1 << 20
# These decide what is compared with what; a run with other values is not continued.
_DECISIVE = (
    "reference", "tables", "exclude_tables", "mapping", "mode", "sample_percent", "at_rest", "max_differences",
    "show_values", "secret_columns",
)  # fmt: skip


@dataclass(frozen=True)
class PauseLimits:
    """When to pause: lag in bytes, other active sessions on a side, the user's query; 0 and "" mean no limit."""

    lag_bytes: int
    active_sessions: int
    query: str


@dataclass(frozen=True)
class Request:
    """The parameters of a comparison."""

    reference: Side
    tables: tuple[str, ...]
    exclude_tables: tuple[str, ...]
    names: Names
    objects: tuple[str, ...]
    mode: str
    sample_percent: float
    max_differences: int
    show_values: bool
    secret_columns: frozenset[str]
    at_rest: bool
    buckets: int
    timeout: float
    range_timeout: float
    row_timeout: float
    range_bytes: int
    resume_within: float
    bytes_per_second: float
    busy_percent: float
    pause: PauseLimits
    slice: float | None
    before: Before | None
    decisive: Mapping[str, Any]

    @classmethod
    def of(cls, params: Mapping[str, Any]) -> Request:
        """Return the request in the module's parameters.

        :raises MigrationError: BG020 for an invalid table name
        """
        reference = Side(params["reference"])
        return cls(
            reference=reference,
            tables=tuple(params["tables"]),
            exclude_tables=tuple(params["exclude_tables"]),
            names=Names(reference, parse_renamings(params["mapping"])),
            objects=tuple(params["objects"]),
            mode=params["mode"],
            sample_percent=params["sample_percent"],
            max_differences=params["max_differences"],
            show_values=params["show_values"],
            secret_columns=frozenset(params["secret_columns"]),
            at_rest=params["at_rest"],
            buckets=params["buckets"],
            timeout=params["timeout"],
            range_timeout=params["range_timeout"],
            row_timeout=params["row_timeout"],
            range_bytes=max(1, int(params["range_megabytes"] * _MEGABYTE)),
            resume_within=params["resume_within"],
            bytes_per_second=params["max_megabytes_per_second"] * _MEGABYTE,
            busy_percent=params["busy_percent"],
            pause=PauseLimits(
                int(params["max_lag_megabytes"] * _MEGABYTE), params["max_active_sessions"], params["pause_query"] or ""
            ),
            slice=params.get("slice"),
            before=Before.of(params["resume"]) if params.get("resume") else None,
            decisive={name: params[name] for name in _DECISIVE},
        )


def digest_of(what: object) -> str:
    """Return a short digest of a value's printed form, equal in every run of the same version."""
    return hashlib.sha256(json.dumps(repr(what)).encode()).hexdigest()[:16]

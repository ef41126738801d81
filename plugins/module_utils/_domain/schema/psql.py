# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What psql with VERBOSITY=verbose says about a script that failed."""

from __future__ import annotations

import re
from dataclasses import dataclass

_REPORT = re.compile(r"psql:(?P<file>.+):(?P<line>\d+): [^:]+:  (?P<sqlstate>[0-9A-Z]{5}): (?P<message>.*)")
_WITHOUT_PLACE = re.compile(r"(?:psql: )?[^:]+:  (?P<sqlstate>[0-9A-Z]{5}): (?P<message>.*)")
_NOTICES = ("00", "01", "02")
_NOISE = ("LOCATION:",)
_MOST_LINES = 8


@dataclass(frozen=True)
class Failure:
    """Where and why a script stopped; ``sqlstate`` and ``line`` are ``None`` if psql did not say."""

    message: str
    file: str | None = None
    line: int | None = None
    sqlstate: str | None = None


def failure_of(stderr: str) -> Failure:
    """Return the first error in psql's output, with the lines that explain it.

    Warnings cannot be told from errors in every language, so set client_min_messages = error.
    """
    lines = stderr.splitlines()
    for number, line in enumerate(lines):
        match = _REPORT.fullmatch(line) or _WITHOUT_PLACE.fullmatch(line)
        if match and not match["sqlstate"].startswith(_NOTICES):
            place = match.groupdict()
            text = "; ".join([match["message"], *_explanation(lines[number + 1 : number + 1 + _MOST_LINES])])
            where = int(place["line"]) if place.get("line") else None
            return Failure(text, place.get("file"), where, match["sqlstate"])
    said = [line.strip() for line in lines if line.strip()]
    return Failure("; ".join(said[:_MOST_LINES]) or "psql said nothing")


def _explanation(lines: list[str]) -> list[str]:
    kept: list[str] = []
    for line in lines:
        if line.startswith("psql:"):
            break
        if line.strip() and not line.startswith(_NOISE):
            kept.append(" ".join(line.split()))
    return kept

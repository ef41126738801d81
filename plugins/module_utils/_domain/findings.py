# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Findings: obstacles to a migration, with their fix."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

BLOCKS = "blocks"
WARNS = "warns"
INFORMS = "informs"


@dataclass(frozen=True)
class Finding:
    """One reason, on one side.

    ``objects`` are the objects concerned, by name; ``fix`` is text, or SQL to paste.
    """

    code: str
    severity: str
    side: str
    what: str
    fix: str
    objects: tuple[str, ...] = ()

    def as_result(self) -> dict[str, Any]:
        """Return it JSON-ready."""
        return {**asdict(self), "objects": list(self.objects)}

    def as_line(self) -> str:
        """Return it as one line for a person."""
        named = f" ({', '.join(self.objects[:5])}{', …' if len(self.objects) > 5 else ''})" if self.objects else ""
        return f"{self.code} {self.side}: {self.what}{named}. {self.fix}"


def blocking(findings: Iterable[Finding]) -> list[Finding]:
    """Return those that block."""
    return [finding for finding in findings if finding.severity == BLOCKS]

# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report of preflight: for machines, for a person, for a CI pipeline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..findings import BLOCKS, INFORMS, WARNS, Finding, blocking
from .acceptance import Accepted
from .checks import CHECKS
from .outlook import Forecast

_SHOWN = 5
_SARIF_LEVELS = {BLOCKS: "error", WARNS: "warning", INFORMS: "note"}
_SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


@dataclass(frozen=True)
class Preflight:
    """The findings, those that are accepted, and the forecast."""

    findings: tuple[Finding, ...]
    accepted: tuple[Accepted, ...]
    forecast: Forecast

    def as_result(self) -> dict[str, Any]:
        """Return it JSON-ready."""
        return {
            "findings": [{**finding.as_result(), "line": _line(finding)} for finding in self.findings],
            "accepted": [each.as_result() for each in self.accepted],
            "blocked": bool(blocking(self.findings)),
            "forecast": self.forecast.as_result(),
            "table": self.as_table(),
            "sarif": self.as_sarif(),
        }

    def as_table(self) -> str:
        """Return it for a person."""
        counts = ", ".join(
            f"{sum(finding.severity == severity for finding in self.findings)} {word}"
            for severity, word in ((BLOCKS, "block"), (WARNS, "warn"), (INFORMS, "inform"))
        )
        total = len(self.findings)
        lines = [f"{total} finding{'' if total == 1 else 's'}: {counts}; {len(self.accepted)} accepted"]
        for finding in self.findings:
            lines += _paragraph(finding)
        for each in self.accepted:
            lines += [*_headline(each.finding, "accepted"), f"{'':9} because: {each.because}"]
        return "\n".join([*lines, *(f"forecast  {line}" for line in self.forecast.lines)])

    def as_sarif(self) -> dict[str, Any]:
        """Return it as SARIF 2.1.0; an accepted finding is a suppressed result."""
        results = [_sarif_result(finding) for finding in self.findings]
        for each in self.accepted:
            suppression = {"kind": "external", "status": "accepted", "justification": each.because}
            results.append({**_sarif_result(each.finding), "suppressions": [suppression]})
        rules = [
            {
                "id": check.code,
                "name": check.look.__name__,
                "shortDescription": {"text": str(check.look.__doc__)},
                "defaultConfiguration": {"level": _SARIF_LEVELS[check.severity]},
            }
            for check in CHECKS
            if any(result["ruleId"] == check.code for result in results)
        ]
        driver = {"name": "bluegreen.postgresql.preflight_info", "rules": rules}
        return {
            "version": "2.1.0",
            "$schema": _SARIF_SCHEMA,
            "runs": [{"tool": {"driver": driver}, "results": results}],
        }


def _line(finding: Finding) -> str:
    return " ".join(finding.as_line().split("\n"))


def _headline(finding: Finding, word: str) -> list[str]:
    shown = list(finding.objects[:_SHOWN])
    if len(finding.objects) > _SHOWN:
        shown.append(f"… {len(finding.objects) - _SHOWN} more")
    first = f"{word:9} {finding.code} {finding.side:5} {finding.what}"
    return [first, f"{'':9} {', '.join(shown)}"] if shown else [first]


def _paragraph(finding: Finding) -> list[str]:
    fixes = finding.fix.split("\n")
    lines = _headline(finding, finding.severity)
    lines += [f"{'':9} fix: {fixes[0]}", *(f"{'':14} {fix}" for fix in fixes[1:_SHOWN])]
    return lines + ([f"{'':14} … {len(fixes) - _SHOWN} more"] if len(fixes) > _SHOWN else [])


def _sarif_result(finding: Finding) -> dict[str, Any]:
    places = [{"fullyQualifiedName": f"{finding.side}:{name}"} for name in finding.objects]
    return {
        "ruleId": finding.code,
        "level": _SARIF_LEVELS[finding.severity],
        "message": {"text": f"{finding.side}: {finding.what}. {finding.fix}"},
        "locations": [{"logicalLocations": places or [{"fullyQualifiedName": finding.side}]}],
    }

# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Findings that the user has accepted, by code and object, with a reason and perhaps for a time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from ..consumers.said import UNSAID
from ..errors import MigrationError
from ..findings import Finding
from .checks import CODES, FINAL

# Reasons not to switch that can be accepted as well. BG255 and BG256: rows that no backfill has filled. BG560:
# materialized views without rows. BG562: what setup could not copy. And what a comparison of plans finds.
OF_A_SWITCH = frozenset({"BG216", "BG217", "BG218", "BG219", "BG248", "BG255", "BG256", "BG560", "BG562"})


@dataclass(frozen=True)
class Acceptance:
    """``object`` is one of a finding's objects, ``None`` for all of them; it ends after the day ``expires``."""

    code: str
    object: str | None
    reason: str
    expires: date | None

    @classmethod
    def from_parameters(cls, parameters: Mapping[str, Any]) -> Acceptance:
        """Build it from one entry of the module's list.

        :raises MigrationError: BG021 for a code that nobody has or can accept, an empty reason or an invalid date
        """
        if parameters["code"] not in CODES | OF_A_SWITCH:
            raise _unacceptable(f"no check has the code {parameters['code']}")
        if parameters["code"] in FINAL:
            raise _unacceptable(
                f"{parameters['code']} cannot be accepted, since no link publishes a table whose UPDATE and DELETE "
                "would fail (BG245)",
                "Give the table a replica identity, or leave it out by bluegreen_exclude_tables",
            )
        if parameters["code"] == UNSAID:
            raise _unacceptable(
                f"{UNSAID} is not accepted here, since cleanup has to know it as well",
                "Name the slot in bluegreen_consumers, with leave and the reason where its consumer stays",
            )
        if not parameters["reason"].strip():
            raise _unacceptable(f"{parameters['code']} is accepted without a reason")
        expires = parameters.get("expires")
        try:
            last_day = date.fromisoformat(expires) if expires else None
        except ValueError:
            raise _unacceptable(f"{expires!r} is not a date (YYYY-MM-DD)") from None
        return cls(parameters["code"], parameters.get("object"), parameters["reason"], last_day)

    def covers(self, code: str, name: str | None) -> bool:
        """Tell whether it concerns this object of a finding with that code, whatever the day."""
        return self.code == code and self.object in (None, name)

    def holds(self, code: str, name: str | None, today: date) -> bool:
        """Tell whether it covers that object today."""
        return self.covers(code, name) and (self.expires is None or today <= self.expires)


@dataclass(frozen=True)
class Accepted:
    """A finding, or some of its objects, with its acceptance."""

    finding: Finding
    acceptance: Acceptance

    @property
    def because(self) -> str:
        """Return the reason, and the last day if there is one."""
        expires = self.acceptance.expires
        return self.acceptance.reason + (f" (until {expires})" if expires else "")

    def as_result(self) -> dict[str, Any]:
        """Return it JSON-ready."""
        expires = self.acceptance.expires
        return {
            **self.finding.as_result(),
            "reason": self.acceptance.reason,
            "expires": expires.isoformat() if expires else None,
            "line": " ".join(f"Accepted because: {self.because}. {self.finding.as_line()}".split("\n")),
        }


def _unacceptable(what: str, todo: str = "Correct the entry, or remove it") -> MigrationError:
    return MigrationError("BG021", f"bluegreen_accept: {what}", "Nothing was changed", todo)


def accepts(acceptances: Iterable[Acceptance], code: str, name: str, today: date) -> bool:
    """Tell whether that object of a finding with that code is accepted."""
    return any(word.holds(code, name, today) for word in acceptances)


def divide(
    findings: Iterable[Finding], acceptances: Iterable[Acceptance], today: date
) -> tuple[list[Finding], list[Accepted]]:
    """Return the findings that remain, and the accepted ones; a finding is divided if only some of its objects are
    accepted."""
    words = list(acceptances)
    standing: list[Finding] = []
    accepted: list[Accepted] = []
    for finding in findings:
        left: list[str | None] = []
        taken: dict[Acceptance, list[str]] = {}
        for name in finding.objects or (None,):
            word = _valid(words, finding, name, today)
            if word is None:
                left.append(name)
            else:
                taken.setdefault(word, []).extend([name] if name is not None else [])
        accepted += [Accepted(replace(finding, objects=tuple(names)), word) for word, names in taken.items()]
        if left:
            rest = replace(finding, objects=tuple(name for name in left if name is not None))
            standing.append(_with_what_expired(rest, words, left))
    return standing, accepted


def _valid(words: list[Acceptance], finding: Finding, name: str | None, today: date) -> Acceptance | None:
    for word in words:
        if word.holds(finding.code, name, today):
            return word
    return None


def _with_what_expired(finding: Finding, words: list[Acceptance], left: list[str | None]) -> Finding:
    """Return the rest of a finding with the last day of the words for it: one that held would have left nothing."""
    ends = [word.expires for word in words if word.expires and any(word.covers(finding.code, name) for name in left)]
    return replace(finding, what=f"{finding.what} (accepted until {max(ends)})") if ends else finding

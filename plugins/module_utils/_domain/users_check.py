# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The outcome of a check of the user's own. Pure."""

from __future__ import annotations

from dataclasses import dataclass

# Names that the statement asks for and the database does not have, unlike a statement that nobody can read.
_MISSING_NAMES = ("3F000", "42P01", "42703", "42704", "42883")


@dataclass(frozen=True)
class FailedCheck:
    """A check that did not pass, and why.

    ``answered``: it gave an answer, which was no; otherwise there was none, and there may never be one.
    ``sqlstate``: the server's, where it refused a query.
    """

    name: str
    problem: str
    answered: bool = True
    sqlstate: str | None = None

    @property
    def lacks_objects(self) -> bool:
        """Tell whether a query asked for something that is not there."""
        return self.sqlstate in _MISSING_NAMES

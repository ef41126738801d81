# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects under our names that are not ours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .errors import MigrationError
from .sides import Side

NOT_OURS = "BG138"
_NAMED = 5


@dataclass(frozen=True)
class Stranger:
    """An object with one of our names that belongs to somebody else, has foreign code attached, or grants others
    rights.

    ``hung``: the object attached to it. ``privilege``: what ``owner`` may do with it; without it, ``owner`` owns it.
    """

    kind: str
    name: str
    owner: str
    hung: str
    privilege: str

    def __str__(self) -> str:
        thing = f"{self.kind} {self.name}"
        if self.hung:
            return f"{thing} has {self.hung}"
        return f"{thing} lets {self.owner} {self.privilege}" if self.privilege else f"{thing} belongs to {self.owner}"

    def remedy(self, me: str) -> str:
        """Return what to do about it, for the role ``me``."""
        if self.hung:
            return f"drop what is not ours, or the {self.kind} {self.name}"
        if self.privilege:
            return f"REVOKE {self.privilege} ON {self.kind.upper()} {self.name} FROM {_quoted(self.owner)}"
        return (
            f"DROP {self.kind.upper()} {self.name}; if {self.owner} is the role that began this migration, continue "
            f"with it, or ALTER {self.kind.upper()} {self.name} OWNER TO {_quoted(me)}"
        )


def not_ours(side: Side, strangers: Sequence[Stranger], me: str) -> MigrationError:
    """Return the error that refuses all of them."""
    more = f" and {len(strangers) - _NAMED} more" if len(strangers) > _NAMED else ""
    return MigrationError(
        NOT_OURS,
        f"Objects under our names on {side} do not belong to {me} alone: "
        + "; ".join(map(str, strangers[:_NAMED]))
        + more,
        "None of them was used, and nothing was changed by this step",
        f"Look at what they are, then as a superuser: {strangers[0].remedy(me)}",
        {"strangers": [str(one) for one in strangers]},
    )


def _quoted(role: str) -> str:
    return role if role == "PUBLIC" else '"' + role.replace('"', '""') + '"'

# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings, at any level, that other roles' sessions start with and that defeat the fence or the signpost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..session_settings import REPLICATION_ROLE

PASSES_FENCE = "BG250"
OVERLOOKS_SIGNPOST = "BG251"
SIGNPOST = "default_transaction_read_only"
# A setting keeps the text as written; the server ignores case and accepts abbreviated Booleans.
_REPLICA = "replica"
_OFF = ("off", "false", "no", "0")
_ON_OR_OFF = "o"


@dataclass(frozen=True)
class Beginning:
    """The value of ``setting`` that a session of ``role`` starts with.

    ``value``: ``None`` if a setting of our own role hides it. ``of_role``: it is set for that very role. ``mend``: the
    statement that resets the setting where it was made.
    """

    role: str
    setting: str
    value: str | None
    of_role: bool
    mend: str


@dataclass(frozen=True)
class Stray:
    """A setting that sessions of some roles start with and must not; ``mends``: by role, the statement that resets
    it."""

    code: str
    what: str
    mends: Mapping[str, str]


def strays(beginnings: Iterable[Beginning]) -> list[Stray]:
    """Return the settings that let other roles write through the fence, or keep them on the fenced side."""
    passing, unknown, overlooking = {}, {}, {}
    for one in beginnings:
        if one.setting == REPLICATION_ROLE:
            if one.value is None:
                unknown[one.role] = one.mend
            elif one.value.lower() == _REPLICA:
                passing[one.role] = one.mend
        # The signpost is a setting of the database: only a setting of the role overrides it.
        elif one.of_role and one.value is not None and _is_off(one.value):
            overlooking[one.role] = one.mend
    found = (
        Stray(
            PASSES_FENCE,
            "sessions begin with session_replication_role = replica: no gate's trigger fires for them, and they write "
            "through the fence",
            passing,
        ),
        Stray(
            PASSES_FENCE,
            "a setting of our own role hides whether sessions begin with session_replication_role = replica",
            unknown,
        ),
        Stray(
            OVERLOOKS_SIGNPOST,
            f"sessions begin with {SIGNPOST} = off, whatever the signpost says: clients that list both sides stay on "
            "the one out of service",
            overlooking,
        ),
    )
    return [stray for stray in found if stray.mends]


def _is_off(value: str) -> bool:
    word = value.lower()
    return word != _ON_OR_OFF and any(off.startswith(word) for off in _OFF)

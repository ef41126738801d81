# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a copy of the schema left behind, and which of it green still lacks. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping

LEFT_BEHIND = "BG562"
UNSEEN = "password of "
# Asked anew on both sides: somebody may have created it on green since.
_SEEN_ON_BOTH = ("publication ", "subscription ", "event trigger ")
# Green works without these, or something else speaks of them.
_HARMLESS = ("index ", "operator ", "rows of materialized view ", "tablespace ")


def still_missing(recorded: Collection[str], blue: Collection[str], green: Collection[str]) -> tuple[str, ...]:
    """Return the titles of what applications may miss on green.

    :param recorded: what the copy left behind
    :param blue: what a copy would leave behind now; ``green``: the same of green, which shows what it has
    """
    asked = {title for title in blue if title.startswith(_SEEN_ON_BOTH)} - set(green)
    kept = {title for title in recorded if not title.startswith((*_SEEN_ON_BOTH, *_HARMLESS))}
    return tuple(sorted(asked | kept))


def with_passwords(found: Mapping[str, str], recorded: Mapping[str, str]) -> dict[str, str]:
    """Return what is left behind, by title with its reason, with the passwords that an earlier run could not read:
    nobody sees whether a role has got one."""
    return {**{title: why for title, why in recorded.items() if title.startswith(UNSEEN)}, **found}

# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The list of contents of a dump, and what of it is not to be restored."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_ENTRY = re.compile(r"\d+; (?P<catalog>\d+) (?P<oid>\d+) (?P<words>\S.*)")


@dataclass(frozen=True)
class LeftOut:
    """An object that is not to be restored, as blue knows it: ``catalog`` and ``oid`` are its address there.

    ``comment_on`` is how a comment on it would name it, such as ``EXTENSION hstore``; empty where it can have none.
    """

    catalog: int
    oid: int
    comment_on: str = ""


def without(contents: str, left_out: Iterable[LeftOut]) -> str:
    """Return the output of ``pg_restore --list`` without the objects in ``left_out`` and the comments on them."""
    unwanted = tuple(left_out)
    addresses = {(one.catalog, one.oid) for one in unwanted}
    comments = {f"COMMENT - {one.comment_on}" for one in unwanted if one.comment_on}
    kept = [line for line in contents.splitlines() if not _is_unwanted(line, addresses, comments)]
    return "".join(f"{line}\n" for line in kept)


def _is_unwanted(line: str, addresses: set[tuple[int, int]], comments: set[str]) -> bool:
    entry = _ENTRY.fullmatch(line)
    if entry is None:
        return False
    if (int(entry["catalog"]), int(entry["oid"])) in addresses:
        return True
    words = entry["words"].rstrip()
    return any(words == comment or words.startswith(f"{comment} ") for comment in comments)

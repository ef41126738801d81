# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of everything that is ours on a server, so that nothing of somebody else's is ever touched."""

from __future__ import annotations

import hashlib
import re
import zlib

from .sides import Direction

SCHEMA = "bluegreen"
GATE_TRIGGER = "bluegreen_gate"
_SLUG_LENGTH = 36  # "bluegreen_" + slug + "_forward_" + lane stays below NAMEDATALEN - 1 = 63 bytes


def slug(migration: str) -> str:
    """Return ``migration`` as a name that a replication slot may bear: ``[a-z0-9_]``, at most 36 bytes.

    Two migrations never share a slug by having characters replaced: a digest is added wherever the name was altered.
    """
    plain = re.sub(r"[^a-z0-9_]", "_", migration.lower())
    if plain == migration and len(plain) <= _SLUG_LENGTH:
        return plain
    digest = hashlib.sha256(migration.encode("utf-8")).hexdigest()[:8]
    return f"{plain[: _SLUG_LENGTH - 9]}_{digest}"


def link_prefix(migration: str) -> str:
    """Return the prefix that every publication, subscription and slot of ``migration`` begins with."""
    return f"{SCHEMA}_{slug(migration)}_"


def link_name(migration: str, direction: Direction, lane: int) -> str:
    """Return the name that the publication, the subscription and the slot of one lane share."""
    return f"{link_prefix(migration)}{direction}_{lane}"


def is_link_of(migration: str, name: str) -> bool:
    """Tell whether a publication, subscription or slot of that name is a lane of exactly that migration."""
    return re.fullmatch(rf"{re.escape(link_prefix(migration))}({'|'.join(map(str, Direction))})_\d+", name) is not None


def marker_table(lane: int) -> str:
    """Return the name of the lane's marker table inside our schema."""
    return f"marker_{lane}"


def lock_key(migration: str) -> tuple[int, int]:
    """Return the two 32-bit keys of the advisory lock that keeps two runs of one migration apart."""
    return _int4(SCHEMA), _int4(migration)


def _int4(text: str) -> int:
    value = zlib.crc32(text.encode("utf-8"))
    return value - (1 << 32) if value >= 1 << 31 else value

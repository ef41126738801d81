# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What both sides have besides tables, each object with a fingerprint."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..schema.objects import Comparison as SchemaComparison

SCHEMA = "schema"
ROLES = "roles"
SEQUENCES = "sequences"
MATERIALIZED_VIEWS = "materialized_views"
LARGE_OBJECTS = "large_objects"
KINDS = (SCHEMA, ROLES, SEQUENCES, MATERIALIZED_VIEWS, LARGE_OBJECTS)


@dataclass(frozen=True)
class ObjectsFound:
    """Objects of one kind that the other side lacks, has with another definition, or has in addition; names, sorted."""

    missing: tuple[str, ...] = ()
    different: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()

    @property
    def consistent(self) -> bool:
        """Tell whether the other side has everything that the reference has; it may have more."""
        return not (self.missing or self.different)

    def as_result(self) -> dict[str, Any]:
        """Return it JSON-ready."""
        return {
            "consistent": self.consistent,
            "missing": list(self.missing),
            "different": list(self.different),
            "extra": list(self.extra),
        }


def compare_fingerprints(mine: Mapping[str, str], theirs: Mapping[str, str]) -> ObjectsFound:
    """Return the differences between the reference's objects and the other side's, given as fingerprints by name."""
    both = mine.keys() & theirs.keys()
    return ObjectsFound(
        tuple(sorted(mine.keys() - theirs.keys())),
        tuple(sorted(name for name in both if mine[name] != theirs[name])),
        tuple(sorted(theirs.keys() - mine.keys())),
    )


def of_schema(found: SchemaComparison) -> ObjectsFound:
    """Return the result of comparing two schemas."""
    return ObjectsFound(found.missing, found.different, found.extra)

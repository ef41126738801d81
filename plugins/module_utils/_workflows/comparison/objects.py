# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What both sides have besides tables, compared by fingerprints."""

from __future__ import annotations

from collections.abc import Sequence

from ..._domain.comparison.objects import SCHEMA, ObjectsFound, compare_fingerprints, of_schema
from ..._domain.schema.objects import compare
from ..._postgres.comparison.objects import read_fingerprints
from ..._postgres.schema.objects import read_schema
from .pair import Pair


def compare_objects(pair: Pair, kinds: Sequence[str]) -> dict[str, ObjectsFound]:
    """Return the findings for each of these kinds."""
    return {kind: _compare(pair, kind) for kind in kinds}


def _compare(pair: Pair, kind: str) -> ObjectsFound:
    if kind == SCHEMA:
        older = min(pair.reference.major, pair.other.major)
        return of_schema(compare(*pair.both(lambda session: read_schema(session, older))))
    return compare_fingerprints(*pair.both(lambda session: read_fingerprints(session, kind)))

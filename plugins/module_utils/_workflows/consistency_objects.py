# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What both sides hold beside tables, compared by fingerprints."""

from __future__ import annotations

from collections.abc import Sequence

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.consistency_objects import (
    SCHEMA,
    ObjectsFound,
    compare_fingerprints,
    of_schema,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.schema import compare
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.consistency_objects import (
    read_fingerprints,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.schema import read_schema

from .consistency_pair import Pair


def compare_objects(pair: Pair, kinds: Sequence[str]) -> dict[str, ObjectsFound]:
    """Return what was found of each of these kinds."""
    return {kind: _compare(pair, kind) for kind in kinds}


def _compare(pair: Pair, kind: str) -> ObjectsFound:
    if kind == SCHEMA:
        older = min(pair.reference.major, pair.other.major)
        return of_schema(compare(*pair.both(lambda session: read_schema(session, older))))
    return compare_fingerprints(*pair.both(lambda session: read_fingerprints(session, kind)))

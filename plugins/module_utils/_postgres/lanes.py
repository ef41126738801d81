# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lanes of a migration, as they should be by what both catalogs say."""

from __future__ import annotations

from collections.abc import Iterable

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.link import (
    LaneFacts,
    LaneSpec,
    lane_specs,
    require_publishable,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.relations import parse_table_name
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Direction, Side

from .catalog import read_tables
from .link import read_lane
from .schema_version import tables_of_versions
from .sides import Sides


def read_specs(
    sides: Sides, direction: Direction, excluded: Iterable[str], publishable: bool = False
) -> list[LaneSpec]:
    """Return the lanes of ``direction`` as they should be.

    Tables of schema versions tell about one side, and never flow.

    :param excluded: names of tables, ``schema.table``, quoted as in SQL where they need it
    :param publishable: refuse tables that could not flow
    :raises MigrationError: BG301, BG302 when they are refused
    """
    publisher = read_tables(sides.session(direction.publisher))
    subscriber = read_tables(sides.session(direction.subscriber))
    versions = (name for side in Side for name in tables_of_versions(sides.session(side)))
    names = [*(parse_table_name(name) for name in excluded), *versions]
    if publishable:
        require_publishable(direction, publisher, subscriber, names)
    return lane_specs(sides.migration, direction, publisher, subscriber, names)


def read_lanes(sides: Sides, direction: Direction, excluded: Iterable[str]) -> list[tuple[LaneSpec, LaneFacts]]:
    """Return the lanes of ``direction`` as they should be and as they are."""
    publisher, subscriber = sides.session(direction.publisher), sides.session(direction.subscriber)
    return [(spec, read_lane(publisher, subscriber, spec.name)) for spec in read_specs(sides, direction, excluded)]

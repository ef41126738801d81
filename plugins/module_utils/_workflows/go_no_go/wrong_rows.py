# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads why rows may be others than they should be although every link is well."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from ..._domain.comparison.report import Verdict
from ..._domain.go_no_go.picture import Picture
from ..._domain.relations import Table, TableName
from ..._domain.schema.full_search import unfit_indexes
from ..._domain.schema.relation_facts import FULL_IDENTITY
from ..._domain.sides import Side
from ..._postgres.comparison.missed import read_missed
from ..._postgres.schema.full_search import read_search_indexes
from ..._postgres.sides import Sides
from ..._postgres.users_settings import mend_of, read_changes_of_rows


def read_missed_since(sides: Sides, verdict: Verdict | None, compared: Collection[str]) -> tuple[str, ...]:
    """Return the lanes that did not find a row since the last clean comparison of these tables began.

    :param verdict: how the last comparison ended, ``None`` where none has
    """
    missed = {lane: count for lane, count in read_missed(sides).items() if count}
    if verdict is not None:
        missed = verdict.missed_since(missed, compared)
    return tuple(f"{lane.split('/')[0]} ({count} so far)" for lane, count in sorted(missed.items()))


def doubted_since(
    picture: Picture, lanes: Collection[str], verdict: Verdict | None, compared: Collection[str]
) -> tuple[str, ...]:
    """Return those of the lanes of which a failover may have lost rows since the last clean comparison began."""
    doubted = picture.catalogs.links.doubted(picture.situation.timelines)
    doubts = {key: count for key, count in doubted.items() if key.split("/")[0] in lanes}
    if verdict is not None:
        doubts = verdict.missed_since(doubts, compared)
    return tuple(sorted(key.split("/")[0] for key in doubts))


def read_unfit_indexes(
    sides: Sides, tables: Mapping[Side, Sequence[Table]], flowing: Collection[TableName]
) -> dict[Side, tuple[str, ...]]:
    """Return the indexes by which either side would not find rows that the other one changes."""
    found = {}
    for side in Side:
        published = [one for one in tables[side.other] if one.name in flowing]
        session = sides.session(side)
        full = {one.name: one.replicated_columns for one in published if one.identity == FULL_IDENTITY}
        unfit = unfit_indexes(read_search_indexes(session), session.major, full) if full else ()
        if unfit:
            found[side] = unfit
    return found


def read_row_changing(sides: Sides) -> dict[Side, tuple[tuple[str, ...], str]]:
    """Return the settings of our role by which either side would take rows in other than they were, and the mend."""
    found = {}
    for side in Side:
        session = sides.session(side)
        strange, _all = read_changes_of_rows(session)
        if strange:
            found[side] = (strange, mend_of(session, strange))
    return found

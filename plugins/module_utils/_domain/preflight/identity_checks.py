# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks of replica identities: without one, UPDATE and DELETE on the publisher fail."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..schema.full_search import UNFIT_FIX, UNFIT_WORDS, unfit_indexes
from ..schema.relation_facts import FULL_IDENTITY, INDEX_IDENTITY, KEY_IDENTITY, NO_IDENTITY, Relation
from ..schema.replica_identity import holds_generated
from .facts import Facts, SideFacts
from .reasons import Reason, about, about_each

_KEY_OF_ITS_OWN = (
    "ALTER TABLE {} ADD id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY; -- it has generated columns only; or leave "
    "it out by bluegreen_exclude_tables"
)


def no_identity(facts: Facts) -> Iterator[Reason]:
    """Find tables without any replica identity."""
    for one in facts.sides:
        without = [
            each
            for each in facts.replicated(one)
            if each.identity == NO_IDENTITY or (each.identity == KEY_IDENTITY and each.key_immediate is None)
        ]
        usual = "ALTER TABLE {} ADD PRIMARY KEY (…); -- last resort: ALTER TABLE {} REPLICA IDENTITY FULL;"
        yield from about_each(
            one.side,
            _ways_out(without, usual),
            "{n} table{s} {have} no replica identity: once published, UPDATE and DELETE there fail",
        )


def _ways_out(tables: Iterable[Relation], usual: str) -> dict[str, str]:
    """Return the way out for each table; where every column is generated, none of them can identify a row."""
    return {
        str(each.name): (_KEY_OF_ITS_OWN if _only_generated(each) else usual).replace("{}", str(each.name))
        for each in tables
    }


def _only_generated(table: Relation) -> bool:
    return bool(table.columns) and all(column.generated for column in table.columns)


def deferrable_key(facts: Facts) -> Iterator[Reason]:
    """Find tables whose only identity is a deferrable primary key, which PostgreSQL does not use as one."""
    for one in facts.sides:
        yield from about(
            one.side,
            [
                each.name
                for each in facts.replicated(one)
                if each.identity == KEY_IDENTITY and each.key_immediate is False
            ],
            "{n} table{s} {have} a deferrable primary key, which is no replica identity: once published, UPDATE and "
            "DELETE fail",
            "ALTER TABLE {} REPLICA IDENTITY USING INDEX …; -- a unique, immediate index over NOT NULL columns",
        )


def dangling_identity(facts: Facts) -> Iterator[Reason]:
    """Find tables whose identity index is gone."""
    for one in facts.sides:
        yield from about(
            one.side,
            [
                each.name
                for each in facts.replicated(one)
                if each.identity == INDEX_IDENTITY and not each.identity_index
            ],
            "{n} table{s} {have} a replica identity index that was dropped: once published, UPDATE and DELETE fail",
            "ALTER TABLE {} REPLICA IDENTITY DEFAULT; -- with a primary key, else USING INDEX …",
        )


def generated_identity(facts: Facts) -> Iterator[Reason]:
    """Find tables whose identity holds a generated column, which no link carries, on a side that has them or will."""
    for one in facts.sides:
        other, major = facts.other(one), one.database.major
        found = [each for each in facts.replicated(one) if _generated(each, major)]
        to_come = [] if one.has_tables else facts.replicated(other)
        found += [each for each in to_come if _generated(each, major) and not _generated(each, other.database.major)]
        usual = "ALTER TABLE {} REPLICA IDENTITY USING INDEX …; -- unique, over plain NOT NULL columns, on both sides"
        yield from about_each(
            one.side,
            _ways_out(found, usual),
            "{n} table{s} {have} a generated column in the replica identity, which no link carries: UPDATE and DELETE "
            "fail here, or stop the link",
        )


def _generated(table: Relation, major: int) -> bool:
    generated = {column.name for column in table.columns if column.generated}
    return holds_generated(table.identity, table.identity_columns, generated, major)


def full_without_key(facts: Facts) -> Iterator[Reason]:
    """Find tables whose rows the subscriber can only find by reading the whole table."""
    for one in facts.sides:
        yield from about(
            one.side,
            [each.name for each in facts.replicated(one) if _is_keyless(each) and each.name not in one.incomparable],
            "{n} table{s} with REPLICA IDENTITY FULL and without a key: each replicated UPDATE and DELETE reads the "
            "whole table",
            "ALTER TABLE {} ADD PRIMARY KEY (…); ALTER TABLE {} REPLICA IDENTITY DEFAULT;",
        )


def full_without_equality(facts: Facts) -> Iterator[Reason]:
    """Find tables whose rows the subscriber cannot find at all."""
    for one in facts.sides:
        found = [each.name for each in facts.replicated(one) if _is_keyless(each) and each.name in one.incomparable]
        types = sorted({kind for name in found for kind in one.incomparable[name]})
        yield from about(
            one.side,
            found,
            "{n} table{s} with REPLICA IDENTITY FULL, without a key and with columns that cannot be compared "
            f"({', '.join(types)}): a replicated UPDATE or DELETE stops the link",
            "ALTER TABLE {} ADD PRIMARY KEY (…); ALTER TABLE {} REPLICA IDENTITY DEFAULT;",
        )


def full_with_equals(facts: Facts) -> Iterator[Reason]:
    """Find tables in which the subscriber may change another row, that is equal and not the same."""
    for one in facts.sides:
        found = [
            each.name
            for each in facts.replicated(one)
            if _is_keyless(each) and not _has_unlike_rows(each) and each.name in one.equal_not_the_same
        ]
        types = sorted({kind for name in found for kind in one.equal_not_the_same[name]})
        yield from about(
            one.side,
            found,
            "{n} table{s} with REPLICA IDENTITY FULL, without a key and with columns whose equal values may differ "
            f"({', '.join(types)}; 0.1 is 0.10): of two such rows an UPDATE or DELETE may hit the other one",
            "ALTER TABLE {} ADD PRIMARY KEY (…); ALTER TABLE {} REPLICA IDENTITY DEFAULT;",
        )


def _has_unlike_rows(table: Relation) -> bool:
    """Tell whether no two rows are equal: a unique index has no NULLs."""
    filled = {column.name for column in table.columns if column.not_null}
    return any(filled.issuperset(columns) for columns in table.uniques)


def _is_keyless(table: Relation) -> bool:
    return table.identity == FULL_IDENTITY and not table.key_immediate


def full_by_unfit_index(facts: Facts) -> Iterator[Reason]:
    """Find indexes by which a side's apply worker would look for rows of the other one and not find them."""
    for one in facts.sides:
        publisher = facts.other(one)
        full = {
            each.name: [column.name for column in each.columns if not column.generated]
            for each in facts.replicated(publisher if publisher.has_tables else one)
            if each.identity == FULL_IDENTITY
        }
        # Indexes that are still to be copied may come in any order.
        indexes = one.search_indexes if one.has_tables else publisher.search_indexes
        unfit = unfit_indexes(indexes, one.database.major, full, in_order=one.has_tables)
        yield from about(one.side, unfit, f"{{n}} unfit index(es): {UNFIT_WORDS}", UNFIT_FIX)


def full_with_column_list(facts: Facts) -> Iterator[Reason]:
    """Find tables that need a column list, which REPLICA IDENTITY FULL does not allow."""
    for one in facts.sides:
        yield from about(
            one.side,
            _needing_a_list(facts, one),
            f"{{n}} table{{s}} with REPLICA IDENTITY FULL and columns that {facts.other(one).side} lacks: the column "
            "list that this takes would stop replication in both directions",
            "ALTER TABLE {} ADD PRIMARY KEY (…); ALTER TABLE {} REPLICA IDENTITY DEFAULT;",
        )


def _needing_a_list(facts: Facts, one: SideFacts) -> list[object]:
    found: list[object] = []
    for pair in facts.unlike_pairs:
        mine, theirs = pair if one is facts.blue else pair[::-1]
        known = {column.name for column in theirs.columns if not column.generated}
        carried = {column.name for column in mine.columns if not column.generated}
        if mine.stores_rows and mine.identity == FULL_IDENTITY and not carried <= known:
            found.append(mine.name)
    return found

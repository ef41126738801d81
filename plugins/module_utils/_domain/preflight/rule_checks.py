# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks of the rules for rows: does a row that one side accepts satisfy the other side's rules?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..relations import TableName, respelled
from ..schema.objects import plain_bounds
from ..schema.relation_facts import CHECK, EXCLUSION, FOREIGN_KEY, UNLOGGED, Relation
from .facts import Facts, SideFacts
from .reasons import Reason, about, identifier

# Dump and restore move the casts of a definition, and majors print different parentheses.
_ORNAMENT = re.compile(
    r"::[\w\".]+(?: varying| precision| with(?:out)? time zone)?(?:\(\d+(?:,\d+)?\))?(?:\[\])*| NOT VALID$|[\s()]+"
)


def _plain(definition: str) -> str:
    return _ORNAMENT.sub("", definition)


def _with_other_rules(facts: Facts) -> frozenset[TableName]:
    """Return the tables that both sides have and whose rules are not the same to the letter: few, of thousands."""
    blue, green = (
        {(each.table, each.definition) for each in one.constraints if each.kind in (CHECK, EXCLUSION)}
        for one in facts.sides
    )
    differing = {table for table, _definition in blue ^ green}
    return frozenset(
        mine.name
        for mine, theirs in facts.pairs
        if mine.name in differing or (mine.uniques, mine.rules) != (theirs.uniques, theirs.rules)
    )


def _rules(facts: Facts, one: SideFacts) -> dict[tuple[TableName, str], str]:
    """Return the name of each rule by its table and definition; a different name alone does not count."""
    concerned = _with_other_rules(facts)
    found: dict[tuple[TableName, str], str] = {}
    for table in facts.tables(one):
        if table.name in concerned:
            found.update(_uniqueness(table))
    for each in one.constraints:
        if each.kind in (CHECK, EXCLUSION) and each.table in concerned:
            found[each.table, _plain(each.definition)] = f"{each.table} {identifier(each.name)}"
    return found


def _uniqueness(table: Relation) -> Iterator[tuple[tuple[TableName, str], str]]:
    for columns in table.uniques:
        names = ", ".join(identifier(name) for name in columns)
        yield (table.name, f"unique {names}"), f"{table.name} ({names})"
    for definition in table.rules:
        yield (table.name, _plain(definition)), f"{table.name} {respelled(definition)}"


def stricter_rules(facts: Facts) -> Iterator[Reason]:
    """Find uniqueness, exclusion and CHECK constraints that only green has."""
    blue, green = (_rules(facts, one) for one in facts.sides)
    yield from about(
        facts.green.side,
        [name for rule, name in green.items() if rule not in blue],
        "{n} constraint{s} that blue lacks: a row that violates it stops the link",
        "Add it after cleanup, or to blue as well: {}",
    )


def looser_rules(facts: Facts) -> Iterator[Reason]:
    """Find constraints, and NOT NULL, that only blue has: green accepts rows that cannot flow back."""
    blue, green = (_rules(facts, one) for one in facts.sides)
    nullable = [
        f"{table.name}.{identifier(mine.name)}"
        for table, mine, theirs in facts.differing_columns
        if mine.not_null and not theirs.not_null
    ]
    yield from about(
        facts.green.side,
        [*(name for rule, name in blue.items() if rule not in green), *nullable],
        "{n} constraint{s} of blue {are} missing: a row written here that violates it stops the way back",
        "Add it here as well, or let the application keep it until after cleanup: {}",
    )


def different_partitioning(facts: Facts) -> Iterator[Reason]:
    """Find tables that are partitioned on one side only: links carry leaves by their names."""
    yield from about(
        facts.green.side,
        [blue.name for blue, green in facts.pairs if blue.kind != green.kind],
        "{n} table{s} {are} partitioned on one side only: leaves are replicated by their names",
        "Partition {} on both sides or on none",
    )


def different_bounds(facts: Facts) -> Iterator[Reason]:
    """Find partitions of the same name with different bounds, and tables with a different partition key."""
    yield from about(
        facts.green.side,
        [
            blue.name
            for blue, green in facts.pairs
            if blue.kind == green.kind
            and _plain(plain_bounds(blue.partitioning)) != _plain(plain_bounds(green.partitioning))
        ],
        "{n} partition{s} or partitioned table{s} {have} other bounds or another key than on blue: a row that does not "
        "belong there stops the link",
        "Detach it and attach it with blue's bounds: {}",
    )


def hashed_by_oid(facts: Facts) -> Iterator[Reason]:
    """Find tables whose rows belong into other partitions on the other server: HASH of an enum hashes its oid."""
    green = {(each.table, each.type): each.labels for each in facts.green.hashed_by_oid}
    known = {each.name for each in facts.tables(facts.blue)}
    found: dict[str, set[TableName]] = {}
    for each in facts.blue.hashed_by_oid:
        if each.table in known and (each.labels is None or green.get((each.table, each.type)) != each.labels):
            found.setdefault(each.type, set()).add(each.table)
    for name, tables in sorted(found.items()):
        yield from about(
            facts.blue.side,
            tables,
            f"{{n}} table{{s}} {{are}} partitioned by HASH of {name}, which is hashed by oids, and green has others: "
            "its partitions refuse blue's rows",
            "Partition {} by LIST on both sides, or by HASH of a text or a number; or leave it out "
            "(bluegreen_schema_exclude, bluegreen_exclude_tables). Labels with blue's oids cannot be made",
        )


def different_formulas(facts: Facts) -> Iterator[Reason]:
    """Find generated columns that the sides compute differently."""
    yield from about(
        facts.green.side,
        [
            f"{table.name}.{identifier(mine.name)}"
            for table, mine, theirs in facts.differing_columns
            if mine.formula and theirs.formula and _plain(mine.formula) != _plain(theirs.formula)
        ],
        "{n} generated column{s} {are} computed in another way than on blue: the same row has another value here",
        "Nothing, where that is meant; else generate it as blue does: {}",
    )


def _stays_behind(facts: Facts, one: SideFacts) -> set[TableName]:
    return {each.name for each in one.relations if each.is_table} - {
        each.name for each in facts.tables(one) if each.persistence != UNLOGGED
    }


def crossing_references(facts: Facts) -> Iterator[Reason]:
    """Find foreign keys between a table that is replicated and one that is not."""
    for one in facts.sides:
        behind = _stays_behind(facts, one)
        yield from about(
            one.side,
            [
                f"{each.table} {identifier(each.name)}"
                for each in one.constraints
                if each.kind == FOREIGN_KEY and each.refers_to and (each.table in behind) != (each.refers_to in behind)
            ],
            "{n} foreign key{s} between a table that is replicated and one that is not: rows may refer to nothing, and "
            "a replicated TRUNCATE of a table that others refer to stops the link",
            "Let both tables be replicated, or drop the key on the side that receives until after cleanup: {}",
        )

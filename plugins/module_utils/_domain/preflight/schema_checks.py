# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks of both schemas against each other, once green has one: do rows written on one side fit the other?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Callable

from ..capabilities import Capability
from ..schema.column_types import holds
from ..schema.relation_facts import Column, Relation
from .facts import Facts
from .reasons import Reason, about, identifier

_Judge = Callable[[Column, Column], bool]


def rows_on_green(facts: Facts) -> Iterator[Reason]:
    """Find tables that the first copy would fill a second time."""
    if facts.copied:
        return
    yield from about(
        facts.green.side,
        [each.name for each in facts.replicated(facts.green) if each.filled],
        "{n} table{s} {have} rows already, or had: the first copy would stop at them or double them",
        "TRUNCATE {}; -- only where nobody uses green yet and these are left-overs; else name an empty database",
    )


def missing_relations(facts: Facts) -> Iterator[Reason]:
    """Find tables and sequences that the schema copy has left out."""
    if not facts.green.has_tables:
        return
    tables = {each.name for each in facts.tables(facts.blue)} - {each.name for each in facts.tables(facts.green)}
    sequences = {each.name for each in facts.blue.sequences} - {each.name for each in facts.green.sequences}
    yield from about(
        facts.green.side,
        tables | sequences,
        "{n} table{s} or sequence{s} of blue {are} missing",
        "Run setup again, or create it as on blue: {}",
    )


def _qualified(table: Relation, column: Column) -> str:
    return f"{table.name}.{identifier(column.name)}"


def _only_here(here: Relation, there: Relation) -> list[Column]:
    names = {column.name for column in there.columns}
    return [column for column in here.columns if column.name not in names]


def missing_columns(facts: Facts) -> Iterator[Reason]:
    """Find columns of blue that green does not have."""
    yield from about(
        facts.green.side,
        [
            _qualified(blue, column)
            for blue, green in facts.unlike_pairs
            for column in _only_here(blue, green)
            if not column.generated
        ],
        "{n} column{s} of blue {are} missing: what is written there would be lost",
        "ALTER TABLE … ADD COLUMN, as on blue: {}",
    )


def demanding_columns(facts: Facts) -> Iterator[Reason]:
    """Find columns of green that blue's rows cannot fill."""
    yield from about(
        facts.green.side,
        [
            _qualified(green, column)
            for blue, green in facts.unlike_pairs
            for column in _only_here(green, blue)
            if not column.fills_itself
        ],
        "{n} column{s} that blue lacks {are} NOT NULL without a default: no row from blue fits",
        "ALTER TABLE … ALTER COLUMN … SET DEFAULT …, or DROP NOT NULL until after cleanup: {}",
    )


def _additions(facts: Facts) -> list[str]:
    return [
        _qualified(green, column)
        for blue, green in facts.unlike_pairs
        for column in _only_here(green, blue)
        if green.stores_rows and not column.generated and column.fills_itself
    ]


def only_on_green(facts: Facts) -> Iterator[Reason]:
    """Say which rows and columns a rollback would leave behind."""
    if not Capability.COLUMN_LISTS.of(facts.green.database.major):
        return
    yield from about(
        facts.green.side,
        _additions(facts),
        "{n} column{s} that blue lacks: what is written there after the cutover does not come back with a rollback",
        "Nothing, where that is meant: {}",
    )


def no_column_lists(facts: Facts) -> Iterator[Reason]:
    """Find columns that a server before 15 cannot leave out on the way back."""
    if Capability.COLUMN_LISTS.of(facts.green.database.major):
        return
    yield from about(
        facts.green.side,
        _additions(facts),
        "{n} column{s} that blue lacks, and PostgreSQL 14 cannot leave out columns: there would be no way back",
        "Add it after cleanup, or migrate to PostgreSQL 15 or later: {}",
    )


def _differing(facts: Facts, differs: _Judge, show: Callable[[Column, Column], str] | None = None) -> list[str]:
    return [
        _qualified(table, blue) + (f" ({show(blue, green)})" if show else "")
        for table, blue, green in facts.differing_columns
        if differs(blue, green)
    ]


def _types(blue: Column, green: Column) -> str:
    return f"{blue.type}, green {green.type}"


def narrower_types(facts: Facts) -> Iterator[Reason]:
    """Find columns of green that cannot hold every value of blue's."""
    narrower = _differing(facts, lambda blue, green: not blue.generated and not holds(green.type, blue.type), _types)
    yield from about(
        facts.green.side,
        narrower,
        "{n} column{s} {have} a type that does not hold every value of blue's: the link would stop",
        "ALTER TABLE … ALTER COLUMN … TYPE, as on blue: {}",
    )


def wider_types(facts: Facts) -> Iterator[Reason]:
    """Find columns of green whose values may not fit on the way back."""

    def is_wider(blue: Column, green: Column) -> bool:
        return not blue.generated and holds(green.type, blue.type) and not holds(blue.type, green.type)

    yield from about(
        facts.green.side,
        _differing(facts, is_wider, _types),
        "{n} column{s} {are} wider than on blue: a value that only fits here stops the way back",
        "Let the application write the wider values after cleanup only: {}",
    )


def generated_differently(facts: Facts) -> Iterator[Reason]:
    """Find columns that are generated on one side only."""
    yield from about(
        facts.green.side,
        _differing(facts, lambda blue, green: bool(blue.generated) != bool(green.generated)),
        "{n} column{s} {are} generated on one side only: no value flows",
        "Make it generated on both sides or on none: {}",
    )


def stricter_nulls(facts: Facts) -> Iterator[Reason]:
    """Find columns that refuse NULLs of blue."""
    yield from about(
        facts.green.side,
        _differing(facts, lambda blue, green: green.not_null and not blue.not_null),
        "{n} column{s} {are} NOT NULL here and not on blue: a NULL stops the link",
        "ALTER TABLE … ALTER COLUMN … DROP NOT NULL until after cleanup: {}",
    )


def lost_column_defaults(facts: Facts) -> Iterator[Reason]:
    """Find columns that have a default on blue and none on green."""

    def is_lost(blue: Column, green: Column) -> bool:
        here, there = (bool(column.default or column.identity) for column in (blue, green))
        return here and not there and not blue.generated and not green.generated

    yield from about(
        facts.green.side,
        _differing(facts, is_lost),
        "{n} column{s} {have} a default or an identity on blue and none here",
        "ALTER TABLE … ALTER COLUMN … SET DEFAULT, as on blue: {}",
    )


def different_collations(facts: Facts) -> Iterator[Reason]:
    """Find columns that sort differently."""
    yield from about(
        facts.green.side,
        _differing(
            facts,
            lambda blue, green: blue.collation != green.collation,
            lambda blue, green: f"{blue.collation or 'default'}, green {green.collation or 'default'}",
        ),
        "{n} column{s} {have} another collation than on blue",
        "ALTER TABLE … ALTER COLUMN … TYPE … COLLATE, as on blue: {}",
    )


def different_keys(facts: Facts) -> Iterator[Reason]:
    """Find tables in which the subscriber would look up rows by other columns than the publisher sends."""
    yield from about(
        facts.green.side,
        [
            green.name
            for blue, green in facts.pairs
            if blue.stores_rows
            and blue.identity_columns
            and green.identity_columns
            and set(blue.identity_columns) != set(green.identity_columns)
        ],
        "{n} table{s} {have} another key than on blue: a replicated UPDATE or DELETE finds no row",
        "ALTER TABLE {} REPLICA IDENTITY USING INDEX …; -- over the columns of blue's key",
    )


def missing_labels(facts: Facts) -> Iterator[Reason]:
    """Find labels of blue's enums that green does not have."""
    yield from about(
        facts.green.side,
        _labels(facts, from_blue=True),
        "{n} enum label{s} of blue {are} missing: a row with one of them stops the link",
        "ALTER TYPE … ADD VALUE: {}",
    )


def new_labels(facts: Facts) -> Iterator[Reason]:
    """Find labels of green's enums that blue does not have."""
    yield from about(
        facts.green.side,
        _labels(facts, from_blue=False),
        "{n} enum label{s} that blue lacks: once written, a rollback cannot carry it back",
        "ALTER TYPE … ADD VALUE on blue as well: {}",
    )


def _labels(facts: Facts, from_blue: bool) -> list[str]:
    sources = (facts.blue, facts.green) if from_blue else (facts.green, facts.blue)
    here, there = ({each.name: each.labels for each in one.enums} for one in sources)
    return [f"{name} {label!r}" for name in here for label in here[name] if name in there and label not in there[name]]


def different_domains(facts: Facts) -> Iterator[Reason]:
    """Find domains that allow different values than blue's."""
    there = {each.name: each for each in facts.green.domains}
    yield from about(
        facts.green.side,
        [each.name for each in facts.blue.domains if there.get(each.name, each) != each],
        "{n} domain{s} {have} another type or other constraints than on blue",
        "ALTER DOMAIN {} …, as on blue",
    )

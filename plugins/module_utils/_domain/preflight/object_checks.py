# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks of objects that logical replication does not carry, or that act on rows that it carries."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..relations import LARGE_OBJECTS
from ..schema.relation_facts import FOREIGN, FOREIGN_KEY, MATERIALIZED, PARTITIONED, UNLOGGED, Constraint
from .facts import Facts
from .large_values import too_large
from .reasons import Reason, about, about_each, identifier


def unlogged_tables(facts: Facts) -> Iterator[Reason]:
    """Find tables whose rows stay behind."""
    for one in facts.sides:
        yield from about(
            one.side,
            [each.name for each in facts.tables(one) if each.persistence == UNLOGGED and each.kind != PARTITIONED],
            "{n} unlogged table{s}: rows there are not replicated",
            "ALTER TABLE {} SET LOGGED; -- or accept it: the table starts empty on the new side",
        )


def large_objects(facts: Facts) -> Iterator[Reason]:
    """Find large objects, which stay behind."""
    for one in facts.sides:
        count = one.database.large_objects
        if count:
            yield Reason(
                one.side,
                f"{count} large object{'s' if count > 1 else ''}: they are not replicated",
                "Move them to bytea columns, or accept it and copy them while nobody writes",
                (LARGE_OBJECTS,),
            )


def foreign_tables(facts: Facts) -> Iterator[Reason]:
    """Find foreign tables: green has to reach the servers behind them."""
    yield from about(
        facts.blue.side,
        [each.name for each in facts.blue.relations if each.kind == FOREIGN and each.name not in facts.excluded],
        "{n} foreign table{s}: green needs the foreign server, its user mappings and a way to it",
        "Create user mappings on green and try: SELECT FROM {} LIMIT 1;",
    )


def materialized_views(facts: Facts) -> Iterator[Reason]:
    """Find materialized views: no link carries their rows."""
    yield from about(
        facts.blue.side,
        [each.name for each in facts.blue.relations if each.kind == MATERIALIZED and each.name not in facts.excluded],
        "{n} materialized view{s}, whose rows no link carries: sync refreshes what holds rows on blue",
        "Let our role on green be a member of each view's owner, or have MAINTAIN on it (17 and later)",
    )


def triggers_twice(facts: Facts) -> Iterator[Reason]:
    """Find triggers that fire for replicated rows as well."""
    for one in facts.sides:
        fixes = {}
        for each in one.triggers:
            if each.table not in facts.excluded:
                name = identifier(each.name)
                fixes[f"{each.table} {name}"] = f"ALTER TABLE {each.table} ENABLE TRIGGER {name};"
        yield from about_each(
            one.side,
            fixes,
            "{n} trigger{s} ENABLE ALWAYS or REPLICA: fired by replicated rows too, with an empty search_path",
        )


def event_triggers(facts: Facts) -> Iterator[Reason]:
    """Find event triggers, which see the statements of setup and replicate."""
    for one in facts.sides:
        yield from about(
            one.side,
            one.event_triggers,
            "{n} event trigger{s}: they see what setup and replicate create, and can refuse it",
            "ALTER EVENT TRIGGER {id} DISABLE; -- or make sure that it allows schema bluegreen, and accept it",
        )


def unvalidated_checks(facts: Facts) -> Iterator[Reason]:
    """Find unvalidated constraints that existing rows may violate: green enforces them for every copied row."""
    return _unvalidated(
        facts,
        [each for each in facts.blue.constraints if each.kind != FOREIGN_KEY],
        "{n} CHECK or NOT NULL constraint{s} NOT VALID: a row that violates one stops the copy of its table",
    )


def unvalidated_references(facts: Facts) -> Iterator[Reason]:
    """Find foreign keys that were never validated."""
    return _unvalidated(
        facts,
        [each for each in facts.blue.constraints if each.kind == FOREIGN_KEY],
        "{n} foreign key{s} NOT VALID: rows may refer to nothing, on green as on blue",
    )


def _unvalidated(facts: Facts, constraints: Iterable[Constraint], what: str) -> Iterator[Reason]:
    return about_each(
        facts.blue.side,
        {
            f"{each.table} {identifier(each.name)}": (
                f"ALTER TABLE {each.table} VALIDATE CONSTRAINT {identifier(each.name)};"
            )
            for each in constraints
            if not each.validated and each.table not in facts.excluded
        },
        what,
    )


def partitioned_tables(facts: Facts) -> Iterator[Reason]:
    """Find partitioned tables: a leaf that is added during replication does not flow until a playbook adds it."""
    yield from about(
        facts.blue.side,
        [each.name for each in facts.tables(facts.blue) if each.kind == PARTITIONED and not each.leaf],
        "{n} partitioned table{s}: rows of a leaf added during the migration do not flow by themselves",
        "Create the leaves of {} in advance; where one is added, add it on green first, then run replicate again",
    )


def hidden_oids(facts: Facts) -> Iterator[Reason]:
    """Find tables WITH OIDS: the oids are no column, so neither a copy nor a link carries them."""
    known = {each.name for each in facts.tables(facts.blue)}
    yield from about(
        facts.blue.side,
        [name for name in facts.blue.with_oids if name in known],
        "{n} table{s} {have} hidden oids (WITH OIDS), which neither copy nor link carries and green cannot have",
        "If nothing reads them: ALTER TABLE {} SET WITHOUT OIDS, quick; else keep them in a column first",
    )


def values_too_large(facts: Facts) -> Iterator[Reason]:
    """Find values that the first copy carries and no link does: a write of such a row stops its lane."""
    for one in facts.sides:
        found = [each for each in too_large(one.largest_values) if each.table not in facts.excluded]
        if found:
            yield Reason(
                one.side,
                f"{len(found)} column{'s' if len(found) > 1 else ''} with values near 1 GB as text, the most that a "
                f"server sends of a row: {', '.join(each.words for each in found)}. The copy carries them; a write of "
                "such a row stops the link",
                "Split these values or move them out of the database; or leave the table out "
                "(bluegreen_exclude_tables); or make sure that nobody writes such a row until cleanup",
                tuple(f"{each.table}.{each.column}" for each in found),
            )

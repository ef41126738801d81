# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A database's objects as preflight needs them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ..._domain.capabilities import Capability
from ..._domain.relations import TableName, respelled
from ..._domain.schema import relation_facts
from ..code_of_others import read_code
from ..session import Session
from ..sql.schema import relation_facts as sql
from .full_search import read_search_indexes


def read_schema(session: Session, link_role: str) -> dict[str, Any]:
    """Return the objects of the database, by the names of the fields of SideFacts."""
    return {
        "relations": _read_relations(session, link_role),
        "beyond": tuple(relation_facts.Beyond(name=_name(row), **row) for row in session.rows(sql.BEYOND, {})),
        "search_indexes": read_search_indexes(session),
        "sequences": tuple(relation_facts.Sequence(name=_name(row), **row) for row in session.rows(sql.SEQUENCES, {})),
        "constraints": tuple(_constraint(row) for row in session.rows(sql.CONSTRAINTS, {})),
        "enums": tuple(
            relation_facts.EnumType(_name(row), tuple(row["labels"])) for row in session.rows(sql.ENUMS, {})
        ),
        "hashed_by_oid": tuple(
            relation_facts.HashedByOid(_name(row, "table"), respelled(row["type"]), row["labels"])
            for row in session.rows(sql.HASHED_BY_OID, {})
        ),
        "with_oids": _read_with_oids(session),
        "incomparable": _read_types(session, sql.INCOMPARABLE),
        "equal_not_the_same": _read_types(session, sql.EQUAL_AND_NOT_THE_SAME),
        "domains": tuple(_domain(row) for row in session.rows(sql.DOMAINS, {})),
        "triggers": tuple(
            relation_facts.Trigger(table=_name(row, "table"), **row) for row in session.rows(sql.TRIGGERS, {})
        ),
        "code": tuple(read_code(session)),
        "event_triggers": tuple(row["name"] for row in session.rows(sql.EVENT_TRIGGERS, {})),
        "extensions": tuple(relation_facts.Extension(**row) for row in session.rows(sql.EXTENSIONS)),
        "available": {row["name"]: row["newest"] for row in session.rows(sql.AVAILABLE)},
    }


def _read_with_oids(session: Session) -> tuple[TableName, ...]:
    if Capability.NO_HIDDEN_OIDS.of(session.major):
        return ()
    return tuple(_name(row) for row in session.rows(sql.WITH_OIDS, {}))


def _read_types(session: Session, query: str) -> dict[TableName, tuple[str, ...]]:
    return {_name(row, "table"): tuple(respelled(one) for one in row["types"]) for row in session.rows(query, {})}


def _name(row: dict[str, Any], key: str = "name") -> TableName:
    """Take the qualified name out of the row."""
    return TableName(row.pop("schema"), row.pop(key))


def _read_relations(session: Session, link_role: str) -> tuple[relation_facts.Relation, ...]:
    found = [_relation(row) for row in session.rows(sql.RELATIONS, {"link": link_role})]
    if all(one.analyzed or not one.filled for one in found):
        return tuple(found)
    known = {_name(row) for row in session.rows(sql.WITH_STATISTICS)}
    return tuple(replace(one, analyzed=one.analyzed or one.name in known) for one in found)


def _relation(row: dict[str, Any]) -> relation_facts.Relation:
    described = sorted(row.pop("columns") or ())
    names = {number: name for number, name, *_rest in described}
    return relation_facts.Relation(
        name=_name(row),
        hidden_from_link=bool(row.pop("hidden_from_link")),
        identity_columns=_named(row.pop("identity_columns"), names),
        uniques=tuple(sorted({_named(numbers, names) for numbers in row.pop("uniques") or ()})),
        columns=tuple(relation_facts.Column(name, respelled(kind), *rest) for _number, name, kind, *rest in described),
        rules=tuple(sorted(row.pop("rules") or ())),
        **row,
    )


def _named(numbers: list[int] | None, names: dict[int, str]) -> tuple[str, ...]:
    return tuple(sorted(names[number] for number in numbers or ()))


def _constraint(row: dict[str, Any]) -> relation_facts.Constraint:
    schema, name = row.pop("referenced_schema"), row.pop("referenced")
    refers_to = TableName(schema, name) if name is not None else None
    return relation_facts.Constraint(_name(row, "table"), refers_to=refers_to, **row)


def _domain(row: dict[str, Any]) -> relation_facts.DomainType:
    return relation_facts.DomainType(_name(row), respelled(row["base"]), row["not_null"], tuple(row["checks"]))

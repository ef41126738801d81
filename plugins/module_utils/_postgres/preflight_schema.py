# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A database's objects as preflight looks at them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.preflight import relations
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.relations import TableName

from .code_of_others import read_code
from .session import Session
from .sql import preflight_schema as sql


def read_schema(session: Session, link_role: str) -> dict[str, Any]:
    """Return the objects of the database, by the names of the fields of SideFacts."""
    return {
        "relations": _read_relations(session, link_role),
        "beyond": tuple(relations.Beyond(name=_name(row), **row) for row in session.rows(sql.BEYOND, {})),
        "sequences": tuple(relations.Sequence(name=_name(row), **row) for row in session.rows(sql.SEQUENCES, {})),
        "constraints": tuple(_constraint(row) for row in session.rows(sql.CONSTRAINTS, {})),
        "enums": tuple(relations.EnumType(_name(row), tuple(row["labels"])) for row in session.rows(sql.ENUMS, {})),
        "domains": tuple(_domain(row) for row in session.rows(sql.DOMAINS, {})),
        "triggers": tuple(
            relations.Trigger(table=_name(row, "table"), **row) for row in session.rows(sql.TRIGGERS, {})
        ),
        "code": tuple(read_code(session)),
        "event_triggers": tuple(row["name"] for row in session.rows(sql.EVENT_TRIGGERS, {})),
        "extensions": tuple(relations.Extension(**row) for row in session.rows(sql.EXTENSIONS)),
        "available": {row["name"]: row["newest"] for row in session.rows(sql.AVAILABLE)},
    }


def _name(row: dict[str, Any], key: str = "name") -> TableName:
    """Take the qualified name out of the row."""
    return TableName(row.pop("schema"), row.pop(key))


def _read_relations(session: Session, link_role: str) -> tuple[relations.Relation, ...]:
    found = [_relation(row) for row in session.rows(sql.RELATIONS, {"link": link_role})]
    if all(one.analyzed or not one.filled for one in found):
        return tuple(found)
    known = {_name(row) for row in session.rows(sql.WITH_STATISTICS)}
    return tuple(replace(one, analyzed=one.analyzed or one.name in known) for one in found)


def _relation(row: dict[str, Any]) -> relations.Relation:
    described = sorted(row.pop("columns") or ())
    names = {number: name for number, name, *_rest in described}
    return relations.Relation(
        name=_name(row),
        hidden_from_link=bool(row.pop("hidden_from_link")),
        identity_columns=_named(row.pop("identity_columns"), names),
        uniques=tuple(sorted({_named(numbers, names) for numbers in row.pop("uniques") or ()})),
        columns=tuple(relations.Column(*rest) for _number, *rest in described),
        rules=tuple(sorted(row.pop("rules") or ())),
        **row,
    )


def _named(numbers: list[int] | None, names: dict[int, str]) -> tuple[str, ...]:
    return tuple(sorted(names[number] for number in numbers or ()))


def _constraint(row: dict[str, Any]) -> relations.Constraint:
    schema, name = row.pop("referenced_schema"), row.pop("referenced")
    refers_to = TableName(schema, name) if name is not None else None
    return relations.Constraint(_name(row, "table"), refers_to=refers_to, **row)


def _domain(row: dict[str, Any]) -> relations.DomainType:
    return relations.DomainType(_name(row), row["base"], row["not_null"], tuple(row["checks"]))

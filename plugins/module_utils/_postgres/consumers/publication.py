# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Publications that consumers read: read with all that defines them, and written again."""

from __future__ import annotations

from typing import Any

from ..._domain.capabilities import Capability
from ..._domain.consumers.publication import Part, Publication
from ..._domain.relations import TableName
from ..driver import Verbatim
from ..session import Session
from ..sql.consumers import publication as sql

_GENERATED = {"n": "none", "s": "stored"}
_NEEDS = {
    "publish_via_partition_root": Capability.PUBLISHED_AS_ROOT,
    "publish_generated_columns": Capability.PUBLISHED_GENERATED,
}


def read_publication(session: Session, name: str) -> Publication | None:
    """Return the publication of that name, ``None`` if there is none; tables of our own schema are left out."""
    with session.transaction(sql.READ_ONLY):
        session.run(sql.QUOTE_EVERY_NAME)
        row = session.row(sql.PUBLICATION, {"name": name})
        if row is None:
            return None
        schemas = session.rows(sql.SCHEMAS, {"oid": row["oid"]}) if Capability.COLUMN_LISTS.of(session.major) else []
        options = {
            "publish": row["publish"],
            "publish_via_partition_root": row["via_root"],
            "publish_generated_columns": _GENERATED[row["generated"]],
        }
        return Publication(
            name,
            row["owner"],
            row["all_tables"],
            tuple(sorted(_part(one) for one in _read_parts(session, row))),
            tuple(sorted(one["name"] for one in schemas)),
            tuple(options.items()),
        )


def _read_parts(session: Session, publication: dict[str, Any]) -> list[dict[str, Any]]:
    if publication["all_tables"]:
        return session.rows(sql.EVERY_TABLE)
    lists = Capability.COLUMN_LISTS.of(session.major)
    return session.rows(sql.TABLES_WITH_LISTS if lists else sql.TABLES, {"oid": publication["oid"]})


def _part(row: dict[str, Any]) -> Part:
    return Part(TableName(row["schema"], row["name"]), tuple(row["columns"] or ()), row["condition"])


def create_publication(session: Session, wanted: Publication) -> None:
    """Create it with the same contents, and with the same owner where our role may give it to that one."""
    contents, names = _contents(wanted)
    options = {name: value for name, value in wanted.options if name not in _NEEDS or _NEEDS[name].of(session.major)}
    told = ", ".join(f"{name} = %({name})s" for name in options)
    with session.transaction():
        statement = f"{sql.CREATE_PUBLICATION}{' FOR ' + contents if contents else ''} WITH ({told})"
        session.run(statement, options, publication=wanted.name, **names)
        if session.value(sql.MAY_BE_GIVEN, {"role": wanted.owner}):
            session.run(sql.GIVE_TO, None, publication=wanted.name, role=wanted.owner)


def complete_publication(session: Session, wanted: Publication) -> None:
    """Let an existing one carry all that ``wanted`` does."""
    contents, names = _contents(wanted)
    session.run(sql.SET_PUBLICATION + contents, None, publication=wanted.name, **names)


def _contents(wanted: Publication) -> tuple[str, dict[str, Any]]:
    """Return what follows FOR and SET, and the names in it; a condition is the other server's text of an expression."""
    tables, schemas = [], []
    names: dict[str, Any] = {}
    for number, part in enumerate(wanted.parts):
        names[f"t{number}"] = part.table.parts
        text = f"{{t{number}}}"
        if part.columns:
            names[f"c{number}"] = list(part.columns)
            text += f" ({{c{number}}})"
        if part.condition:
            names[f"w{number}"] = Verbatim(part.condition)
            text += f" WHERE ({{w{number}}})"
        tables.append(text)
    for number, schema in enumerate(wanted.schemas):
        names[f"s{number}"] = schema
        schemas.append(f"TABLES IN SCHEMA {{s{number}}}")
    return ", ".join(([f"TABLE {', '.join(tables)}"] if tables else []) + schemas), names

# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Statements as psql is to read them: the driver quotes every name in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..._domain.init.script import Line
from ..._domain.schema.green_database import DatabaseSettings
from ..._domain.schema.surroundings import ROLE, Surrounding
from ..driver import Verbatim
from ..schema.green_database import text_of_creation
from ..session import Session
from ..sql.init import script as sql

BEGINNING, ENDING = sql.BEGINNING, sql.ENDING


def text_of(session: Session, line: Line) -> str:
    """Return one statement with a semicolon; a role is created only where there is none."""
    text = session.text_of(line.statement, {}, password=Verbatim(sql.PASSWORD), **line.names)
    if not line.if_there:
        return f"{text};"
    otherwise = session.text_of(line.if_there, {}, **line.names)
    return _only_if_new(session, sql.WHERE_NO_ROLE, line.names["migrator"], text, otherwise)


def text_of_surrounding(session: Session, one: Surrounding) -> str:
    """Return what creates a role, or makes it a member of another."""
    subject = one.subject
    if one.kind == ROLE:
        text = session.text_of(sql.CREATE_ROLE + _attributes(subject), subject, role=subject["role"])
        return _only_if_new(session, sql.WHERE_NO_ROLE, subject["role"], text)
    statement = sql.MEMBER + (sql.ADMIN if subject["admin"] else "")
    return session.text_of(statement, {}, role=subject["role"], group=subject["group"]) + ";"


def text_of_database(session: Session, name: str, like: DatabaseSettings) -> str:
    """Return what creates a database like blue's."""
    return _only_if_new(session, sql.WHERE_NO_DATABASE, name, text_of_creation(session, name, like))


def text_of_connect(session: Session, database: str) -> str:
    """Return what leads psql to that database: functions are granted in one alone."""
    return session.text_of(sql.CONNECT, {"name": database})


def _attributes(subject: Mapping[str, Any]) -> str:
    words: Iterable[str] = (words for name, words in sql.ATTRIBUTES.items() if subject[name])
    inherit = "" if subject["inherit"] else sql.NOINHERIT
    limit = sql.CONNECTIONS if subject["connections"] != -1 else ""
    return "".join(words) + inherit + limit + (sql.UNTIL if subject["until"] else "")


def _only_if_new(session: Session, question: str, name: str, statement: str, otherwise: str = "") -> str:
    asked = session.text_of(question, {"name": name})
    rest = [sql.ELSE, f"{otherwise};"] if otherwise else []
    return "\n".join([asked, sql.IF_NEW, f"{statement};", *rest, sql.END_IF])

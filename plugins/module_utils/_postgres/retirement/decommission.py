# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading which roles may still use a database, closing it to them, and dropping it."""

from __future__ import annotations

from collections.abc import Sequence

from ..._domain.errors import DatabaseError, MigrationError
from ..._domain.retirement.decommission import PUBLIC
from ..._domain.retirement.taken import Grant, Taken
from ..session import Session
from ..sql.retirement import decommission as sql

_IN_USE = "55006"
_PUBLIC_OID = "0"


def seconds_since(session: Session, at: str) -> float:
    """Return the seconds that have passed since the time ``at`` by the server's clock."""
    return float(session.value(sql.SECONDS_SINCE, {"at": at}))


def read_sessions(session: Session) -> tuple[str, ...]:
    """Return the other sessions in the session's database, one line each."""
    rows = session.rows(sql.SESSIONS)
    return tuple(
        f"pid {row['pid']}: {row['role']} from {row['address']}"
        + (f" ({row['application']})" if row["application"] else "")
        for row in rows
    )


def read_links(session: Session) -> tuple[str, ...]:
    """Return the subscriptions, slots and prepared transactions of the session's database."""
    return tuple(row["name"] for row in session.rows(sql.LINKS))


def read_may_connect(session: Session, application_roles: Sequence[str]) -> tuple[str, ...]:
    """Return which roles besides the owner and ours may connect, ``PUBLIC`` included."""
    return tuple(row["role"] for row in session.rows(sql.MAY_CONNECT, {"roles": list(application_roles)}))


def revoke_connect(session: Session, from_whom: Sequence[str], application_roles: Sequence[str]) -> None:
    """Revoke CONNECT from all of them, or from none; our own role keeps it.

    :raises MigrationError: BG818 when some could still connect
    """
    here = session.row(sql.WHO_AND_WHERE)
    if here is None:
        raise LookupError("the server did not say who we are")
    with session.transaction():
        session.run(sql.GRANT_TO_ROLE, None, database=here["database"], role=here["role"])
        for role in from_whom:
            if role == PUBLIC:
                session.run(sql.REVOKE_FROM_PUBLIC, None, database=here["database"])
            else:
                session.run(sql.REVOKE_FROM_ROLE, None, database=here["database"], role=role)
        left = read_may_connect(session, application_roles)
        if left:
            raise MigrationError(
                "BG818",
                f"{', '.join(left)} could connect to {session.side} in spite of the revoke",
                "Nothing was revoked",
                "Take them out of the role that gives them CONNECT, or the attribute SUPERUSER; or drop the database",
                {"roles": list(left)},
            )


def read_what_a_revoke_takes(session: Session) -> Taken:
    """Return the grants of CONNECT that :func:`revoke_connect` takes away, and whether it will lend one to our role."""
    rows = session.rows(sql.GRANTS)
    grants = [
        Grant(row["role"], row["name"], row["grantable"]) for row in rows if not (row["is_me"] or row["is_owner"])
    ]
    has_its_own = any(row["is_me"] for row in rows)
    return Taken(tuple(grants), () if has_its_own else (str(session.value(sql.MY_OID)),))


def give_back_connect(session: Session, taken: Taken) -> list[str]:
    """Restore CONNECT as it was, all grants or none, and return the names of roles that are gone."""
    here = session.row(sql.WHO_AND_WHERE)
    if here is None:
        raise LookupError("the server did not say where we are")
    database, gone = here["database"], []
    with session.transaction():
        oids = [one.role for one in taken.grants] + list(taken.lent_to)
        names = {row["oid"]: row["name"] for row in session.rows(sql.NAMES_OF_ROLES, {"oids": oids})}
        for one in taken.grants:
            if one.role == _PUBLIC_OID:
                session.run(sql.GRANT_TO_PUBLIC, None, database=database)
            elif one.role in names:
                grant = sql.GRANT_WITH_OPTION if one.grantable else sql.GRANT_TO_ROLE
                session.run(grant, None, database=database, role=names[one.role])
            else:
                gone.append(one.name)
        for oid in taken.lent_to:
            if oid in names:
                session.run(sql.REVOKE_FROM_ROLE, None, database=database, role=names[oid])
    return gone


def database_exists(session: Session, name: str) -> bool:
    """Tell whether the session's server has a database of that name."""
    return bool(session.value(sql.EXISTS, {"name": name}))


def drop_database(session: Session, name: str) -> None:
    """Drop the database ``name`` from a session in another database of its server.

    :raises MigrationError: BG819 when somebody has connected meanwhile
    """
    try:
        session.run(sql.DROP_DATABASE, None, database=name)
    except DatabaseError as error:
        if error.sqlstate != _IN_USE:
            raise
        raise MigrationError(
            "BG819",
            f"{session.side} was not dropped: {error.what}",
            "It is as it was, fenced and out of service",
            "Find out who connects to it, with mode revoke if need be, then run the same command again",
        ) from None

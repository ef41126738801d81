# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks of encodings, collations, and defaults outside the schema."""

from __future__ import annotations

from collections.abc import Iterator

from .facts import Facts
from .reasons import Reason, about_each, identifier, literal
from .servers import Database

_SIGNPOST = "default_transaction_read_only"
_LISTS = ("search_path", "DateStyle", "temp_tablespaces", "session_preload_libraries", "local_preload_libraries")


def different_encoding(facts: Facts) -> Iterator[Reason]:
    """Find pairs of encodings that cannot carry every text both ways."""
    blue, green = facts.blue.database, facts.green.database
    if blue.encoding != green.encoding:
        yield Reason(
            facts.green.side,
            f"The encoding is {green.encoding}, blue's is {blue.encoding}: a character that one of them lacks stops "
            "the link",
            f"Create green's database anew: CREATE DATABASE {identifier(green.name)} ENCODING {literal(blue.encoding)} "
            f"LC_COLLATE {literal(blue.collate)} LC_CTYPE {literal(blue.ctype)} TEMPLATE template0;",
            (green.name,),
        )


def different_locale(facts: Facts) -> Iterator[Reason]:
    """Find databases that sort or compare text differently."""
    blue, green = _locale(facts.blue.database), _locale(facts.green.database)
    if blue != green:
        yield Reason(
            facts.green.side,
            f"The locale is {green}, blue's is {blue}: text sorts differently",
            "Create green's database anew with blue's locale, or accept the new order",
            (facts.green.database.name,),
        )


def _locale(database: Database) -> str:
    provider = {"c": "libc", "i": "icu", "b": "builtin"}.get(database.provider, database.provider)
    return f"{database.locale or database.collate}/{database.ctype} ({provider})"


def drifted_collations(facts: Facts) -> Iterator[Reason]:
    """Find collations whose library has changed since indexes were built with it."""
    for one in facts.sides:
        database = identifier(one.database.name)
        fixes = {
            each: f"REINDEX DATABASE {database}; ALTER DATABASE {database} REFRESH COLLATION VERSION;"
            if each == database
            else f"REINDEX DATABASE {database}; ALTER COLLATION {each} REFRESH VERSION;"
            for each in one.drifted_collations
        }
        yield from about_each(
            one.side,
            fixes,
            "{n} collation{s} {have} another version than when indexes were built: these may be out of order, and a "
            "unique one may accept duplicates",
        )


def lost_defaults(facts: Facts) -> Iterator[Reason]:
    """Find defaults of the database or of its roles that a schema copy does not carry."""
    ours = {facts.blue.access.role, facts.blue.peer.user, facts.green.access.role}
    database = identifier(facts.green.database.name)
    fixes = {}
    for role, settings in facts.blue.role_settings.items():
        if role in ours:
            continue
        there = facts.green.role_settings.get(role, {})
        subject = f"ROLE {identifier(role)} IN DATABASE {database}" if role else f"DATABASE {database}"
        for name, value in settings.items():
            to_come = (role, name) in facts.settings_to_come
            if name != _SIGNPOST and not to_come and there.get(name) != value:
                shown = value if name in _LISTS else literal(value)
                fixes[f"{role}: {name}" if role else name] = f"ALTER {subject} SET {name} = {shown};"
    yield from about_each(
        facts.green.side,
        fixes,
        "{n} default{s} of blue's database or of roles in it {are} missing or different: sessions would behave "
        "differently",
    )

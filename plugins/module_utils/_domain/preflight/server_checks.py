# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks of versions and settings."""

from __future__ import annotations

from collections.abc import Iterator

from ..capabilities import Capability
from ..session_settings import EQUAL_ON_BOTH_SIDES, STANDARD_STRINGS
from ..sides import Side
from ..units import in_bytes
from ..versions import ended_before, why_untried
from .facts import Facts
from .reasons import Reason, about, identifier, literal

_SHORTEST_SENDER_TIMEOUT = 60_000  # milliseconds, the server's own default
_ADVICE_AT_THE_END = {
    Side.BLUE: "Go on: this migration leaves that version",
    Side.GREEN: "Go on if it must be that version; otherwise let bluegreen_green lead to a server of a later one",
}
_OVERDUE_FREEZE = 1.5  # of autovacuum_freeze_max_age, where autovacuum should have acted at 1.0


def green_is_older(facts: Facts) -> Iterator[Reason]:
    """Find a migration to an older major version."""
    blue, green = facts.blue.database.major, facts.green.database.major
    if green < blue:
        yield Reason(
            facts.green.side,
            f"Green is PostgreSQL {green}, older than blue with {blue}",
            "Use a green server of blue's major version or a later one",
        )


def untried(facts: Facts) -> Iterator[Reason]:
    """Find servers of a version that is newer than what was tried; an older one is no finding but an error."""
    for one in facts.sides:
        major = one.database.major
        why = why_untried(one.side, major)
        if why is not None:
            yield Reason(one.side, *why, (str(major),))


def out_of_support(facts: Facts) -> Iterator[Reason]:
    """Say which servers get no fixes any more."""
    for one in facts.sides:
        major = one.database.major
        ended = ended_before(major, facts.today) if facts.today is not None else None
        if ended is not None:
            yield Reason(
                one.side,
                f"PostgreSQL {major} gets no fixes any more: its last release was due on {ended}",
                _ADVICE_AT_THE_END[one.side],
                (str(major),),
            )


def standby(facts: Facts) -> Iterator[Reason]:
    """Find servers that cannot be written to."""
    for one in facts.sides:
        if one.database.in_recovery:
            yield Reason(one.side, "The server is a standby", f"Let bluegreen_{one.side} name the primary")


def standbys_that_confirm(facts: Facts) -> Iterator[Reason]:
    """Find servers on which each COMMIT waits for a standby that is not there."""
    for one in facts.sides:
        found = one.confirmation
        if found is not None and found.is_missing:
            yield Reason(one.side, found.words, found.fix, ("synchronous_standby_names",))


def wal_level(facts: Facts) -> Iterator[Reason]:
    """Find servers that cannot publish."""
    for one in facts.sides:
        level = one.text("wal_level")
        suffices = level == "replica" and Capability.DECODING_ON_DEMAND.of(one.database.major)
        if level != "logical" and not suffices:
            waits = "; a new value is already waiting for that" if one.settings["wal_level"].pending_restart else ""
            yield Reason(
                one.side,
                f"wal_level is {level}: nothing can be replicated from here",
                f"ALTER SYSTEM SET wal_level = 'logical'; -- takes a restart{waits}",
                ("wal_level",),
            )


def short_sender_timeout(facts: Facts) -> Iterator[Reason]:
    """Find a sender timeout that ends a link while the subscriber is busy."""
    for one in facts.sides:
        value = one.number("wal_sender_timeout")
        if value is not None and 0 < value < _SHORTEST_SENDER_TIMEOUT:
            role = identifier(one.peer.user or one.access.role)
            yield Reason(
                one.side,
                f"wal_sender_timeout is {value} ms: a link whose other side is busy for that long is cut off",
                f"ALTER ROLE {role} SET wal_sender_timeout = '5min';",
                ("wal_sender_timeout",),
            )


def limited_slots(facts: Facts) -> Iterator[Reason]:
    """Find settings that let the server remove WAL that a link has not read yet."""
    for one in facts.sides:
        keep, idle = one.number("max_slot_wal_keep_size"), one.number("idle_replication_slot_timeout")
        limits = {}
        if keep is not None and keep >= 0:
            limits["max_slot_wal_keep_size"] = f"{in_bytes(keep * 1024.0**2)} of WAL"
        if idle:
            limits["idle_replication_slot_timeout"] = f"{idle} s without a reader"
        yield from about(
            one.side,
            limits,
            f"A link's slot is lost after {' or '.join(limits.values())}; the migration would have to start again",
            "ALTER SYSTEM RESET {}; -- or see that the first copy and every pause stay below it; takes a reload",
        )


def statement_limits(facts: Facts) -> Iterator[Reason]:
    """Find time limits that end a long copy."""
    for one in facts.sides:
        role = f"{identifier(one.peer.user or one.access.role)} IN DATABASE {identifier(one.database.name)}"
        limits = [name for name in ("statement_timeout", "transaction_timeout") if one.number(name)]
        yield from about(
            one.side,
            limits,
            f"{', '.join(f'{name} is {one.number(name)} ms' for name in limits)} for the role in use: "
            "the copy of a large table is cancelled there and starts again, for ever",
            f"ALTER ROLE {role} SET {{}} = 0;",
        )


def autovacuum_off(facts: Facts) -> Iterator[Reason]:
    """Find servers without autovacuum, which neither vacuum nor analyse by themselves."""
    for one in facts.sides:
        yield from about(
            one.side,
            [name for name in ("autovacuum", "track_counts") if one.text(name) == "off"],
            "Autovacuum does not run: the new side would be in service without statistics",
            "ALTER SYSTEM SET {} = on; -- takes a reload",
        )


def wraparound(facts: Facts) -> Iterator[Reason]:
    """Find databases in which vacuum does not keep up with transaction ids; a slot holds it back further."""
    for one in facts.sides:
        limit = one.number("autovacuum_freeze_max_age")
        if limit is not None and one.database.frozen_age > limit * _OVERDUE_FREEZE:
            yield Reason(
                one.side,
                f"The oldest transaction is {one.database.frozen_age} transactions old, "
                f"autovacuum_freeze_max_age is {limit}: vacuum does not keep up, and a link holds it back further",
                "VACUUM (FREEZE); -- in this database, and end what holds its snapshot",
                (one.database.name,),
            )


def different_settings(facts: Facts) -> Iterator[Reason]:
    """Find settings that differ and so change what applications read or store."""
    database = identifier(facts.green.database.name)
    for name in EQUAL_ON_BOTH_SIDES:
        blue, green = facts.blue.text(name), facts.green.text(name)
        if ("", name) in facts.settings_to_come:
            continue
        if blue is not None and green is not None and blue != green:
            given = name == STANDARD_STRINGS and Capability.STANDARD_STRINGS.of(facts.green.database.major)
            yield Reason(
                facts.green.side,
                f"{name} is {green}, on blue it is {blue}: sessions would read or store other values",
                "Let applications write E'…' where a backslash escapes: green knows no other setting"
                if given
                else f"ALTER DATABASE {database} SET {name} = {literal(blue)};",
                (name,),
            )

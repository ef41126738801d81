# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks of current activity: transactions that a slot and the fence would have to wait for."""

from __future__ import annotations

from collections.abc import Iterator

from ..service.beginnings import OVERLOOKS_SIGNPOST, PASSES_FENCE
from ..session_settings import CHANGES_ROWS_WORDS, LINKS, deviations, mend_links
from ..units import in_time
from .facts import Facts
from .reasons import Reason, about, about_each, identifier, literal

LONG_TRANSACTION = 60.0  # seconds


def prepared_transactions(facts: Facts) -> Iterator[Reason]:
    """Find prepared transactions: only a person ends them, and the slot and the fence wait for them."""
    for one in facts.sides:
        for each in one.prepared:
            yield Reason(
                one.side,
                f"A transaction prepared {in_time(each.seconds)} ago in database {each.database} holds its locks: "
                "slot and fence would wait for it",
                f"ROLLBACK PREPARED {literal(each.gid)}; -- or COMMIT PREPARED, in database {each.database}",
                (each.gid,),
            )


def long_transactions(facts: Facts) -> Iterator[Reason]:
    """Find transactions that have been open for a long time."""
    for one in facts.sides:
        long = [each for each in one.transactions if each.seconds >= LONG_TRANSACTION]
        yield from about(
            one.side,
            [f"pid {each.pid} ({each.role} in {each.database}, {in_time(each.seconds)})" for each in long],
            f"{{n}} transaction{{s}} {{have}} been open for more than {in_time(LONG_TRANSACTION)}; slot, gate and "
            "fence wait for them",
            "Wait for their end, or: "
            + " ".join(f"SELECT pg_terminate_backend({each.pid});" for each in sorted(long, key=lambda each: each.pid)),
        )


def begins_as_another(facts: Facts) -> Iterator[Reason]:
    """Find sessions that start as another role: ours correct that themselves, those of the links cannot."""
    for one in facts.sides:
        if one.begins_as != "none":
            me, database = identifier(one.access.role), identifier(one.database.name)
            yield Reason(
                one.side,
                f"A setting lets every session of {one.access.role} begin as {one.begins_as}, the links' own too, "
                "which may lack the privileges for their work as that role",
                f"ALTER ROLE {me} IN DATABASE {database} SET role = none;",
                (one.begins_as,),
            )


def passing_sessions(facts: Facts) -> Iterator[Reason]:
    """Find roles whose sessions write through the fence because of a setting at any level."""
    yield from _strays(facts, PASSES_FENCE)


def overlooking_sessions(facts: Facts) -> Iterator[Reason]:
    """Find roles whose sessions ignore the signpost because of a setting of their own."""
    yield from _strays(facts, OVERLOOKS_SIGNPOST)


def _strays(facts: Facts, code: str) -> Iterator[Reason]:
    for one in facts.sides:
        for stray in one.strays:
            if stray.code == code:
                yield from about_each(one.side, stray.mends, f"{{n}} role{{s}}: {stray.what}")


def rows_changed_by_settings(facts: Facts) -> Iterator[Reason]:
    """Find settings of our role by which the workers of a link would take rows in other than they were."""
    for one in facts.sides:
        found = {name: one.text(name) for name in LINKS}
        me, database = identifier(one.access.role), identifier(one.database.name)
        yield from about_each(
            one.side,
            {
                f"{name} = {found[name]}": mend_links([name], me, database)
                for name in deviations(LINKS, found)
                if found[name] is not None
            },
            CHANGES_ROWS_WORDS[:1].upper() + CHANGES_ROWS_WORDS[1:],
        )


def libraries_of_others(facts: Facts) -> Iterator[Reason]:
    """Find libraries that a setting loads into each of our sessions, before our first statement."""
    for one in facts.sides:
        yield from about(
            one.side,
            [name.strip() for name in (one.text("session_preload_libraries") or "").split(",") if name.strip()],
            "{n} library name{s} {are} loaded into each session of ours by session_preload_libraries",
            f"ALTER ROLE {identifier(one.access.role)} SET session_preload_libraries = ''; -- or accept it",
        )


def unseen_transactions(facts: Facts) -> Iterator[Reason]:
    """Find a role that may not see other roles' transactions: unknown is not none."""
    for one in facts.sides:
        if not one.access.sees_activity:
            yield Reason(
                one.side,
                f"Role {one.access.role} does not see other roles' transactions, so no switch can be allowed",
                f"GRANT pg_monitor TO {identifier(one.access.role)};",
                (one.access.role,),
            )


def decoding_spills(facts: Facts) -> Iterator[Reason]:
    """Find links whose transactions spill to disk while they are decoded."""
    for one in facts.sides:
        spilling = [
            slot.name
            for slot in one.slots
            if facts.is_ours(slot.name) and slot.spilled >= 100 and slot.spilled * 10 > slot.decoded
        ]
        yield from about(
            one.side,
            spilling,
            "More than a tenth of what the link carries did not fit into memory and spilled to disk",
            "ALTER SYSTEM SET logical_decoding_work_mem = '256MB'; -- takes a reload",
        )

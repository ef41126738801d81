# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks of how the two servers reach each other."""

from __future__ import annotations

from collections.abc import Iterator

from .facts import Facts, SideFacts
from .reasons import Reason, about

_KEYWORD_FIX = "Set {} in bluegreen_%(side)s, or in its peer where the other server needs another value"


def peer_incomplete(facts: Facts) -> Iterator[Reason]:
    """Find connections whose parameters the other server would have to guess."""
    for one in facts.sides:
        yield from about(
            one.side,
            one.peer.missing,
            f"{facts.other(one).side.capitalize()} is not told {' and '.join(one.peer.missing)} of {one.side}, and "
            "would guess it from its own machine",
            _KEYWORD_FIX % {"side": one.side},
        )


def _own_link_runs(facts: Facts, one: SideFacts) -> bool:
    return any(each.workers for each in facts.own_subscriptions(one))


def is_testable(facts: Facts, one: SideFacts) -> bool:
    """Tell whether a failure would have no other cause that another check already names."""
    other = facts.other(one)
    hangs = one.confirmation is not None and one.confirmation.is_missing
    return not other.peer.missing and other.link_replicates and not hangs and not _own_link_runs(facts, one)


def unreachable(facts: Facts) -> Iterator[Reason]:
    """Find a server that the other one cannot connect to as its link would."""
    for one in facts.sides:
        other = facts.other(one)
        if one.reach and one.reach.error and is_testable(facts, one):
            yield Reason(
                one.side,
                f"{one.side.capitalize()} cannot connect to {other.side} at {other.peer.address}: {one.reach.error}",
                f"Set bluegreen_{other.side}.peer to host, port and TLS settings as {one.side}'s server sees them; "
                f"open network and pg_hba.conf of {other.side} for it",
                (other.peer.address,),
            )


def another_database(facts: Facts) -> Iterator[Reason]:
    """Find an address that leads the other server to a different database than ours."""
    for one in facts.sides:
        other = facts.other(one)
        met = one.reach
        if met is None or met.system is None or not is_testable(facts, one):
            continue
        if (met.system, met.database) != (other.database.system, other.database.name):
            yield Reason(
                one.side,
                f"From {one.side}, {other.peer.address} is database {met.database} of system {met.system}, "
                f"not {other.side} ({other.database.name} of system {other.database.system})",
                f"Correct bluegreen_{other.side}.peer",
                (other.peer.address,),
            )


def untested(facts: Facts) -> Iterator[Reason]:
    """Say where the connection could not be tested."""
    for one in facts.sides:
        if one.reach is None and is_testable(facts, one):
            other = facts.other(one)
            yield Reason(
                one.side,
                f"Whether {one.side} reaches {other.side} at {other.peer.address} was not tested",
                f"CREATE EXTENSION dblink; -- on {one.side}, by a superuser; otherwise replicate tries it first",
                (other.peer.address,),
            )


def no_password(facts: Facts) -> Iterator[Reason]:
    """Find links whose owner is not a superuser and whose connection has no password: PostgreSQL refuses them."""
    for one in facts.sides:
        other = facts.other(one)
        if not other.me.superuser and other.subscribes and not one.peer.password:
            yield Reason(
                one.side,
                f"No password is given with which {other.side} connects to {one.side}; "
                "a subscription of a role that is not a superuser needs one",
                f"Set password in bluegreen_{one.side}, or in its peer",
            )

# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks of a trial restore's result: each statement that green's server refused, by cause."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Callable

from ..schema.surroundings import ROLE, SETTING
from ..schema.trial import COLLATION, EXTENSION, FOREIGN, GRANTEE, OTHER, OWNER, PRIVILEGE
from .facts import Facts, SideFacts
from .privilege_checks import missing_roles, not_owner
from .reasons import Reason, about, about_each, identifier

_LONGEST_MESSAGE = 300


def not_to_the_end(facts: Facts) -> Iterator[Reason]:
    """Find why a trial restore of blue's schema was not possible, or stopped before its end."""
    trial = facts.trial
    if trial is not None and trial.obstacle:
        yield Reason(
            facts.green.side,
            f"A restore of blue's schema could not be tried: {trial.obstacle}",
            trial.way_out or "Remove the cause that the message names",
        )
    if trial is not None:
        # A table of an owner whose privileges our role lacks is BG134.
        named = {name for reason in not_owner(facts) for name in reason.objects if reason.side is facts.blue.side}
        yield from about(
            facts.blue.side,
            set(trial.unread) - named,
            "{n} table{s} may not be read by our role, so setup could not copy the schema",
            f"GRANT SELECT ON {{}} TO {identifier(facts.blue.access.role)}; -- and USAGE on its schema",
        )


def owners(facts: Facts) -> Iterator[Reason]:
    """Find roles that own something on blue and cannot get it on green."""
    # A role that green lacks and that setup may not create is BG136.
    named = (
        set() if facts.green.access.creates_roles else set(facts.blue.database.needed_roles) - set(facts.green.roles)
    )
    yield from _refused(
        facts,
        (OWNER,),
        "{n} owner{s} on blue cannot be given their objects on green (tried there)",
        lambda subject: _way_to_own(facts.green, subject),
        named,
    )


def _way_to_own(green: SideFacts, name: str) -> str:
    known = green.roles.get(name)
    if known is not None and known.superuser:
        return f"On blue, give what {name} owns another owner: ALTER … OWNER TO …;"
    create = "" if known else f"CREATE ROLE {identifier(name)}; "
    return f"{create}GRANT {identifier(name)} TO {identifier(green.access.role)};"


def privileges(facts: Facts) -> Iterator[Reason]:
    """Find objects that the role in use may not create on green, and privileges that it may not grant."""
    # What only needs a role that green lacks is a consequence of BG136.
    causes = (PRIVILEGE,) if any(missing_roles(facts)) else (PRIVILEGE, GRANTEE)
    yield from _refused(
        facts,
        causes,
        "The role in use lacks a privilege on green for {n} object{s} of blue (tried there)",
        lambda subject: (
            f"Give role {facts.green.access.role} the privilege, or let a superuser make {subject} on green"
        ),
    )


def extensions(facts: Facts) -> Iterator[Reason]:
    """Find extensions that cannot be created on green."""
    known = {each.name for each in facts.green.extensions} | set(facts.green.available)
    # An extension that is missing on green's server is BG170.
    missing = {each.name for each in facts.blue.extensions} - known
    yield from _refused(
        facts,
        (EXTENSION,),
        "{n} extension{s} of blue cannot be created on green (tried there)",
        lambda subject: f"Let a superuser run CREATE EXTENSION {identifier(subject)}; in green's database",
        missing,
    )


def collations(facts: Facts) -> Iterator[Reason]:
    """Find objects that need a collation which green does not have."""
    yield from _refused(
        facts,
        (COLLATION,),
        "Green lacks a collation needed by {n} object{s} of blue (tried there)",
        lambda subject: f"Install the locale, or a server with ICU, on green's host; or change {subject} on blue",
    )


def foreign(facts: Facts) -> Iterator[Reason]:
    """Find wrappers, languages, access methods and libraries that green does not have."""
    yield from _refused(
        facts,
        (FOREIGN,),
        "Green lacks a wrapper, language, access method or library needed by {n} object{s} of blue (tried there)",
        lambda subject: f"Install on green's server what {subject} needs, or exclude it (bluegreen_schema_exclude)",
    )


def others(facts: Facts) -> Iterator[Reason]:
    """Find everything else of blue's schema that green's server refuses, such as features that its major has
    dropped."""
    yield from _refused(
        facts,
        (OTHER,),
        "Green's server refuses {n} object{s} of blue (tried there)",
        lambda subject: (
            f"Change {subject} on blue so that PostgreSQL {facts.green.database.major} takes it, or exclude it"
        ),
    )


def untried(facts: Facts) -> Iterator[Reason]:
    """Say why a trial restore that was due was not made: another finding comes first."""
    if facts.untried:
        yield Reason(
            facts.green.side,
            f"A restore of blue's schema was not tried because of {facts.untried}",
            f"Remove the cause of {facts.untried}, then run prepare again",
        )


def what_setup_makes(facts: Facts) -> Iterator[Reason]:
    """Say which roles and settings green lacks that need no action, since setup creates them."""
    yield from about(
        facts.green.side,
        [one.title for one in facts.trial.around if one.kind in (ROLE, SETTING)] if facts.trial is not None else [],
        "Green lacks {n} role{s} or setting{s} of blue, which setup will create",
        "Nothing: setup will do it",
    )


def _refused(
    facts: Facts, causes: Collection[str], what: str, way_out: Callable[[str], str], known: Collection[str] = ()
) -> Iterator[Reason]:
    """Give one reason for all refusals of these causes, each object with the server's message and a way out.

    :param known: what another finding already names
    """
    if facts.trial is None:
        return
    fixes = {
        one.subject: f"{way_out(one.subject)} -- {one.subject}: {one.message[:_LONGEST_MESSAGE]}"
        for one in reversed(facts.trial.of(causes))
        if one.subject not in known
    }
    yield from about_each(facts.green.side, fixes, what)

# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks of the current role's privileges, as the server reports them: attributes, memberships, ownership."""

from __future__ import annotations

from collections.abc import Iterator

from ..capabilities import Capability
from ..relations import TableName
from ..schema.relation_facts import PARTITIONED, Relation
from ..sides import Side
from .facts import Facts, SideFacts
from .reasons import Reason, about, identifier


def no_replication(facts: Facts) -> Iterator[Reason]:
    """Find publishers that would refuse the link's connection."""
    for one in facts.sides:
        name = one.peer.user or one.access.role
        if one.link_role is None:
            yield Reason(
                one.side,
                f"Role {name}, which the link is to connect as, does not exist",
                f"CREATE ROLE {identifier(name)} LOGIN REPLICATION PASSWORD …;",
                (name,),
            )
        elif not one.link_replicates:
            yield Reason(
                one.side,
                f"Role {name} may not replicate from here{_whatever_its_roles(one.may_replicate_by_service)}",
                f"ALTER ROLE {identifier(name)} REPLICATION; -- Amazon RDS: GRANT rds_replication TO …;",
                (name,),
            )


def no_subscriptions(facts: Facts) -> Iterator[Reason]:
    """Find subscribers on which the current role may not create a subscription."""
    for one in facts.sides:
        if one.subscribes:
            continue
        role = one.access.role
        if Capability.SUBSCRIBERS.of(one.database.major):
            fix = f"GRANT pg_create_subscription TO {identifier(role)};"
        else:
            first = Capability.SUBSCRIBERS.first
            fix = f"Before PostgreSQL {first} it takes a superuser: ALTER ROLE {identifier(role)} SUPERUSER;"
        despite = _whatever_its_roles(one.may_subscribe_by_service)
        yield Reason(one.side, f"Role {role} may not create a subscription{despite}", fix, (role,))


def _whatever_its_roles(managed: bool) -> str:
    return ": it has a role that is named like a managed service's, and the server refused it all the same" * managed


def no_create(facts: Facts) -> Iterator[Reason]:
    """Find databases in which the current role may create neither a schema nor a publication."""
    for one in facts.sides:
        if not one.access.creates:
            role, name = one.access.role, one.database.name
            yield Reason(
                one.side,
                f"Role {role} may create neither schema nor publication in database {name}",
                f"GRANT CREATE ON DATABASE {identifier(name)} TO {identifier(role)};",
                (name,),
            )


def not_database_owner(facts: Facts) -> Iterator[Reason]:
    """Find databases whose signpost the current role may not set."""
    for one in facts.sides:
        if not one.access.owns_database:
            role, owner = one.access.role, one.access.database_owner
            yield Reason(
                one.side,
                f"Role {role} is not a member of {owner}, the owner of database {one.database.name}: it may not set "
                "the signpost that leads clients to the side in service",
                f"GRANT {identifier(owner)} TO {identifier(role)};",
                (one.database.name,),
            )


def _owned(facts: Facts, one: SideFacts) -> dict[str, list[TableName]]:
    """Return tables and sequences by owner; before the schema copy green's will be those of blue."""
    source = one if one.side is Side.BLUE or one.has_tables else facts.blue
    owned: dict[str, list[TableName]] = {}
    for relation in facts.tables(source):
        owned.setdefault(relation.owner, []).append(relation.name)
    for sequence in source.sequences:
        owned.setdefault(sequence.owner, []).append(sequence.name)
    return {owner: names for owner, names in owned.items() if owner in one.roles}


def not_owner(facts: Facts) -> Iterator[Reason]:
    """Find tables and sequences that belong, or will belong, to roles whose privileges the current role lacks."""
    for one in facts.sides:
        strangers = {owner: names for owner, names in _owned(facts, one).items() if not one.roles[owner].inherited}
        yield from about(
            one.side,
            [name for names in strangers.values() for name in names],
            f"{{n}} table{{s}} or sequence{{s}} of {', '.join(sorted(strangers))}, whose privileges "
            f"{one.access.role} does not inherit: they can be neither published nor fenced",
            "\n".join(f"GRANT {identifier(owner)} TO {identifier(one.access.role)};" for owner in sorted(strangers)),
        )


def out_of_reach(facts: Facts) -> Iterator[Reason]:
    """Find relations that others may write to and that our role may not gate."""
    for one in facts.sides:
        yield from about(
            one.side,
            [each.name for each in one.beyond if not each.reached],
            f"{{n}} foreign table{{s}}, view{{s}} or extension's table{{s}} of owners whose privileges "
            f"{one.access.role} lacks: they cannot be gated, and a write there passes the fence",
            f"GRANT the owner of {{}} TO {identifier(one.access.role)}; -- or REVOKE INSERT, UPDATE, DELETE, TRUNCATE "
            "from everybody else, or accept it",
        )


def no_set_role(facts: Facts) -> Iterator[Reason]:
    """Find table owners that a subscription may not write as (16+, SET ROLE)."""
    for one in facts.sides:
        if not Capability.APPLY_AS_OWNER.of(one.database.major):
            continue
        owners = [one.roles[owner] for owner in _owned(facts, one)]
        yield from about(
            one.side,
            [owner.name for owner in owners if owner.inherited and not owner.settable],
            f"Role {one.access.role} may not SET ROLE to {{n}} owner{{s}} of tables, and a subscription writes as "
            "the owner",
            f"GRANT {{id}} TO {identifier(one.access.role)} WITH SET TRUE;",
        )


def missing_roles(facts: Facts) -> Iterator[Reason]:
    """Find roles that own or may use something on blue, that green lacks, and that setup may not create."""
    blue, green = facts.blue, facts.green
    if green.access.creates_roles:
        return
    needed = set(blue.database.needed_roles) | {relation.owner for relation in blue.relations}
    ours = {blue.access.role, blue.peer.user}
    yield from about(
        green.side,
        needed - set(green.roles) - ours,
        "{n} role{s} named in blue's ownership and privileges {are} missing",
        "CREATE ROLE {id}; -- with blue's attributes: pg_dumpall --roles-only",
    )


def missing_tablespaces(facts: Facts) -> Iterator[Reason]:
    """Find tablespaces in use on blue that green does not have."""
    yield from about(
        facts.green.side,
        set(facts.blue.database.tablespaces) - set(facts.green.database.known_tablespaces),
        "{n} tablespace{s} of blue {are} missing; their objects go to the default one",
        "CREATE TABLESPACE {id} LOCATION …;",
    )


def strange_names(facts: Facts) -> Iterator[Reason]:
    """Find objects under our names that belong to others, or have others' code attached."""
    for one in facts.sides:
        if one.strangers:
            yield Reason(
                one.side,
                "Objects under our names do not belong to the migration alone: " + "; ".join(map(str, one.strangers)),
                "\n".join(f"-- {each.remedy(one.access.role)}" for each in one.strangers),
                tuple(each.name for each in one.strangers),
            )


def hidden_rows(facts: Facts) -> Iterator[Reason]:
    """Find tables whose row-level security hides rows from the copy, without any error."""
    for one in facts.sides:
        role = one.peer.user or one.access.role
        yield from about(
            one.side,
            [each.name for each in facts.replicated(one) if each.hidden_from_link],
            f"Row-level security hides rows of {{n}} table{{s}} from {role}: they would not be copied, silently",
            f"ALTER ROLE {identifier(role)} BYPASSRLS;",
        )


def forced_row_security(facts: Facts) -> Iterator[Reason]:
    """Find tables that a subscription may not write to, because row-level security applies to their own owner."""
    for one in facts.sides:
        if not Capability.APPLY_AS_OWNER.of(one.database.major):
            continue
        yield from about(
            one.side,
            [each.name for each in _to_live_on(facts, one) if _binds_its_owner(facts, one, each)],
            "FORCE ROW LEVEL SECURITY stops replication into {n} table{s}",
            "ALTER TABLE {} NO FORCE ROW LEVEL SECURITY; -- or give its owner BYPASSRLS",
        )


def _to_live_on(facts: Facts, one: SideFacts) -> tuple[Relation, ...]:
    """Return the tables of this side, and those that it will get if the other one's version tells nothing of them."""
    other = facts.other(one)
    comes = not one.has_tables and not Capability.APPLY_AS_OWNER.of(other.database.major)
    return facts.tables(other if comes else one)


def _binds_its_owner(facts: Facts, one: SideFacts, table: Relation) -> bool:
    role = one.roles.get(table.owner) or facts.other(one).roles.get(table.owner)
    bypasses = role is not None and (role.superuser or role.bypasses_row_security)
    return table.row_security_forced and table.kind != PARTITIONED and not bypasses


def ends_no_sessions(facts: Facts) -> Iterator[Reason]:
    """Find roles that cannot end the sessions of applications on the side out of service."""
    for one in facts.sides:
        signals = one.roles.get("pg_signal_backend")
        theirs = [one.roles[name] for name in facts.application_roles if name in one.roles]
        ends_theirs = bool(theirs) and all(role.inherited and not role.superuser for role in theirs)
        if not (one.me.superuser or (signals is not None and signals.inherited) or ends_theirs):
            role = one.access.role
            yield Reason(
                one.side,
                f"Role {role} may not end other roles' sessions: clients left on the old side of a switch stay",
                f"GRANT pg_signal_backend TO {identifier(role)};",
                (role,),
            )


def application_changes_schema(facts: Facts) -> Iterator[Reason]:
    """Say which applications can change the schema; nothing carries such changes to the other side."""
    for one in facts.sides:
        yield from about(
            one.side,
            one.schema_changers,
            "{n} application role{s} {have} an owner's privileges: changes of the schema are not replicated",
            "Let {id} change nothing until cleanup; or add to green first, then to blue, then run replicate again",
        )


def unknown_application_roles(facts: Facts) -> Iterator[Reason]:
    """Find application roles that do not exist on a server."""
    for one in facts.sides:
        yield from about(
            one.side,
            [name for name in facts.application_roles if name not in _known_or_to_come(facts, one)],
            "{n} role{s} of bluegreen_application_roles {are} unknown",
            "Correct bluegreen_application_roles, or create the role with blue's attributes",
        )


def _known_or_to_come(facts: Facts, one: SideFacts) -> set[str]:
    return set(one.roles) | (facts.roles_to_come if one.side is Side.GREEN else set())


def application_is_migrator(facts: Facts) -> Iterator[Reason]:
    """Find applications that write as the migrator, which the signpost exempts."""
    for one in facts.sides:
        ours = {one.access.role, one.peer.user}
        yield from about(
            one.side,
            [name for name in facts.application_roles if name in ours],
            "The application connects as the migration's own role, which is exempt from the signpost",
            "Give the migration a role of its own (docs/privileges.md)",
        )


def application_passes_gate(facts: Facts) -> Iterator[Reason]:
    """Find applications that can disable triggers, and so the fence."""
    for one in facts.sides:
        roles = [one.roles[name] for name in facts.application_roles if name in one.roles]
        yield from about(
            one.side,
            [role.name for role in roles if role.superuser or role.sets_replica],
            "{n} application role{s} can set session_replication_role = replica and so write past the fence",
            "ALTER ROLE {id} NOSUPERUSER; REVOKE SET ON PARAMETER session_replication_role FROM {id};",
        )

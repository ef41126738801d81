# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The facts for the checks, and the questions that several of them ask."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from ..code_of_others import Code
from ..confirmation import Confirmation
from ..consumers.consumer import Consumer
from ..consumers.said import Consumers
from ..errors import MigrationError
from ..names import SCHEMA, is_early_slot_of, is_link_of
from ..ours import Stranger
from ..relations import TableName
from ..schema.full_search import SearchIndex
from ..schema.relation_facts import (
    Beyond,
    Column,
    Constraint,
    DomainType,
    EnumType,
    Extension,
    HashedByOid,
    Relation,
    Sequence,
    Trigger,
)
from ..schema.trial import Trial
from ..service.beginnings import Stray
from ..sides import Side
from .large_values import LargestValue
from .outlook import Forecast, Wishes
from .servers import (
    Access,
    Allowed,
    Database,
    Pace,
    Peer,
    Prepared,
    Publication,
    Reach,
    Role,
    RoleSettings,
    Sender,
    Setting,
    Slot,
    Subscription,
    Transaction,
)
from .tried import Tried
from .unread import Unread

# Managed services have no superuser; these roles replace it and the attribute REPLICATION, where the server agrees.
_STANDS_FOR_SUPERUSER = ("rds_superuser", "cloudsqlsuperuser", "azure_pg_admin")
_STANDS_FOR_REPLICATION = ("rds_replication", "cloudsqlreplica", "azure_pg_admin")


@dataclass(frozen=True)
class SideFacts:
    """One side, as it is.

    ``available``: extensions that could be installed, and their version. ``schema_changers``: the application's roles
    that have the privileges of an owner of tables. ``begins_as``: the role that a setting makes each session of the
    current role start as, ``none`` for its own. ``strays``: settings that other roles' new sessions have and must not
    have. ``incomparable``: tables with REPLICA IDENTITY FULL, and the types of their columns that have no equality.
    ``with_oids``: tables with hidden oids, which a server before 12 may have.
    ``equal_not_the_same``: such tables, and the types of their columns whose equal values may differ in their text.
    ``confirmation``: ``None`` where our role may not see standbys.
    """

    side: Side
    database: Database
    access: Access
    peer: Peer
    reach: Reach | None
    settings: Mapping[str, Setting]
    roles: Mapping[str, Role]
    role_settings: RoleSettings
    relations: tuple[Relation, ...] = ()
    beyond: tuple[Beyond, ...] = ()
    search_indexes: tuple[SearchIndex, ...] = ()
    sequences: tuple[Sequence, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    enums: tuple[EnumType, ...] = ()
    domains: tuple[DomainType, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    event_triggers: tuple[str, ...] = ()
    code: tuple[Code, ...] = ()
    extensions: tuple[Extension, ...] = ()
    available: Mapping[str, str] = field(default_factory=dict)
    schema_changers: frozenset[str] = frozenset()
    publications: tuple[Publication, ...] = ()
    subscriptions: tuple[Subscription, ...] = ()
    slots: tuple[Slot, ...] = ()
    consumers: tuple[Consumer, ...] = ()
    senders: tuple[Sender, ...] = ()
    background_workers: int = 0
    clients: int = 0
    prepared: tuple[Prepared, ...] = ()
    transactions: tuple[Transaction, ...] = ()
    drifted_collations: tuple[str, ...] = ()
    pace: Pace | None = None
    begins_as: str = "none"
    strangers: tuple[Stranger, ...] = ()
    strays: tuple[Stray, ...] = ()
    allowed: Allowed = field(default_factory=Allowed)
    confirmation: Confirmation | None = None
    hashed_by_oid: tuple[HashedByOid, ...] = ()
    with_oids: tuple[TableName, ...] = ()
    incomparable: Mapping[TableName, tuple[str, ...]] = field(default_factory=dict)
    equal_not_the_same: Mapping[TableName, tuple[str, ...]] = field(default_factory=dict)
    largest_values: tuple[LargestValue, ...] = ()

    def number(self, setting: str) -> int | None:
        """Return a setting's value in its base unit, ``None`` where this server does not have it."""
        found = self.settings.get(setting)
        return int(found.value) if found else None

    def text(self, setting: str) -> str | None:
        """Return a setting's value, ``None`` where this server does not have it or does not show it to us."""
        found = self.settings.get(setting)
        return found.value if found else None

    @property
    def me(self) -> Role:
        """Return the current role."""
        return self.roles[self.access.role]

    @property
    def link_role(self) -> Role | None:
        """Return the role that the other server's link connects as, ``None`` where there is no such role."""
        return self.roles.get(self.peer.user or self.access.role)

    @property
    def subscribes(self) -> bool:
        """Tell whether the current role may create a subscription."""
        return self.me.superuser or self._inherits(("pg_create_subscription",)) or bool(self.allowed.subscribes)

    @property
    def may_subscribe_by_service(self) -> bool:
        """Tell whether only a role of a managed service could let it create a subscription."""
        return not self.subscribes and self._inherits(_STANDS_FOR_SUPERUSER)

    @property
    def link_replicates(self) -> bool:
        """Tell whether the link's role may replicate from here."""
        role = self.link_role
        return role is not None and (role.superuser or role.replication or bool(self.allowed.replicates))

    @property
    def may_replicate_by_service(self) -> bool:
        """Tell whether only a role of a managed service could let the link's role replicate from here."""
        managed = (self.roles[name] for name in _STANDS_FOR_REPLICATION if name in self.roles)
        return self.link_role is not None and not self.link_replicates and any(one.link_inherits for one in managed)

    def _inherits(self, names: Iterable[str]) -> bool:
        return any(self.roles[name].inherited for name in names if name in self.roles)

    @property
    def has_tables(self) -> bool:
        """Tell whether a schema has arrived here."""
        return any(relation.is_table for relation in self.relations)


@dataclass(frozen=True)
class Facts:
    """Both sides, and the user's parameters.

    ``excluded``: tables that the user excludes from the links. ``application_roles``: the roles that write.
    ``forecast``: ``None`` until it is made. ``trial``: the result of a trial restore, ``None`` if none was due or
    requested. ``untried``: why a trial that was due was not made. ``refused_files``: why versioned migrations could not
    run. ``tried``: what was tried besides both databases. ``green`` is an ``Unread`` where it could not be reached.
    ``today``: ``None`` for facts without a date. ``consumers``: what the user says about them.
    """

    migration: str
    blue: SideFacts
    green: SideFacts
    application_roles: tuple[str, ...] = ()
    excluded: frozenset[TableName] = frozenset()
    wishes: Wishes = field(default_factory=Wishes)
    forecast: Forecast | None = None
    trial: Trial | None = None
    untried: str = ""
    refused_files: tuple[MigrationError, ...] = ()
    tried: Tried | None = None
    today: date | None = None
    consumers: Consumers = field(default_factory=lambda: Consumers(()))

    @property
    def blue_alone(self) -> bool:
        """Tell whether green could not be read."""
        return isinstance(self.green, Unread)

    @property
    def roles_to_come(self) -> frozenset[str]:
        """Return the roles that ``setup`` will create on green."""
        return self.trial.roles if self.trial is not None else frozenset()

    @property
    def settings_to_come(self) -> frozenset[tuple[str, str]]:
        """Return the settings that ``setup`` will copy to green: the role, empty for the database, and the name."""
        return self.trial.settings if self.trial is not None else frozenset()

    @property
    def sides(self) -> tuple[SideFacts, SideFacts]:
        """Return both."""
        return (self.blue, self.green)

    def other(self, one: SideFacts) -> SideFacts:
        """Return the opposite side."""
        return self.green if one is self.blue else self.blue

    def tables(self, one: SideFacts) -> tuple[Relation, ...]:
        """Return tables, roots and leaves, that take part in the migration."""
        if one.side not in self._tables:
            self._tables[one.side] = tuple(
                each for each in one.relations if each.is_table and each.name not in self.excluded
            )
        return self._tables[one.side]

    def replicated(self, one: SideFacts) -> tuple[Relation, ...]:
        """Return the tables whose rows the links carry."""
        if one.side not in self._replicated:
            self._replicated[one.side] = tuple(each for each in self.tables(one) if each.stores_rows)
        return self._replicated[one.side]

    # Each side by itself: the other one may not have been read.
    @cached_property
    def _tables(self) -> dict[Side, tuple[Relation, ...]]:
        return {}

    @cached_property
    def _replicated(self) -> dict[Side, tuple[Relation, ...]]:
        return {}

    @cached_property
    def pairs(self) -> tuple[tuple[Relation, Relation], ...]:
        """Return the tables that both sides have, blue's first."""
        theirs = {each.name: each for each in self.tables(self.green)}
        return tuple((each, theirs[each.name]) for each in self.tables(self.blue) if each.name in theirs)

    @cached_property
    def unlike_pairs(self) -> tuple[tuple[Relation, Relation], ...]:
        """Return the pairs whose columns differ in any way."""
        return tuple((blue, green) for blue, green in self.pairs if blue.columns != green.columns)

    @cached_property
    def differing_columns(self) -> tuple[tuple[Relation, Column, Column], ...]:
        """Return the columns that both sides have and that differ in any way, blue's first, with their table."""
        found = []
        for blue, green in self.unlike_pairs:
            there = {column.name: column for column in green.columns}
            both = ((column, there.get(column.name)) for column in blue.columns)
            found += [(blue, column, other) for column, other in both if other is not None and column != other]
        return tuple(found)

    def is_ours(self, name: str) -> bool:
        """Tell whether a publication, subscription or slot of that name belongs to this migration."""
        return is_link_of(self.migration, name)

    def is_early_slot(self, name: str) -> bool:
        """Tell whether a slot of that name was made for a switch of this migration."""
        return is_early_slot_of(self.migration, name)

    def is_our_slot(self, name: str) -> bool:
        """Tell whether a slot of that name is a lane's of this migration, or was made for its switch."""
        return self.is_ours(name) or self.is_early_slot(name)

    def is_of_a_migration(self, name: str) -> bool:
        """Tell whether a publication, subscription or slot of that name belongs to another migration of this
        collection."""
        return name.startswith(f"{SCHEMA}_") and not self.is_our_slot(name)

    def is_our_sync_slot(self, publisher: SideFacts, slot: str) -> bool:
        """Tell whether a slot on ``publisher`` was created for the first copy of one of our tables."""
        subscriber = self.other(publisher)
        ours = [each for each in subscriber.subscriptions if each.here and self.is_ours(each.name)]
        return any(
            slot.startswith(f"pg_{each.oid}_sync_") and slot.endswith(f"_{subscriber.database.system}") for each in ours
        )

    def own_subscriptions(self, one: SideFacts) -> list[Subscription]:
        """Return this migration's subscriptions on that side."""
        return [each for each in one.subscriptions if each.here and self.is_ours(each.name)]

    @property
    def copied(self) -> bool:
        """Tell whether the migration brought green's rows: a link exists, or a switch has taken place."""
        return self.blue.database.fenced or any(self.own_subscriptions(one) for one in self.sides)

# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Clean facts with one fault of each kind, and the finding that it gives."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.backup import Backup
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.code_of_others import Code
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.confirmation import Confirmation
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.consumers.said import Consumers
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.errors import MigrationError
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.findings import BLOCKS, WARNS, Finding
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.names import early_slot
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.ours import Stranger
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.preflight import servers
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.preflight.facts import Facts
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.preflight.large_values import LargestValue
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.preflight.outlook import Forecast
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.preflight.tried import (
    BackupWishes,
    Obstacle,
    Tried,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.preflight.unread import Unread
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.relations import TableName
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.route import RouteFacts
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.schema import relation_facts, trial
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.schema.full_search import SearchIndex
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.schema.surroundings import Surrounding
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.schema.trial import Refusal, Trial
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.service.beginnings import Stray
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.users_check import FailedCheck
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.versions import NEWEST
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.window import Window
from tests.unit.preflight.examples import (
    BARE_STANDBY,
    KEY,
    OPEN,
    OURS,
    USERS,
    WITHOUT_SUBSCRIPTIONS,
    both,
    column,
    columns,
    consumer,
    extension,
    facts,
    on_blue,
    role,
    roles,
    sequence,
    settings,
    side,
    slot,
    subscription,
    table,
    with_database,
)

ON_MANAGED_14 = roles(role("rds_superuser", inherited=True))
WITHOUT_SIGNALS = {name: each for name, each in roles().items() if name != "pg_signal_backend"}
BOUNDS = "FOR VALUES FROM (1) TO (7)"


def told(**changes: Any) -> Forecast:
    """Return a forecast of a copy that takes two minutes."""
    return replace(Forecast(8_000_000, 120.0, 1e6, 1e8, None, None, None, ()), **changes)


def reference(other: str) -> relation_facts.Constraint:
    return relation_facts.Constraint(USERS, "refers", "f", validated=True, refers_to=TableName("public", other))


def constraint(kind: str) -> relation_facts.Constraint:
    return relation_facts.Constraint(USERS, "sane", kind, validated=False)


def code(major: int = 17, superuser: bool = False, **changes: Any) -> Facts:
    """Return facts of a table on both sides, of which blue's calls a function of its owner."""
    called = replace(Code(USERS, "index", "by_name", "public.f(text)", "owner"), **changes)
    others = [role("migrator", superuser=True)] if superuser else [role("rds_superuser", inherited=True)]
    blue = side(Side.BLUE, major, relations=(table(),), code=(called,), roles=roles(*others))
    return replace(both(table(), table()), blue=blue)


def tried(cause: str, subject: str) -> Facts:
    """Return facts of a trial restore in which one statement was refused."""
    return facts(trial=Trial((Refusal(cause, subject, "the server says no"),)))


NOW = 1_800_000_000.0
WAIVED = BackupWishes(waived="a test")


def through(severity: str, **changes: Any) -> Facts:
    """Return facts of a route with one problem."""
    problem = Finding("BG604", severity, "pool", "it pools sessions", "pool transactions", ("shop",))
    route = replace(RouteFacts("pool", Side.BLUE, held=False, problems=(problem,)), **changes)
    return facts(tried=Tried(NOW, routes=(route,), backup=WAIVED))


FAULTS = {
    "BG007 green": replace(facts(), green=side(Side.GREEN, NEWEST + 1)),
    "BG100 blue": facts(forecast=told(disk_full_seconds=60.0)),
    "BG101 blue": facts(forecast=told(slot_lost_seconds=60.0)),
    "BG103 green": replace(facts(), green=side(Side.GREEN, 16)),
    "BG104 green": with_database(facts(), Side.GREEN, in_recovery=True),
    "BG105 blue": facts({"settings": settings(wal_level="replica")}),
    "BG106 blue": facts(
        {"slots": (slot("a", here=False), slot("b", here=False)), "settings": settings(max_replication_slots="2")}
    ),
    "BG107 green": facts(green={"settings": settings(max_wal_senders="0")}),
    "BG108 green": facts(green={"settings": settings(max_logical_replication_workers="0")}),
    "BG109 green": facts(green={"background_workers": 7}),
    "BG110 green": facts(green={"settings": settings(max_active_replication_origins="0")}),
    "BG111 green": facts(green={"settings": settings(max_sync_workers_per_subscription="0")}),
    "BG102 blue": facts({"clients": 91}),
    "BG025 blue": facts({"begins_as": "shop_owner"}),
    "BG244 blue": facts({"settings": settings(array_nulls="off")}),
    "BG026 blue": facts({"settings": settings(session_preload_libraries="auto_explain")}),
    "BG112 blue": with_database(facts(), Side.BLUE, connection_limit=3),
    "BG113 blue": facts(
        {
            "relations": tuple(table(f"t{number}") for number in range(21)),
            "settings": settings(max_locks_per_transaction="1", max_connections="20"),
        }
    ),
    "BG113 green": facts(
        {"relations": tuple(table(f"t{number}") for number in range(7))},
        {"settings": settings(max_locks_per_transaction="1", max_connections="20")},
    ),
    "BG114 blue": facts({"settings": settings(wal_sender_timeout="10000")}),
    "BG115 blue": facts({"settings": settings(max_slot_wal_keep_size="1024")}),
    "BG116 blue": facts({"settings": settings(statement_timeout="30000")}),
    "BG117 green": facts(green={"settings": settings(autovacuum="off")}),
    "BG118 blue": with_database(facts(), Side.BLUE, frozen_age=400_000_000),
    "BG119 green": facts(green={"settings": settings(TimeZone="Europe/Berlin")}),
    "BG120 blue": facts({"peer": servers.Peer(":5432/shop", None, password=True, missing=("host",))}),
    "BG121 green": facts(green={"reach": servers.Reach("connection refused")}),
    "BG122 green": facts(green={"reach": servers.Reach(None, "another system", "shop")}),
    "BG123 green": facts(green={"reach": None}),
    "BG124 blue": facts({"peer": servers.Peer("blue:5432/shop", "migrator", password=False, missing=())}),
    "BG125 blue": facts({"prepared": (servers.Prepared("two-phase", "shop", 5.0),)}),
    "BG126 blue": facts({"transactions": (servers.Transaction(42, "app", "shop", 61.0),)}),
    "BG127 blue": facts({"access": replace(OPEN, sees_activity=False)}),
    "BG128 blue": facts({"slots": (slot(OURS, spilled=200, decoded=1000),)}),
    "BG920 blue": facts(forecast=told(copy_seconds=3600.0)),
    "BG129 blue": facts(forecast=told(wraparound_seconds=3600.0)),
    "BG130 blue": facts({"roles": {**roles(), "migrator": replace(roles()["migrator"], replication=False)}}),
    "BG131 green": facts(green={"roles": WITHOUT_SUBSCRIPTIONS}),
    "BG132 green": facts(green={"access": replace(OPEN, creates=False)}),
    "BG133 blue": facts({"access": replace(OPEN, owns_database=False)}),
    "BG134 blue": facts(
        {"relations": (table(owner="app"),)}, {"roles": roles(role("app", inherited=True, settable=True))}
    ),
    "BG135 green": facts({"relations": (table(),)}, {"roles": {**roles(), "owner": role("owner", inherited=True)}}),
    "BG136 green": with_database(facts(), Side.BLUE, needed_roles=("owner", "reader", "migrator")),
    "BG137 green": with_database(facts(), Side.BLUE, tablespaces=("fast",)),
    "BG138 green": facts(green={"strangers": (Stranger("schema", "bluegreen", "app", "", ""),)}),
    "BG139 blue": on_blue(hidden_from_link=True),
    "BG140 blue": on_blue(row_security_forced=True),
    "BG140 green": replace(
        facts(), blue=side(Side.BLUE, 14, relations=(table(row_security_forced=True),), roles=ON_MANAGED_14)
    ),
    "BG141 green": facts({"roles": roles(role("late"))}, application_roles=("late",)),
    "BG143 blue": facts({"roles": roles(role("app", superuser=True))}),
    "BG250 blue": facts({"strays": (Stray("BG250", "sessions begin", {"app": "ALTER ROLE app RESET …;"}),)}),
    "BG251 blue": facts({"strays": (Stray("BG251", "sessions begin", {"app": "ALTER ROLE app RESET …;"}),)}),
    "BG144 green": facts(green={"available": {"plpgsql": "1.0"}}),
    "BG145 blue": on_blue(key_immediate=None, identity_columns=(), uniques=()),
    "BG146 blue": on_blue(key_immediate=False),
    "BG147 blue": on_blue(identity="i"),
    "BG148 blue": on_blue(identity="f", key_immediate=None, identity_columns=()),
    "BG149 blue": facts(
        {"relations": (table(identity="f", key_immediate=None),), "incomparable": {USERS: ("json",)}},
    ),
    "BG257 blue": facts(
        {"relations": (table(),), "hashed_by_oid": (relation_facts.HashedByOid(USERS, "public.mood", "1 a"),)},
        {"hashed_by_oid": (relation_facts.HashedByOid(USERS, "public.mood", "2 a"),)},
    ),
    "BG258 green": facts(green={"confirmation": Confirmation("nobody", "on", ("async",))}),
    "BG151 blue": on_blue(persistence="u"),
    "BG152 blue": with_database(facts(), Side.BLUE, large_objects=2),
    "BG153 blue": on_blue(kind="f"),
    "BG154 blue": on_blue(kind="m"),
    "BG155 blue": facts({"triggers": (relation_facts.Trigger(USERS, "audit", "A"),)}),
    "BG156 green": facts(green={"event_triggers": ("no_ddl",)}),
    "BG157 blue": facts({"constraints": (constraint("c"),)}),
    "BG158 blue": facts({"constraints": (constraint("f"),)}),
    "BG159 blue": on_blue(kind="p"),
    "BG282 blue": facts({"relations": (table(),), "with_oids": (USERS,)}),
    "BG281 blue": facts({"largest_values": (LargestValue(USERS, "photo", 520 << 20, doubles=True),)}),
    "BG160 blue": facts({"publications": (servers.Publication("everything", all_tables=True),)}),
    "BG161 blue": facts({"publications": (servers.Publication("some", all_tables=False),)}),
    "BG162 green": facts(green={"subscriptions": (subscription("feed"),)}),
    "BG163 blue": facts({"consumers": (consumer("debezium"),)}),
    "BG284 blue": facts({"consumers": (consumer("debezium"),)}, consumers=Consumers([{"slot": "debezium"}])),
    "BG338 blue": facts(
        green={"consumers": (consumer("cdc"),)}, consumers=Consumers([{"slot": "cdc", "publication": "orders"}])
    ),
    "BG288 blue": facts(consumers=Consumers([{"slot": "debezum"}])),
    "BG164 blue": facts({"slots": (slot("forgotten", here=False, active_pid=None, wal_status="lost"),)}),
    "BG165 blue": facts({"slots": (slot(OURS, wal_status="unreserved"),)}),
    "BG166 blue": facts({"slots": (slot("pg_16390_sync_16385_7", active_pid=None),)}),
    "BG167 green": facts(green={"subscriptions": (subscription(OURS, workers=0, errors=3),)}),
    "BG168 green": facts(green={"subscriptions": (subscription(OURS, copying=(USERS,)),)}),
    "BG169 blue": with_database(facts(), Side.BLUE, standbys=(BARE_STANDBY,)),
    "BG170 green": facts({"extensions": (extension("postgis", "3.5"),)}),
    "BG171 green": facts(
        {"extensions": (extension("postgis", "3.5"),)}, {"available": {"postgis": "3.4", "pg_prewarm": "1.2"}}
    ),
    "BG172 blue": facts({"extensions": (extension("plpgsql", "1.0", newest="1.1"),)}),
    "BG173 blue": facts(
        {"extensions": (extension("pg_cron", "1.6"),)}, {"available": {"pg_cron": "1.6", "pg_prewarm": "1.2"}}
    ),
    "BG705 blue": facts({"beyond": (relation_facts.Beyond(TableName("public", "q"), "r", "pgmq", reached=True),)}),
    "BG706 blue": facts({"beyond": (relation_facts.Beyond(TableName("public", "f"), "f", "", reached=False),)}),
    "BG174 blue": facts({"extensions": (extension("plpgsql", "1.0", keeps_data=True),)}),
    "BG175 green": facts({"settings": settings(shared_preload_libraries="pg_stat_statements, auto_explain")}),
    "BG176 green": with_database(facts(), Side.BLUE, encoding="LATIN1"),
    "BG177 green": with_database(facts(), Side.GREEN, collate="de_DE.UTF-8"),
    "BG178 blue": facts({"drifted_collations": ('"shop"',)}),
    "BG179 green": facts({"role_settings": {"": {"search_path": "shop, public"}}}),
    "BG180 green": both(table(), table(filled=True, analyzed=True)),
    "BG181 green": facts({"relations": (table(), table("orders"))}, {"relations": (table(),)}),
    "BG182 green": both(table(columns=(KEY, column("email"))), table()),
    "BG183 green": both(table(), table(columns=(KEY, column("phone", not_null=True)))),
    "BG184 green": both(table(), table(columns=(KEY, column("phone")))),
    "BG186 green": columns(column("amount", "bigint"), column("amount", "integer")),
    "BG187 green": columns(column("amount", "integer"), column("amount", "bigint")),
    "BG188 green": columns(column("total", generated="s"), column("total")),
    "BG189 green": columns(column("email"), column("email", not_null=True)),
    "BG190 green": columns(column("at", default=True), column("at")),
    "BG191 green": both(
        table(uniques=(("email",), ("id",))), table(identity_columns=("email",), uniques=(("email",), ("id",)))
    ),
    "BG192 green": both(table(), table(uniques=(("email",), ("id",)))),
    "BG193 green": facts(
        {"enums": (relation_facts.EnumType(USERS, ("a", "b")),)}, {"enums": (relation_facts.EnumType(USERS, ("a",)),)}
    ),
    "BG194 green": facts(
        {"enums": (relation_facts.EnumType(USERS, ("a",)),)}, {"enums": (relation_facts.EnumType(USERS, ("a", "b")),)}
    ),
    "BG195 green": facts(
        {"domains": (relation_facts.DomainType(USERS, "text", not_null=False, checks=()),)},
        {"domains": (relation_facts.DomainType(USERS, "text", not_null=True, checks=()),)},
    ),
    "BG197 green": columns(column("name", "text", collation="C"), column("name", "text")),
    "BG198 blue": facts({"sequences": (sequence(last_value=950),)}),
    "BG199 green": facts(
        {"subscriptions": (subscription("bluegreen_shop_reverse_1"),)}, {"relations": (table(filled=True),)}
    ),
    "BG270 green": facts(trial=Trial(obstacle="there is no pg_dump")),
    "BG271 green": tried(trial.OWNER, "boss"),
    "BG272 green": tried(trial.PRIVILEGE, "FUNCTION public.inner()"),
    "BG273 green": tried(trial.EXTENSION, "pageinspect"),
    "BG274 green": tried(trial.COLLATION, "COLLATION public.elsewhere"),
    "BG275 green": tried(trial.FOREIGN, "FOREIGN DATA WRAPPER far"),
    "BG276 green": tried(trial.OTHER, "VIEW public.old"),
    "BG254 green": facts(refused_files=(MigrationError("BG260", "1_a.up.sql says x", "", "Write y"),)),
    "BG277 green": facts(untried="BG239"),
    "BG278 green": facts(trial=Trial(around=(Surrounding("role", "reader", "", {"role": "reader"}),))),
    "BG285 blue": facts(today=date(2029, 11, 9)),
    "BG287 green": facts(green={"slots": (slot(early_slot("bluegreen_shop_reverse_1"), active_pid=None),)}),
    "BG286 green": replace(facts(), green=Unread(Side.GREEN)),  # type: ignore[arg-type]
    "BG290 green": facts(tried=Tried(NOW, programs=Obstacle("there is no psql", "install it"), backup=WAIVED)),
    "BG291 blue": through(BLOCKS),
    "BG292 blue": through(WARNS),
    "BG293 blue": facts(tried=Tried(NOW, application=Obstacle("refused", "correct it"), backup=WAIVED)),
    "BG289 blue": facts(tried=Tried(NOW, backup=WAIVED, window=Window(NOW - 20, NOW - 10, "from A to B"))),
    "BG294 blue": facts(tried=Tried(NOW, backup=BackupWishes(Backup("the file", None, "it is gone")))),
    "BG295 blue": facts(tried=Tried(NOW, backup=BackupWishes(Backup("the file", NOW - 100_000)))),
    "BG296 blue": facts(tried=Tried(NOW, backup=WAIVED, left=("a write",))),
    "BG298 blue": facts(tried=Tried(NOW, backup=WAIVED, failed_checks=(FailedCheck("web", "no", answered=False),))),
    "BG299 blue": facts(tried=Tried(NOW, backup=WAIVED, failed_checks=(FailedCheck("web", "no"),))),
    "BG901 blue": facts(
        {"publications": (servers.Publication(OURS, all_tables=False, tables=frozenset({USERS})),),
         "relations": (table(), table("late"))},
        {"subscriptions": (subscription(OURS),), "relations": (table(), table("late"))},
    ),
    "BG902 blue": facts({"schema_changers": frozenset({"app"})}),
    "BG903 green": facts(green={"roles": WITHOUT_SIGNALS}),
    "BG904 green": facts(green={"subscriptions": (subscription(OURS, conflicts=2),)}),
    "BG905 blue": facts(
        {"relations": (table(), table("left_out")), "constraints": (reference("left_out"),)},
        excluded=frozenset({TableName("public", "left_out")}),
    ),
    "BG906 green": both(table(leaf=True, partitioning=BOUNDS), table(leaf=True, partitioning=BOUNDS.replace("7", "8"))),
    "BG907 blue": on_blue(columns=(replace(KEY, generated="s"),)),
    "BG907 green": facts({"relations": (table(identity="f", columns=(KEY, column("total", generated="s"))),)}),
    "BG908 green": columns(
        column("total", generated="s", formula="(price * 2)"), column("total", generated="s", formula="(price * 3)")
    ),
    "BG909 green": both(table(rules=("btree (email) WHERE alive",)), table()),
    "BG238 blue": code(major=14),
    "BG239 blue": code(superuser=True, planned=True),
    "BG240 blue": code(planned=True),
}  # fmt: skip
# Faults that bring others with them.
TOGETHER = {
    "BG243 green": (
        facts(
            {
                "relations": (table(identity="f", key_immediate=None, identity_columns=()),),
                "search_indexes": (SearchIndex(USERS, "by_hash", "hash", "id", nullable=True, valid=True),),
            }
        ),
        ["BG243 blue", "BG243 green", "BG148 blue"],
    ),
    "BG280 blue": (
        facts(
            {
                "relations": (table(identity="f", key_immediate=None, uniques=()),),
                "equal_not_the_same": {USERS: ("numeric",)},
            }
        ),
        ["BG148 blue", "BG280 blue"],
    ),
    "BG142 blue": (facts(application_roles=("migrator",)), ["BG142 blue", "BG142 green"]),
    "BG150 green": (
        both(table(), table(identity="f", columns=(KEY, column("phone")))),
        ["BG150 green", "BG184 green"],
    ),
    "BG185 green": (
        Facts(
            "shop",
            side(Side.BLUE, 14, relations=(table(),), roles=roles(role("rds_superuser", inherited=True))),
            side(
                Side.GREEN,
                14,
                relations=(table(columns=(KEY, column("phone"))),),
                roles=roles(role("rds_superuser", inherited=True)),
            ),
        ),
        ["BG185 green"],
    ),
    "BG196 green": (both(table(kind="p"), table()), ["BG196 green", "BG159 blue"]),
}

# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a PostgreSQL server can do, from which major version on, and what is done without it: one table."""

from __future__ import annotations

from enum import Enum


class Capability(Enum):
    """A capability of a server: its first major version, its name, and what a migration does without it.

    Source: release notes of PostgreSQL 12 to 19.
    """

    GENERATED_COLUMNS = (12, "a column is generated", "there are none")
    PARTITION_TREES = (12, "functions walk through a partitioned table", "the catalog is walked through")
    NO_HIDDEN_OIDS = (
        12,
        "a table has no hidden oids",
        "a table WITH OIDS is refused by name: its oids would not be carried over, and no later version has them",
    )
    SHORTEST_FLOATS = (
        12,
        "a float is printed with as few digits as tell it apart",
        "floats are compared by their bytes, and those within composite types and ranges by 15 digits",
    )
    TABLE_ACCESS_METHODS = (12, "a session chooses a table access method and a TCP timeout", "there is one, and none")
    INLINED_QUERIES = (12, "a WITH query is planned with what uses it", "each is computed once")
    SUPPORT_FUNCTIONS = (12, "a function has a support function", "it has none")
    NONDETERMINISTIC_COLLATIONS = (12, "a collation lets different bytes be equal", "none does")
    SHOWN_EXTENDED_STATISTICS = (12, "a view shows extended statistics", "they count as computed with their table")
    COPIED_SLOTS = (
        12,
        "a slot is copied",
        "the way back begins with a slot made while clients are held, and what a stopped link would send is not read",
    )
    SLOT_STATUS = (13, "a slot says whether it has lost WAL", "a slot keeps all of it")
    PARTITIONS_TRIGGERS = (13, "a partition's trigger names its parent", "it counts as the server's own")
    PUBLISHED_AS_ROOT = (
        13,
        "a publication sends a partition's rows as its root's",
        "a consumer's publication sends them as the partition's",
    )
    LONG_TRANSACTION_IDS = (13, "transaction ids have a type of 64 bits", "they are bigint")
    DROP_WITH_FORCE = (13, "a database is dropped with its sessions", "they are ended before")
    TRUSTED_EXTENSIONS = (13, "a plain role creates a trusted extension", "a superuser creates it")
    TRIMMED_NUMBERS = (13, "a function cuts zeros off a number", "they are cut off its text")
    RANDOM_UUIDS = (13, "a function makes a uuid", "it is made of an MD5")
    HASHED_RECORDS = (14, "a whole row is hashed", "its text is hashed, which takes longer")
    IDLE_SESSION_TIMEOUT = (
        14,
        "the server ends an idle session",
        "the session that holds the door shut stays in a transaction, which the server ends",
    )
    CONNECTION_CHECKS = (
        14,
        "the server ends a statement whose client has left",
        "it ends by its own limit",
    )
    ACCESS_TO_ALL_DATA = (14, "predefined roles may read or write everything", "there are none")
    COLUMN_COMPRESSION = (14, "a column has a compression", "pglz is the only one")
    MULTIRANGES = (14, "a range type has a multirange type", "it has none")
    EXPRESSION_STATISTICS = (14, "extended statistics are kept of an expression", "they are kept of columns")
    SLOT_STATISTICS = (14, "a slot counts what it has decoded", "it is not counted")
    PATIENT_TERMINATION = (14, "the end of a session is waited for by the server", "it is waited for by us")
    STREAMED_TRANSACTIONS = (14, "a large transaction is sent before it ends", "it is sent when it ends")
    PINNED_SENDERS = (
        15,
        "a subscription asks for texts that every server reads alike",
        "our connection string asks for them: 11 would send floats with 15 digits",
    )
    JSON_LOG = (15, "a server logs as JSON", "it logs as CSV or as text")
    COLUMN_LISTS = (
        15,
        "a publication names columns and rows",
        "a table with a column that the other side lacks cannot flow back",
    )
    SUBSCRIPTION_ERRORS = (15, "a subscription counts its errors", "errors are not counted")
    STATISTICS_ONCE_READ = (
        15,
        "a row of extended statistics is there once they are computed",
        "extended statistics count as computed once their table has statistics of its own",
    )
    LOCALE_PROVIDERS = (
        15,
        "a database has a locale provider, and remembers its collation's version",
        "the operating system provides the locale, and only single collations are checked for other versions",
    )
    PARAMETER_PRIVILEGES = (15, "the right to set a parameter is granted", "a superuser sets such parameters")
    ORIGIN = (16, "a subscription leaves out what came by another one", "both links are never live at once")
    SUBSCRIBERS = (16, "a role without superuser may subscribe", "the migrator on the subscriber is a superuser")
    APPLY_AS_OWNER = (
        16,
        "a subscription writes as each table's owner",
        "triggers and defaults of replicated rows run as the migrator, so preflight reads their code",
    )
    MEMBERSHIP_OPTIONS = (
        16,
        "a membership says whether it lets SET ROLE and INHERIT, and CREATEROLE gives only what it has",
        "every member may SET ROLE, and CREATEROLE gives CREATEDB but neither REPLICATION nor BYPASSRLS",
    )
    FOREIGN_TRUNCATE_TRIGGERS = (
        16,
        "a foreign table has TRUNCATE triggers",
        "the gate does not stop TRUNCATE of a foreign table",
    )
    SEARCH_BY_ANY_INDEX = (
        16,
        "REPLICA IDENTITY FULL looks for a row by any btree index",
        "such a row is looked for by reading the whole table",
    )
    GENERIC_PLANS = (
        16,
        "EXPLAIN shows a plan for any value of a parameter",
        "a subquery, whose value the planner does not know either, stands for each parameter",
    )
    FAILOVER_SLOTS = (
        17,
        "standbys keep a slot, so that a failover loses no link",
        "after a failover of the publisher the migration starts again",
    )
    MAINTAIN = (17, "MAINTAIN is a privilege", "it is not compared")
    SEARCH_BY_HASH = (17, "REPLICA IDENTITY FULL looks for a row by a hash index, too", "it does not")
    ANALYZE_ONLY = (
        18,
        "ANALYZE ONLY reads a tree of tables as a whole without analyzing each of them again",
        "the tables of a tree are analyzed with it",
    )
    CONFLICT_COUNTERS = (18, "a subscription counts conflicts by kind", "the comparison alone finds lost changes")
    PUBLISHED_GENERATED = (
        18,
        "a publication sends stored generated columns",
        "a consumer's publication leaves them out",
    )
    FULL_WITH_GENERATED_FAILS = (
        18,
        "UPDATE and DELETE fail on a published table with REPLICA IDENTITY FULL and a generated column",
        "they work",
    )
    DECODING_ON_DEMAND = (
        19,
        "the first logical slot lets a server with wal_level = replica write what links need",
        "wal_level is logical, which takes a restart",
    )
    EXCEPT_TABLES = (19, "a publication of all tables leaves some out", "it has every table")
    STANDARD_STRINGS = (
        19,
        "standard_conforming_strings is always on",
        "applications may turn it off, for literals in which a backslash escapes",
    )

    def __init__(self, first: int, title: str, without: str) -> None:
        self.first = first
        self.title = title
        self.without = without

    def of(self, *majors: int) -> bool:
        """Tell whether servers of all these major versions have it; one that is newer than we know has it."""
        return min(majors) >= self.first

    @property
    def in_sql(self) -> str:
        """The condition, for a statement that asks its own server."""
        number = "pg_catalog.current_setting('server_version_num')::pg_catalog.int4"
        return f"{number} OPERATOR(pg_catalog.>=) {self.first}0000"

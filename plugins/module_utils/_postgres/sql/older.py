# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How statements, which are all written for the newest server, read on one without a capability.

Here is what can be spelled differently and means the same. Where a statement has to ask for something else, a function
in its own file chooses.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

from ..._domain.capabilities import Capability

_CHAR = """''::pg_catalog."char\""""
_ARGUMENT = r"((?:[^()]|\((?:[^()]|\([^()]*\))*\))*)"
_NO_SLOT_STATISTICS = """
(SELECT NULL::pg_catalog.text AS slot_name, NULL::pg_catalog.int8 AS spill_txns, NULL::pg_catalog.int8 AS total_txns
 WHERE false)"""
_ANCESTORS = r"""
(WITH RECURSIVE up (relid, place) AS (
     SELECT \1::pg_catalog.oid, 1::pg_catalog.int8
     UNION ALL
     SELECT h.inhparent, u.place + 1
     FROM up u JOIN pg_catalog.pg_class l ON l.oid = u.relid AND l.relispartition
     JOIN pg_catalog.pg_inherits h ON h.inhrelid = u.relid)
 SELECT relid, place FROM up) AS a (relid, place)"""
_TREE = r"""
(WITH RECURSIVE tree (relid) AS (
     SELECT (\1)::pg_catalog.oid
     UNION ALL
     SELECT h.inhrelid FROM tree u JOIN pg_catalog.pg_inherits h ON h.inhparent = u.relid
     JOIN pg_catalog.pg_class l ON l.oid = h.inhrelid AND l.relispartition)
 SELECT u.relid, l.relkind <> 'p' AS isleaf FROM tree u JOIN pg_catalog.pg_class l ON l.oid = u.relid)"""
_WITHOUT_ZEROS = (
    r"CASE WHEN pg_catalog.strpos((\1)::pg_catalog.text, '.') > 0"
    r" THEN pg_catalog.rtrim(pg_catalog.rtrim((\1)::pg_catalog.text, '0'), '.')::pg_catalog.numeric ELSE \1 END"
)

# What is looked for, as a regular expression, and what stands in its place.
_WITHOUT: dict[Capability, tuple[tuple[str, str], ...]] = {
    Capability.GENERATED_COLUMNS: ((r"\b\w+\.attgenerated\b", _CHAR),),
    Capability.PARTITION_TREES: (
        (r"pg_catalog\.pg_partition_ancestors\((\w+\.oid)\) WITH ORDINALITY AS a \(relid, place\)", _ANCESTORS),
        (rf"pg_catalog\.pg_partition_tree\({_ARGUMENT}\)", _TREE),
    ),
    Capability.NO_HIDDEN_OIDS: (
        (r"SELECT (\w+)\.\* FROM ((?:plain p JOIN )?)pg_catalog\.pg_type \1\b",
         r"SELECT \1.oid, \1.* FROM \2pg_catalog.pg_type \1"),
        (r"SELECT \* FROM ((?:pg_catalog\.)?pg_database)\b", r"SELECT oid, * FROM \1"),
    ),
    Capability.INLINED_QUERIES: (
        (r"\bAS MATERIALIZED\b", "AS"),
        (r"SET plan_cache_mode = force_generic_plan; ", ""),
    ),
    Capability.SUPPORT_FUNCTIONS: ((r"\b\w+\.prosupport\b", "0::pg_catalog.oid"),),
    Capability.NONDETERMINISTIC_COLLATIONS: ((r"\b\w+\.collisdeterministic\b", "true"),),
    # The branch that asks for it is not taken there.
    Capability.SHOWN_EXTENDED_STATISTICS: (
        (r"pg_catalog\.pg_stats_ext\b",
         "(SELECT NULL::pg_catalog.name AS statistics_schemaname, NULL::pg_catalog.name AS statistics_name)"),
    ),
    Capability.SLOT_STATUS: (
        (r"\b(\w+)\.wal_status\b", r"(CASE WHEN \1.restart_lsn IS NOT NULL THEN 'reserved' END)"),
    ),
    Capability.PARTITIONS_TRIGGERS: ((r"\b\w+\.tgparentid\b", "0::pg_catalog.oid"),),
    Capability.LONG_TRANSACTION_IDS: (
        (r"\bpg_current_xact_id\(", "txid_current("),
        (r"\bpg_current_snapshot\(", "txid_current_snapshot("),
        (r"\bpg_snapshot_(xmin|xmax|xip)\(", r"txid_snapshot_\1("),
    ),
    Capability.DROP_WITH_FORCE: ((r" WITH \(FORCE\)", ""),),
    Capability.TRUSTED_EXTENSIONS: ((r"\b\w+\.trusted\b", "false"),),
    Capability.TRIMMED_NUMBERS: ((r"pg_catalog\.trim_scale\(([^()]*)\)", _WITHOUT_ZEROS),),
    Capability.RANDOM_UUIDS: (
        (r"pg_catalog\.gen_random_uuid\(\)",
         "pg_catalog.md5(pg_catalog.random()::text || pg_catalog.clock_timestamp()::text)::pg_catalog.uuid"),
    ),
    Capability.HASHED_RECORDS: (
        (r"pg_catalog\.hash_record_extended\(ROW\(([^()]*)\), ",
         r"pg_catalog.hashtextextended(ROW(\1)::pg_catalog.text, "),
    ),
    Capability.IDLE_SESSION_TIMEOUT: ((r"\('idle_session_timeout', '0'\),\s*", ""),),
    Capability.CONNECTION_CHECKS: ((r",\s*\('client_connection_check_interval', '1s'\)", ""),),
    Capability.ACCESS_TO_ALL_DATA: ((r"pg_catalog\.pg_has_role\(\w+\.oid, 'pg_write_all_data', 'MEMBER'\)", "false"),),
    Capability.COLUMN_COMPRESSION: (
        (r"\b\w+\.attcompression\b", _CHAR),
        # Whether a value is compressed is unknown: it counts as one that is.
        (r"pg_catalog\.pg_column_compression\([^()]*\)", "'pglz'"),
    ),
    Capability.MULTIRANGES: ((r"\b\w+\.rngmultitypid\b", "0::pg_catalog.oid"),),
    Capability.EXPRESSION_STATISTICS: ((r"\b\w+\.stxexprs\b", "NULL::pg_catalog.pg_node_tree"),),
    Capability.SLOT_STATISTICS: ((r"(?:pg_catalog\.)?\bpg_stat_replication_slots\b", _NO_SLOT_STATISTICS),),
    Capability.PATIENT_TERMINATION: (
        (r"(pg_catalog\.pg_terminate_backend\(\w+), 5000\)", r"\1), pg_catalog.pg_sleep(1)"),
    ),
}  # fmt: skip


def spelled_for(statement: str, major: int) -> str:
    """Return the statement as a server of that major version understands it."""
    return _spelled(statement, major) if _changes(major) else statement


@cache
def _changes(major: int) -> tuple[tuple[re.Pattern[str], str], ...]:
    lacking = (changes for capability, changes in _WITHOUT.items() if not capability.of(major))
    return tuple((re.compile(pattern), instead) for changes in lacking for pattern, instead in changes)


@lru_cache(maxsize=1024)
def _spelled(statement: str, major: int) -> str:
    for pattern, instead in _changes(major):
        statement = pattern.sub(instead, statement)
    return statement

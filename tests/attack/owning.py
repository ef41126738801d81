# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an owner does with his own tables, schemas and database, at any time."""

from __future__ import annotations

from tests.attack.attacks import Attack, Claim, Draw, Generator, insert
from tests.attack.plants import planted

_DATABASE_SETTINGS = (
    "role = {attacker}", "search_path = stall, public, pg_catalog", "session_replication_role = replica",
    "statement_timeout = '50ms'", "lock_timeout = '1ms'", "row_security = off", "standard_conforming_strings = off",
    "DateStyle = 'German'", "bytea_output = escape", "IntervalStyle = sql_standard", "TimeZone = 'Asia/Kathmandu'",
    "default_transaction_isolation = serializable", "default_transaction_read_only = off", "array_nulls = off",
    "idle_in_transaction_session_timeout = '20ms'", "client_min_messages = log", "quote_all_identifiers = on",
    "transform_null_equals = on", "extra_float_digits = 0", "check_function_bodies = off", "jit = on",
    "default_transaction_deferrable = on", "synchronous_commit = off", "event_triggers = off",
)  # fmt: skip


def mends_rows(draw: Draw) -> Attack:
    """Repair rows with triggers disabled, in one transaction: a common practice that bypasses the gate."""
    claim = draw.claim(draw.own_table())
    off = draw.pick("DISABLE TRIGGER USER", "DISABLE TRIGGER bluegreen_gate", "ENABLE REPLICA TRIGGER bluegreen_gate")
    on = "ENABLE TRIGGER USER"
    table = claim.table
    first, last = f"ALTER TABLE {table} {off}", f"ALTER TABLE {table} {on}"
    steps = ("BEGIN", first, draw.hold(), insert(claim), last, draw.hold(), "COMMIT")
    return Attack("rows mended without triggers", steps, (last,), (claim,), tampers=True)


def drops_gate(draw: Draw) -> Attack:
    """Drop or rename the gate, write, and leave it like that."""
    claim = draw.claim(draw.own_table())
    first = draw.pick(
        f"DROP TRIGGER bluegreen_gate ON {claim.table}",
        f"ALTER TRIGGER bluegreen_gate ON {claim.table} RENAME TO mallory_gate",
        f"ALTER TABLE {claim.table} DISABLE TRIGGER USER",
        f"ALTER TABLE {claim.table} ENABLE REPLICA TRIGGER bluegreen_gate",
    )
    undo = (f"ALTER TABLE {claim.table} ENABLE TRIGGER USER", f"DROP TRIGGER IF EXISTS mallory_gate ON {claim.table}")
    return Attack("gate taken off", (first, insert(claim), draw.hold()), undo, (claim,), tampers=True, mends_gate=True)


def partitions(draw: Draw) -> Attack:
    """Attach and detach partitions, some of them uncommitted for a while."""
    name, year = f"stall.{draw.name()}", draw.chance.randint(2030, 2900)
    make = f"CREATE TABLE {name} PARTITION OF stall.parts FOR VALUES FROM ('{year}-01-01') TO ('{year + 1}-01-01')"
    token = draw.claim(name).token
    fill = f"INSERT INTO stall.parts (token, day) VALUES ('{token}', '{year}-02-01')"
    end = draw.pick("COMMIT", "ROLLBACK")
    claims = (Claim("stall.parts", token),) if end == "COMMIT" else ()
    steps = ("BEGIN", make, fill, draw.hold(), end)
    return Attack("partition", steps, (f"DROP TABLE IF EXISTS {name}",), claims, tampers=True)


def detaches(draw: Draw) -> Attack:
    """Detach a partition, write to it, and attach it again."""
    claim = draw.claim("stall.parts_2026")
    attach = (
        "ALTER TABLE stall.parts ATTACH PARTITION stall.parts_2026 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')"
    )
    detach = "ALTER TABLE stall.parts DETACH PARTITION stall.parts_2026"
    steps = ("BEGIN", detach, insert(claim), draw.hold(), attach, "COMMIT")
    return Attack("partition detached", steps, (attach,), (claim,), tampers=True)


def renames(draw: Draw) -> Attack:
    """Rename a table, move it to another schema or change its properties, and back."""
    table = draw.pick("stall.goods", "stall.worn")
    bare = table.partition(".")[2]
    there, back = draw.chance.choice((
        (f"ALTER TABLE {table} RENAME TO {bare}_mallory", f"ALTER TABLE stall.{bare}_mallory RENAME TO {bare}"),
        (f"ALTER TABLE {table} SET SCHEMA shared", f"ALTER TABLE shared.{bare} SET SCHEMA stall"),
        (f"ALTER TABLE {table} SET UNLOGGED", f"ALTER TABLE {table} SET LOGGED"),
        (f"ALTER TABLE {table} REPLICA IDENTITY NOTHING", f"ALTER TABLE {table} REPLICA IDENTITY DEFAULT"),
        (f"ALTER TABLE {table} REPLICA IDENTITY FULL", f"ALTER TABLE {table} REPLICA IDENTITY DEFAULT"),
        (f"ALTER TABLE {table} ADD COLUMN mallory int", f"ALTER TABLE {table} DROP COLUMN mallory"),
        (f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY",
         f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY"),
        (f"COMMENT ON TABLE {table} IS 'bluegreen'", f"COMMENT ON TABLE {table} IS NULL"),
        (f"ALTER TABLE {table} OWNER TO {draw.names.owner}", f"ALTER TABLE {table} OWNER TO {draw.names.attacker}"),
        (f"CREATE RULE mallory AS ON DELETE TO {table} DO INSTEAD NOTHING", f"DROP RULE IF EXISTS mallory ON {table}"),
        (f"CREATE RULE mallory AS ON INSERT TO {table} DO ALSO NOTIFY x", f"DROP RULE IF EXISTS mallory ON {table}"),
        (f"ALTER TABLE {table} ADD CONSTRAINT mallory FOREIGN KEY (id) REFERENCES ledger.chaff NOT VALID",
         f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS mallory"),
    ))  # fmt: skip
    return Attack("table changed", (there, draw.hold(), back), (back,))


def code_on_own(draw: Draw) -> Attack:
    """Put one's own code on a table that has rows."""
    table, name = draw.pick("stall.goods", "stall.worn"), draw.name()
    call = f"stall.{name}"
    make, undo = draw.chance.choice((
        (f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({call}(token) IS NOT NULL)",
         f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {name}"),
        (f"ALTER TABLE {table} ALTER token SET DEFAULT {call}('x')", f"ALTER TABLE {table} ALTER token DROP DEFAULT"),
        (f"CREATE INDEX {name}_i ON {table} ({call}(token))", f"DROP INDEX IF EXISTS stall.{name}_i"),
        ((f"CREATE POLICY {name} ON {table} USING ({call}(token) IS NOT NULL); "
         f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY"),
         (f"DROP POLICY IF EXISTS {name} ON {table}; "
         f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY")),
    ))  # fmt: skip
    steps = (planted(draw.names, f"{call}(text)", "text", "$1"), make, draw.hold())
    return Attack("code on own table", steps, (undo, f"DROP FUNCTION IF EXISTS {call}(text) CASCADE"))


def always_trigger(draw: Draw) -> Attack:
    """Put a trigger on one's own table that also fires for replicated rows and copies."""
    table, name = draw.own_table(), draw.name()
    steps = (
        planted(draw.names, f"stall.{name}", "trigger", "NEW"),
        f"CREATE TRIGGER {name} BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION stall.{name}()",
        f"ALTER TABLE {table} ENABLE {draw.pick('ALWAYS', 'REPLICA')} TRIGGER {name}",
        draw.hold(),
    )
    undo = (f"DROP TRIGGER IF EXISTS {name} ON {table}", f"DROP FUNCTION IF EXISTS stall.{name}() CASCADE")
    return Attack("always trigger", steps, undo)


def revokes(draw: Draw) -> Attack:
    """Revoke privileges from the migrator, and grant them again."""
    attacker, migrator, database = draw.names.attacker, draw.names.migrator, draw.names.database
    table, application = draw.own_table(), draw.names.application
    there, back = draw.chance.choice((
        (f"REVOKE ALL ON {table} FROM {migrator}, {application}", f"GRANT ALL ON {table} TO {application}"),
        (f"REVOKE {attacker} FROM {migrator}", f"GRANT {attacker} TO {migrator}"),
        (f"REVOKE ALL ON SCHEMA stall FROM {attacker}", f"GRANT ALL ON SCHEMA stall TO {attacker}"),
        (f"REVOKE CREATE ON DATABASE {database} FROM {attacker}", f"GRANT CREATE ON DATABASE {database} TO {attacker}"),
        (f"REVOKE ALL ON {table} FROM {attacker}", f"GRANT ALL ON {table} TO {attacker}"),
        (f"ALTER DATABASE {database} CONNECTION LIMIT 5", f"ALTER DATABASE {database} CONNECTION LIMIT -1"),
    ))  # fmt: skip
    return Attack("rights taken", (there, draw.hold(), back), (back,))


def database_setting(draw: Draw) -> Attack:
    """Set a default for every new session of the database."""
    setting = draw.pick(*_DATABASE_SETTINGS).format(attacker=draw.names.attacker)
    reset = f"ALTER DATABASE {draw.names.database} RESET {setting.partition(' ')[0]}"
    # The signpost is ours: removing it only misleads libpq, and we set it again.
    undo = () if setting.startswith("default_transaction_read_only") else (reset,)
    steps = (f"ALTER DATABASE {draw.names.database} SET {setting}", draw.hold() + draw.hold(), *undo)
    return Attack("database setting", steps, undo)


OWNING: tuple[Generator, ...] = (
    mends_rows, mends_rows, drops_gate, partitions, detaches, renames, code_on_own, always_trigger, revokes,
    database_setting, database_setting,
)  # fmt: skip

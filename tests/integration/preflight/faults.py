# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults to plant on real servers, by the finding that preflight must report."""

from __future__ import annotations

from dataclasses import dataclass

from psycopg2 import sql

from tests.fixtures.databases import Database, RoleName

USERS = "CREATE TABLE users (id integer PRIMARY KEY, name text)"


@dataclass(frozen=True)
class Fault:
    """Statements for both sides, what they lead to (`BG145 blue`), and the objects that the first finding names.

    Names in braces (schema, database, owner, app, migrator, reader) become quoted identifiers. `by` runs them.
    """

    expected: tuple[str, ...]
    objects: tuple[str, ...] = ()
    blue: tuple[str, ...] = ()
    green: tuple[str, ...] = ()
    by: RoleName = "owner"

    def plant(self, blue: Database, green: Database, schema: str = "public") -> None:
        """Run the statements, what they create going to the schema."""
        for database, statements in ((blue, self.blue), (green, self.green)):
            if statements:
                _run(database, statements, self.by, schema)


def plant_all(faults: list[Fault], blue: Database, green: Database) -> dict[str, set[str] | None]:
    """Plant them all, each in a schema of its own, and return the findings to come.

    Each code and side comes with the objects that it names, or `None` where a fault does not say which.
    """
    expected: dict[str, set[str] | None] = {}
    for number, fault in enumerate(faults):
        schema = f"fault_{number}"
        fault.plant(blue, green, schema)
        for finding in fault.expected:
            known = expected.get(finding, set())
            named = {name.replace("public.", f"{schema}.") for name in fault.objects}
            exact = known is not None and named and finding == fault.expected[0]
            expected[finding] = known | named if exact and known is not None else None
    return expected


def _run(database: Database, statements: tuple[str, ...], by: RoleName, schema: str) -> None:
    names = {str(role): sql.Identifier(account.name) for role, account in database.roles.items()}
    names |= {"reader": sql.Identifier(f"{database.roles['app'].name}_reader"), "schema": sql.Identifier(schema)}
    names["database"] = sql.Identifier(database.name)
    preparation = ["SET search_path = {schema}"]
    if schema != "public":
        preparation.insert(0, "CREATE SCHEMA {schema} AUTHORIZATION {owner}")
    # As a superuser: it replaces what is not possible here, such as another C library.
    if by == "superuser":
        preparation.append("SET allow_system_table_mods = on")
    opened = database.connect(by)
    with opened.cursor() as cursor:
        for statement in (*preparation, *statements):
            cursor.execute(sql.SQL(statement).format(**names))
    opened.close()


def on_blue(expected: str, *statements: str, objects: tuple[str, ...] = (), by: RoleName = "owner") -> Fault:
    """Return a fault of blue alone."""
    return Fault((expected,), objects, blue=statements, by=by)


def on_both(
    expected: str, blue: tuple[str, ...] | str, green: tuple[str, ...] | str, objects: tuple[str, ...] = ()
) -> Fault:
    """Return a difference between two schemas."""
    each = [(one,) if isinstance(one, str) else one for one in (blue, green)]
    return Fault((expected,), objects, blue=each[0], green=each[1])


ODD = 'CREATE SCHEMA "Odd ""Name"""'
ODD_USERS = '"Odd ""Name"""."Users"'

# Objects in the database.
OBJECTS = [
    on_blue("BG145 blue", "CREATE TABLE visits (at text)", objects=("public.visits",)),
    on_blue("BG145 blue", ODD, f"CREATE TABLE {ODD_USERS} (at text)", objects=(ODD_USERS,)),
    on_blue("BG145 blue", USERS, "ALTER TABLE users REPLICA IDENTITY NOTHING", objects=("public.users",)),
    on_blue("BG146 blue", "CREATE TABLE t (id int PRIMARY KEY DEFERRABLE)", objects=("public.t",)),
    on_blue(
        "BG147 blue",
        "CREATE TABLE t (id int NOT NULL)",
        "CREATE UNIQUE INDEX gone ON t (id)",
        "ALTER TABLE t REPLICA IDENTITY USING INDEX gone",
        "DROP INDEX gone",
        objects=("public.t",),
    ),
    Fault(
        ("BG148 blue", "BG243 blue", "BG243 green"), ("public.t",),
        blue=("CREATE TABLE t (a int)", "ALTER TABLE t REPLICA IDENTITY FULL", "CREATE INDEX ON t USING hash (a)"),
    ),
    on_blue("BG149 blue", "CREATE TABLE t (a json[])", "ALTER TABLE t REPLICA IDENTITY FULL", objects=("public.t",)),
    Fault(
        ("BG148 blue", "BG280 blue"), ("public.t",),
        blue=("CREATE TABLE t (a numeric)", "ALTER TABLE t REPLICA IDENTITY FULL"),
    ),
    on_blue("BG151 blue", "CREATE UNLOGGED TABLE cache (id int PRIMARY KEY)", objects=("public.cache",)),
    on_blue("BG152 blue", "SELECT lo_create(0)", objects=("pg_largeobject",)),
    on_blue(
        "BG153 blue",
        "CREATE FOREIGN DATA WRAPPER remote",
        "CREATE SERVER far FOREIGN DATA WRAPPER remote",
        "CREATE FOREIGN TABLE elsewhere (a int) SERVER far",
        objects=("public.elsewhere",),
        by="superuser",
    ),
    on_blue(
        "BG705 blue",
        "CREATE TABLE queue (id int)",
        "ALTER TABLE queue OWNER TO {owner}",
        "ALTER EXTENSION plpgsql ADD TABLE queue",
        objects=("public.queue",),
        by="superuser",
    ),
    Fault(
        ("BG705 blue", "BG706 blue"), ("public.jobs",),
        blue=("CREATE TABLE jobs (id int)", "GRANT DELETE ON jobs TO {app}", "CREATE TABLE known (id int)",
              "GRANT SELECT ON known TO {app}", "ALTER EXTENSION plpgsql ADD TABLE jobs",
              "ALTER EXTENSION plpgsql ADD TABLE known"),
        by="superuser",
    ),
    on_blue("BG154 blue", "CREATE MATERIALIZED VIEW sums AS SELECT 1 AS one", objects=("public.sums",)),
    *(
        on_blue(
            "BG155 blue",
            USERS,
            "CREATE FUNCTION act() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
            "CREATE TRIGGER audit AFTER INSERT ON users FOR EACH ROW EXECUTE FUNCTION act()",
            f"ALTER TABLE users ENABLE {when} TRIGGER audit",
            objects=('public.users "audit"',),
        )
        for when in ("ALWAYS", "REPLICA")
    ),
    on_blue(
        "BG156 blue",
        "CREATE FUNCTION watch() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'",
        "CREATE EVENT TRIGGER watcher ON ddl_command_start EXECUTE FUNCTION watch()",
        objects=("watcher",),
        by="superuser",
    ),
    on_blue(
        "BG157 blue", USERS, "ALTER TABLE users ADD CONSTRAINT sane CHECK (id > 0) NOT VALID",
        objects=('public.users "sane"',),
    ),
    on_blue(
        "BG158 blue", USERS, "ALTER TABLE users ADD CONSTRAINT self FOREIGN KEY (id) REFERENCES users NOT VALID",
        objects=('public.users "self"',),
    ),
    on_blue(
        "BG159 blue",
        "CREATE TABLE parts (id int PRIMARY KEY) PARTITION BY RANGE (id)",
        "CREATE TABLE part PARTITION OF parts DEFAULT",
        objects=("public.parts",),
    ),
    on_blue(
        "BG198 blue",
        "CREATE SEQUENCE s AS smallint", "SELECT setval('s', 32000)", "CREATE SEQUENCE t AS smallint CYCLE",
        "SELECT setval('t', 32000)", "CREATE SEQUENCE set AS smallint", "SELECT setval('set', 32000, false)",
        objects=("public.s", 'public.set'),
    ),
    Fault(
        ("BG905 blue", "BG151 blue"), ('public.loose "goes"',),
        blue=("CREATE TABLE kept (id int PRIMARY KEY)",
              "CREATE UNLOGGED TABLE loose (id int PRIMARY KEY CONSTRAINT goes REFERENCES kept)"),
    ),
    on_blue(
        "BG907 blue",
        "CREATE TABLE made (a int, id int GENERATED ALWAYS AS (a * 2) STORED PRIMARY KEY)", objects=("public.made",),
    ),
    on_blue(
        "BG907 blue",
        "CREATE TABLE made (id int GENERATED ALWAYS AS (1) STORED PRIMARY KEY)", objects=("public.made",),
    ),
    on_blue(
        "BG907 green",
        "CREATE TABLE sums (a int PRIMARY KEY, b int GENERATED ALWAYS AS (a * 2) STORED)",
        "ALTER TABLE sums REPLICA IDENTITY FULL",
        objects=("public.sums",),
    ),
    on_blue("BG902 blue", "GRANT {owner} TO {app}", by="superuser"),
    on_blue("BG136 green", "CREATE ROLE {reader}", "GRANT USAGE ON SCHEMA {schema} TO {reader}", by="superuser"),
    Fault(
        ("BG139 blue", "BG140 blue"),
        ("public.users",),
        blue=(USERS, "ALTER TABLE users ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY"),
    ),
]  # fmt: skip

# Other users of the database.
NEIGHBOURS = [
    on_blue("BG160 blue", "CREATE PUBLICATION everything FOR ALL TABLES", objects=("everything",), by="superuser"),
    on_blue("BG161 blue", USERS, "CREATE PUBLICATION partial FOR TABLE users", objects=("partial",)),
    Fault(
        ("BG162 green",),
        ("feed",),
        green=("CREATE SUBSCRIPTION feed CONNECTION 'dbname=x' PUBLICATION x WITH (connect=false, slot_name=NONE)",),
        by="superuser",
    ),
    on_blue(
        "BG179 green", "ALTER DATABASE {database} SET search_path = 'shop', public",
        "ALTER ROLE {app} IN DATABASE {database} SET work_mem = '8MB'",
        "ALTER DATABASE {database} SET default_transaction_read_only = off",
        by="superuser",
    ),
    on_blue("BG025 blue", "ALTER ROLE {migrator} SET role = {owner}", by="superuser"),
    on_blue("BG244 blue", "ALTER ROLE {migrator} SET zero_damaged_pages = on", by="superuser"),
    on_blue("BG026 blue", "ALTER ROLE {migrator} SET session_preload_libraries = 'auto_explain'", by="superuser"),
    on_blue("BG112 blue", "ALTER ROLE {migrator} CONNECTION LIMIT 5", by="superuser"),
    on_blue("BG114 blue", "ALTER ROLE {migrator} SET wal_sender_timeout = '5s'", by="superuser"),
    on_blue("BG116 blue", "ALTER ROLE {migrator} SET statement_timeout = '1min'", by="superuser"),
    on_blue("BG119 green", "ALTER ROLE {migrator} SET array_nulls = off", by="superuser"),
    on_blue("BG143 blue", "ALTER ROLE {app} SUPERUSER", by="superuser"),
    on_blue("BG250 blue", "ALTER ROLE {app} SET session_replication_role = replica", by="superuser"),
    on_blue("BG251 blue", "ALTER ROLE {app} SET default_transaction_read_only = off", by="superuser"),
    on_blue(
        "BG178 blue", "UPDATE pg_database SET datcollversion = '0' WHERE datname = current_database()", by="superuser"
    ),
    on_blue("BG138 blue", "CREATE SCHEMA bluegreen", objects=("bluegreen",), by="superuser"),
    on_blue("BG172 blue", "CREATE EXTENSION pg_trgm VERSION '1.3'", objects=("pg_trgm 1.3",), by="superuser"),
    on_blue(
        "BG170 green", "CREATE EXTENSION cube", "UPDATE pg_extension SET extname = 'postgis' WHERE extname = 'cube'",
        objects=("postgis",), by="superuser",
    ),
    on_blue(
        "BG171 green", "CREATE EXTENSION seg", "UPDATE pg_extension SET extversion = '99' WHERE extname = 'seg'",
        objects=("seg 1.4",), by="superuser",
    ),
    Fault(
        ("BG173 blue",), ("pg_cron",),
        blue=("CREATE EXTENSION isn", "UPDATE pg_extension SET extname = 'pg_cron' WHERE extname = 'isn'"),
        green=("CREATE EXTENSION isn", "UPDATE pg_extension SET extname = 'pg_cron' WHERE extname = 'isn'"),
        by="superuser",
    ),
    Fault(
        ("BG174 blue",), ("citext",),
        blue=("CREATE EXTENSION citext", "UPDATE pg_extension SET extconfig = ARRAY[1::oid] WHERE extname = 'citext'"),
        by="superuser",
    ),
]  # fmt: skip

# What the role in use lacks.
PRIVILEGES = [
    on_blue("BG130 blue", "ALTER ROLE {migrator} NOREPLICATION", by="superuser"),
    Fault(("BG131 green",), green=("REVOKE pg_create_subscription FROM {migrator}",), by="superuser"),
    on_blue("BG903 blue", "REVOKE pg_signal_backend FROM {migrator}", by="superuser"),
    on_blue("BG127 blue", "REVOKE pg_monitor FROM {migrator}", by="superuser"),
    Fault(
        ("BG132 green", "BG133 green"),
        green=("ALTER DATABASE {database} OWNER TO postgres",),
        by="superuser",
    ),
    Fault(
        ("BG133 green",),
        green=("ALTER DATABASE {database} OWNER TO postgres", "GRANT CREATE ON DATABASE {database} TO {migrator}"),
        by="superuser",
    ),
    Fault(
        ("BG134 blue", "BG902 blue"), ("public.s", "public.users"),
        blue=(USERS, "ALTER TABLE users OWNER TO {app}", "CREATE SEQUENCE s", "ALTER SEQUENCE s OWNER TO {app}"),
        green=("GRANT {app} TO {migrator}",),
        by="superuser",
    ),
    Fault(
        ("BG135 green",),
        blue=("CREATE TABLE users (id int PRIMARY KEY)", "ALTER TABLE users OWNER TO {owner}"),
        green=("GRANT {owner} TO {migrator} WITH SET FALSE",),
        by="superuser",
    ),
    Fault(
        ("BG140 blue",),
        ("public.users",),
        blue=(
            "CREATE TABLE users (id int PRIMARY KEY)", "ALTER TABLE users OWNER TO {owner}",
            "ALTER TABLE users ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY", "ALTER ROLE {migrator} BYPASSRLS",
        ),
        by="superuser",
    ),
]  # fmt: skip

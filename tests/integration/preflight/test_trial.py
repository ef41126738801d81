# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A trial restore: one run names every statement that green would refuse, and nothing of it remains."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path
from typing import Any

import pytest
from psycopg2 import sql

from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.schema.dump import SchemaCopier
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.session import Session
from tests.fixtures.databases import Database, DatabaseFactory
from tests.fixtures.dumps import dump_of
from tests.fixtures.modules import ModuleRunner
from tests.fixtures.servers import ServerFactory
from tests.integration.preflight.test_preflight import SCHEMA

TRIED = ("BG270", "BG271", "BG272", "BG273", "BG274", "BG275", "BG276", "BG277", "BG278")
# Each stands for a cause: what it is found as, and whom it names.
CAUSES = {
    "CREATE VIEW of_postgres AS SELECT 1 AS one": ("BG271 green", "postgres"),
    "CREATE FUNCTION inner_code(float8) RETURNS float8 LANGUAGE internal STRICT AS 'dsin'": (
        "BG272 green", "FUNCTION public.inner_code(double precision)",
    ),
    "CREATE FUNCTION sealed() RETURNS int LANGUAGE sql LEAKPROOF AS 'SELECT 1'": (
        "BG272 green", "FUNCTION public.sealed()",
    ),
    "CREATE CAST (int4 AS point) WITH INOUT": ("BG272 green", "CAST CAST (integer AS point)"),
    "CREATE TEXT SEARCH TEMPLATE plain (LEXIZE = dsimple_lexize)": (
        "BG272 green", "TEXT SEARCH TEMPLATE public.plain",
    ),
    "CREATE OPERATOR FAMILY ours USING btree": ("BG272 green", "OPERATOR FAMILY public.ours"),
    "CREATE OPERATOR CLASS mine FOR TYPE int4 USING btree FAMILY ours AS FUNCTION 1 btint4cmp(int4, int4)": (
        "BG272 green", "OPERATOR CLASS public.mine",
    ),
    "CREATE EXTENSION pageinspect": ("BG273 green", "pageinspect"),
    "CREATE EXTENSION file_fdw": ("BG273 green", "file_fdw"),
    "CREATE COLLATION elsewhere (PROVIDER = libc, LOCALE = 'C.UTF-8');"
    "UPDATE pg_collation SET collcollate = 'xx_XX', collctype = 'xx_XX' WHERE collname = 'elsewhere'": (
        "BG274 green", "COLLATION public.elsewhere",
    ),
    "CREATE FOREIGN DATA WRAPPER far": ("BG275 green", "FOREIGN DATA WRAPPER far"),
    "CREATE ACCESS METHOD other TYPE TABLE HANDLER heap_tableam_handler": ("BG275 green", "ACCESS METHOD other"),
    "CREATE FUNCTION pg_catalog.given_up() RETURNS int LANGUAGE sql AS 'SELECT 1';"
    "CREATE VIEW old AS SELECT pg_catalog.given_up() AS one": ("BG276 green", "VIEW public.old"),
}  # fmt: skip


@pytest.fixture
def pair(database: DatabaseFactory) -> tuple[Database, Database]:
    """Give 17 and 18, with a schema on blue."""
    blue, green = database(17), database(18)
    blue.query(SCHEMA, role="owner")
    return blue, green


def tried(run_module: ModuleRunner, blue: Database, green: Database, **parameters: Any) -> dict[str, set[str]]:
    """Return the objects of each finding of the trial."""
    arguments = {
        "migration": "shop", "blue": blue.endpoint(), "green": green.endpoint(),
        "application_roles": [blue.roles["app"].name], "trial_restore": True,
        "pg_bindir": str(green.server.pg_bin), **parameters,
    }  # fmt: skip
    result = run_module("preflight_info", arguments)
    assert not result.get("failed"), result
    assert run_module("preflight_info", arguments, check=True)["blocked"] == result["blocked"]
    return {f"{one['code']} {one['side']}": set(one["objects"]) for one in result["findings"] if one["code"] in TRIED}


def test_extensions_are_tried_in_the_versions_of_the_users_choice(
    pair: tuple[Database, Database], run_module: ModuleRunner
) -> None:
    blue, green = pair
    owner = sql.Identifier(blue.roles["owner"].name)
    blue.query(sql.SQL('CREATE SCHEMA "my words" AUTHORIZATION {}').format(owner))
    blue.query('CREATE EXTENSION pg_trgm SCHEMA "my words"; CREATE EXTENSION hstore; CREATE EXTENSION cube')
    blue.query("CREATE TABLE named (id int PRIMARY KEY, name text)", role="owner")
    blue.query('CREATE INDEX ON named USING gin (name "my words".gin_trgm_ops)', role="owner")
    before = dump_of(green)
    chosen = {"pg_trgm": "1.4", "hstore": "1.4"}
    assert tried(run_module, blue, green, extension_versions=chosen) == {}
    lacking = {**chosen, "cube": "77", "postgis": "3"}
    expected = {"BG273 green": {"cube 77", "postgis 3"}}
    assert tried(run_module, blue, green, extension_versions=lacking) == expected
    assert dump_of(green) == before


def test_twelve_causes_are_twelve_names_in_one_run(pair: tuple[Database, Database], run_module: ModuleRunner) -> None:
    blue, green = pair
    opened = blue.connect()
    expected: dict[str, set[str]] = {}
    with opened.cursor() as cursor:
        cursor.execute("SET allow_system_table_mods = on")
        for statement, (finding, name) in CAUSES.items():
            cursor.execute(statement)
            expected.setdefault(finding, set()).add(name)
        # What needs one of them fails as well, and is no cause.
        cursor.execute("CREATE VIEW older AS SELECT * FROM old; CREATE TABLE mixed (a text COLLATE elsewhere)")
        cursor.execute(sql.SQL("ALTER TABLE mixed OWNER TO {}").format(sql.Identifier(blue.roles["owner"].name)))
    before = dump_of(blue), dump_of(green)

    assert tried(run_module, blue, green) == expected
    assert (dump_of(blue), dump_of(green)) == before


def test_a_schema_that_green_takes_is_no_finding_and_leaves_nothing(
    pair: tuple[Database, Database], run_module: ModuleRunner
) -> None:
    blue, green = pair
    newcomer = f"{blue.roles['app'].name}_newcomer"
    blue.query(sql.SQL("CREATE ROLE {0}; GRANT SELECT ON users TO {0}").format(sql.Identifier(newcomer)))
    green.query(sql.SQL("ALTER ROLE {} CREATEROLE").format(sql.Identifier(green.roles["migrator"].name)))
    assert tried(run_module, blue, green) == {"BG278 green": {f"role {newcomer}"}}
    assert green.query("SELECT FROM pg_roles WHERE rolname = %s", newcomer) == []
    assert green.query("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace") == []


def test_what_keeps_it_from_being_tried_is_a_finding(
    pair: tuple[Database, Database], run_module: ModuleRunner, tmp_path: Path
) -> None:
    blue, green = pair
    assert set(tried(run_module, blue, green, pg_bindir=str(tmp_path))) == {"BG270 green"}
    green.query("CREATE SCHEMA bluegreen")
    assert set(tried(run_module, blue, green)) == {"BG277 green"}


def test_many_refusals_are_told_each_and_the_rest_is_tried(
    pair: tuple[Database, Database], run_module: ModuleRunner
) -> None:
    """A batch that holds a refusal is divided; what follows it in the same batch is not lost."""
    blue, green = pair
    opened = blue.connect()
    with opened.cursor() as cursor:
        cursor.execute("SET allow_system_table_mods = on")
        cursor.execute("CREATE FUNCTION pg_catalog.given_up() RETURNS int LANGUAGE sql AS 'SELECT 1'")
        for number in range(0, 300, 7):
            cursor.execute(f"CREATE VIEW lost_{number:03} AS SELECT pg_catalog.given_up() AS one")
        for number in range(300):
            cursor.execute(f"CREATE VIEW kept_{number:03} AS SELECT {number} AS number")
        cursor.execute("CREATE FOREIGN DATA WRAPPER far")
    before = dump_of(green)
    assert tried(run_module, blue, green) == {
        "BG271 green": {"postgres"},
        "BG275 green": {"FOREIGN DATA WRAPPER far"},
        "BG276 green": {f"VIEW public.lost_{number:03}" for number in range(0, 300, 7)},
    }
    assert dump_of(green) == before


def test_tables_that_our_role_may_not_read_keep_nothing_else_from_being_tried(
    pair: tuple[Database, Database], run_module: ModuleRunner
) -> None:
    blue, green = pair
    blue.query("CREATE TABLE sealed (id int PRIMARY KEY)")
    blue.query("CREATE FUNCTION ids() RETURNS SETOF int LANGUAGE sql BEGIN ATOMIC SELECT id FROM sealed; END")
    blue.query("CREATE FOREIGN DATA WRAPPER far")
    # The owner of the tables is BG134, and what needs them fails only because they are left out.
    assert tried(run_module, blue, green) == {"BG275 green": {"FOREIGN DATA WRAPPER far"}}


def test_a_green_that_has_a_schema_is_not_tried(pair: tuple[Database, Database], run_module: ModuleRunner) -> None:
    blue, green = pair
    green.query(SCHEMA, role="owner")
    blue.query("CREATE FOREIGN DATA WRAPPER far")
    assert tried(run_module, blue, green) == {}


def test_a_script_that_ends_the_transaction_leaves_nothing(
    pair: tuple[Database, Database], run_module: ModuleRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    blue, green = pair
    write = SchemaCopier.write_script

    def with_a_commit(copier: SchemaCopier, source: Any, script: Path, *others: Any) -> None:
        write(copier, source, script, *others)
        with script.open("a", encoding="utf-8") as stream:
            stream.write("\nCOMMIT;\nCREATE TABLE public.left_behind ();\nCOMMIT;\n")

    monkeypatch.setattr(SchemaCopier, "write_script", with_a_commit)
    before = dump_of(green)
    assert "BG270 green" in tried(run_module, blue, green)
    assert dump_of(green) == before


@pytest.mark.soak
def test_code_of_others_is_not_run_before_somebody_has_accepted_it(
    pair: tuple[Database, Database], run_module: ModuleRunner
) -> None:
    blue, green = pair
    blue.query("CREATE FUNCTION theirs() RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN 1; END'", role="owner")
    blue.query("CREATE INDEX by_theirs ON users (id) WHERE theirs() > 0", role="owner")
    assert set(tried(run_module, blue, green)) == {"BG277 green"}
    word = {"code": "BG240", "reason": "we have read it"}
    assert tried(run_module, blue, green, accepted=[word]) == {}


def test_no_setting_lies_in_a_file(
    pair: tuple[Database, Database], run_module: ModuleRunner, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    blue, green = pair
    secret = "planted-in-a-setting"
    database = sql.Identifier(blue.name)
    blue.query(sql.SQL("ALTER DATABASE {} SET application_name = {}").format(database, sql.Literal(secret)))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    write, tell = SchemaCopier.write_script, Session.tell
    seen: list[bytes] = []
    told: list[bytes] = []

    def look() -> None:
        seen.extend(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())

    def writing(copier: SchemaCopier, *arguments: Any) -> None:
        write(copier, *arguments)
        look()

    def telling(session: Session, statement: str, file: io.BytesIO) -> int:
        look()
        told.append(file.getvalue())
        return tell(session, statement, file)

    monkeypatch.setattr(SchemaCopier, "write_script", writing)
    monkeypatch.setattr(Session, "tell", telling)
    assert set(tried(run_module, blue, green)) == {"BG278 green"}
    assert [text for text in told if secret.encode() in text]
    assert seen
    assert not [text for text in seen if secret.encode() in text]


def test_a_lock_table_that_it_would_fill_is_left_alone(
    database: DatabaseFactory, own_server: ServerFactory, run_module: ModuleRunner
) -> None:
    blue, green = database(17), database(server=own_server(18, max_locks_per_transaction="10", max_connections="20"))
    tables = "".join(f"CREATE TABLE wide_{number} (id int PRIMARY KEY);" for number in range(300))
    blue.query(tables, role="owner")
    assert set(tried(run_module, blue, green)) == {"BG277 green"}

# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""schema_version against real servers: there and back, with psql's own features, and what remains."""

from __future__ import annotations

from pathlib import Path

import pytest

from demo.commands import PROJECT
from tests.fixtures.databases import DatabaseFactory
from tests.fixtures.modules import ModuleRunner, titles
from tests.fixtures.schema_versions import USERS, Versions

_ODD_TABLE = '"Odd ""Schema"""."Versions of ours"'


@pytest.fixture
def versions(database: DatabaseFactory, run_module: ModuleRunner, tmp_path: Path) -> Versions:
    """Give both databases, without a schema, and a folder with two migrations."""
    made = Versions(database(15), database(18), tmp_path, run_module)
    made.write(USERS)
    return made


def test_there_again_and_back(versions: Versions) -> None:
    first = versions.move()
    assert not first.get("failed"), first["msg"]
    assert (first["changed"], first["version"], first["pending"], len(first["steps"])) == (True, 2, [], 3)
    row = first["applied"][1]
    assert (row["version"], row["description"], len(row["checksum"])) == (2, "add phone", 64)
    assert row["applied_by"] == versions.green.roles["migrator"].name
    assert row["duration_ms"] >= 0
    assert versions.green_has("public.phones")

    again = versions.move()
    assert (again["changed"], again["version"], again["steps"]) == (False, 2, [])

    back = versions.move("1")
    assert (back["changed"], back["version"], back["pending"]) == (True, 1, [2])
    assert not versions.green_has("public.phones")
    nothing = versions.move("0")
    assert (nothing["version"], versions.green_has("public.users")) == (0, False)
    assert not versions.move("0")["changed"]
    assert versions.move("1")["version"] == 1


def test_flyways_files_go_there_and_back(versions: Versions) -> None:
    for name, text in USERS.items():
        (versions.folder / name).unlink()
        number, rest = name.split("_", 1)
        letter = "V" if rest.endswith(".up.sql") else "U"
        versions.write({f"{letter}{int(number)}__{rest.split('.')[0]}.sql": text})

    assert versions.move()["version"] == 2
    assert versions.green_has("public.phones")
    back = versions.move("1")
    assert titles(back) == ["take back version 2: add phone (U2__add_phone.sql) on green"]
    assert versions.move("0")["version"] == 0
    assert versions.move("latest")["version"] == 2


def test_check_mode_shows_the_sql_and_writes_nothing(versions: Versions) -> None:
    result = versions.move(check=True)

    assert (result["changed"], result["version"]) == (True, 2)
    assert "CREATE INDEX phones ON public.users (phone);" in result["diff"]["after"]
    assert not versions.green_has("public.users")
    assert not versions.green_has("public.schema_version")


def test_the_demos_migration(versions: Versions, tmp_path_factory: pytest.TempPathFactory) -> None:
    versions.green.query("CREATE TABLE users (id serial PRIMARY KEY)", role="owner")
    folder = PROJECT / "demo" / "migrations"

    assert versions.move(directory=str(folder))["version"] == 1
    assert versions.green_has("public.idx_users_phone")
    assert versions.move("0", directory=str(folder))["version"] == 0
    assert not versions.green_has("public.idx_users_phone")


def test_the_table_belongs_to_whom_the_database_belongs(versions: Versions) -> None:
    versions.move()

    owner = versions.green.query("SELECT tableowner FROM pg_tables WHERE tablename = 'schema_version'")
    assert owner == [(versions.green.roles["owner"].name,)]


def test_a_table_of_another_name_on_blue(versions: Versions) -> None:
    versions.blue.query('CREATE SCHEMA "Odd ""Schema"""', role="owner")

    result = versions.move(side="blue", table=_ODD_TABLE)

    assert not result.get("failed"), result["msg"]
    assert (result["side"], result["table"], result["version"]) == ("blue", _ODD_TABLE, 2)
    assert versions.blue.query(f"SELECT count(*) FROM {_ODD_TABLE}") == [(2,)]
    assert not versions.green_has("public.users")
    assert not versions.move(side="blue", table=_ODD_TABLE)["changed"]


def test_psqls_own_features_behave_as_the_author_tested_them(versions: Versions) -> None:
    (versions.folder / "data").mkdir()
    (versions.folder / "data" / "more.sql").write_text("INSERT INTO users VALUES (4, :'who');\n", encoding="utf-8")
    versions.write(
        {
            "0003_it's_$HOME's_data.up.sql": (
                "\\set who 'Ada'\nCOPY public.users (id, name) FROM stdin;\n1\tBEGIN; COMMIT;\n2\tß\n\\.\n"
                "INSERT INTO users VALUES (3, :'who');\n\\ir data/more.sql\n"
                "DO $$BEGIN PERFORM 1; END$$;\n"
                "CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; END;\n"
                "SELECT count(*) FROM users"
            )
        }
    )

    result = versions.move()

    assert not result.get("failed"), result["msg"]
    assert result["applied"][2]["description"] == "it's $HOME's data"
    rows = versions.green.query("SELECT id, name FROM users ORDER BY id")
    assert rows == [(1, "BEGIN; COMMIT;"), (2, "ß"), (3, "Ada"), (4, "Ada")]


def test_the_role_a_file_changes_to_is_its_own_affair(versions: Versions) -> None:
    owner = versions.green.roles["owner"].name
    versions.write(
        {"0003_as_owner.up.sql": f'SET ROLE "{owner}";\nCREATE TABLE theirs ();\nSET search_path = nowhere;\n'}
    )

    assert versions.move()["version"] == 3
    assert versions.green.query("SELECT tableowner FROM pg_tables WHERE tablename = 'theirs'") == [(owner,)]


def test_versions_that_blue_has_come_with_its_schema(versions: Versions) -> None:
    assert versions.move(side="blue")["version"] == 2
    sides = {"blue": versions.blue.endpoint(), "green": versions.green.endpoint()}
    arguments = {"migration": "shop", **sides, "pg_bindir": str(versions.green.server.pg_bin)}

    copied = versions.run("schema_copy", arguments)
    assert not copied.get("failed"), copied["msg"]
    result = versions.move()
    assert (result["changed"], result["version"]) == (False, 2)

    versions.move("0")
    assert not versions.run("schema_copy", arguments)["changed"]
    assert versions.move("0")["changed"] is False


def test_without_a_transaction(versions: Versions) -> None:
    versions.write(
        {"0003_index.up.sql": "-- bluegreen: no-transaction\nCREATE INDEX CONCURRENTLY late ON users (name);\n"}
    )

    result = versions.move()

    assert not result.get("failed"), result["msg"]
    assert result["version"] == 3
    assert versions.green_has("public.late")

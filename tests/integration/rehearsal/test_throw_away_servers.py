# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a schema's code can do on throw-away servers, and which parts of a schema are left out there."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import tempfile
import traceback
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.endpoint import Endpoint
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.errors import MigrationError
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.rehearsal.sample import THROW_AWAY
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.versions import majors_of
from ansible_collections.bluegreen.postgresql.plugins.module_utils._embedded.commands import EmbeddedServerError
from ansible_collections.bluegreen.postgresql.plugins.module_utils._embedded.seal import NETWORK
from ansible_collections.bluegreen.postgresql.plugins.module_utils._embedded.sealed_server import PORT, SealedServer
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.retirement import archive as store
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.retirement.programs import Archiver
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.schema.green_database import read_settings
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.session import Session
from ansible_collections.bluegreen.postgresql.plugins.module_utils._workflows.progress import Progress
from ansible_collections.bluegreen.postgresql.plugins.module_utils._workflows.retirement.restore import (
    Trial,
    TrialServer,
)
from demo.commands import run_command
from tests.fixtures.databases import Database, DatabaseFactory
from tests.fixtures.hostile_schemas import (
    SUPERUSERS,
    load_a_table_that_takes_a_superuser,
    load_attack,
    load_what_takes_a_superuser,
)
from tests.fixtures.modules import ModuleRunner
from tests.fixtures.sealed import Sealed, SealedFactory

# nobody: initdb wants an account with a name.
_SOMEBODY = 65534
_OTHERS = [pytest.param(major, marks=pytest.mark.soak) for major in majors_of(Side.GREEN) if major != 17]


def _fill(run_module: ModuleRunner, blue: Database, copy: Sealed, **changes: Any) -> dict[str, Any]:
    own = {
        "migration": "shop",
        "blue": blue.endpoint(),
        "green": copy.endpoint(),
        "side": "blue",
        "pg_bindir": str(copy.server.pg_bin),
        "plain_password": secrets.token_urlsafe(12),
    }
    return run_module("rehearsal_side", {**own, **changes})


def _taken(loot: Path) -> list[str]:
    return sorted(path.name for path in loot.iterdir())


@pytest.mark.parametrize("major", [17, *_OTHERS])
def test_a_rehearsal_runs_no_code_of_theirs_as_superuser(
    database: DatabaseFactory, sealed_server: SealedFactory, run_module: ModuleRunner, loot: Path, major: int
) -> None:
    blue, copy = database(major), sealed_server(major)
    load_attack(blue, loot)
    load_what_takes_a_superuser(blue)
    load_a_table_that_takes_a_superuser(blue)

    made = _fill(run_module, blue, copy)

    assert not made.get("failed"), made["msg"]
    assert _taken(loot) == []
    assert set(made["left_out"]) >= SUPERUSERS
    assert (made["rows"]["public.prey"], made["rows"].get("public.leaning")) == (5, None)
    assert copy.query("SELECT count(*) FROM prey") == [(5,)]
    assert copy.query("SELECT extname::text FROM pg_extension WHERE oid > 16384 ORDER BY 1") == [
        ("hstore",), ("pg_stat_statements",),
    ]  # fmt: skip
    assert copy.query("SELECT count(*) FROM pg_event_trigger") == [(0,)]
    assert copy.query("SELECT rolsuper, rolcanlogin FROM pg_roles WHERE rolname = 'bluegreen_plain'") == [
        (major < 16, True)
    ]
    assert copy.query("SELECT count(*) FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.roleid"
                      " WHERE rolname IN ('pg_execute_server_program', 'pg_read_server_files',"
                      " 'pg_write_server_files', 'bluegreen_superuser')") == [(0,)]  # fmt: skip
    assert not _fill(run_module, blue, copy)["changed"]


@pytest.mark.soak
@pytest.mark.parametrize("major", [14, 18])
def test_all_rows_come_without_a_superuser(
    database: DatabaseFactory, sealed_server: SealedFactory, run_module: ModuleRunner, loot: Path, major: int
) -> None:
    blue, copy = database(major), sealed_server(major)
    load_attack(blue, loot)
    load_what_takes_a_superuser(blue)
    load_a_table_that_takes_a_superuser(blue)

    made = _fill(run_module, blue, copy, rows="all")

    assert not made.get("failed"), made["msg"]
    assert _taken(loot) == []
    assert (made["rows"]["public.prey"], made["rows"].get("public.leaning")) == (5, None)


@pytest.mark.soak
def test_the_attack_strikes_where_a_superuser_restores(
    database: DatabaseFactory, sealed_server: SealedFactory, run_module: ModuleRunner, loot: Path
) -> None:
    blue, copy = database(17), sealed_server(17)
    load_attack(blue, loot)
    assert _taken(loot) == []
    made = _fill(run_module, blue, copy, plain_password=None)
    assert not made.get("failed"), made["msg"]
    assert {"copied", "program"} <= set(_taken(loot))


def _restore(blue: Database, folder: Path) -> Trial:
    endpoint = Endpoint(Side.BLUE, {key: str(value) for key, value in blue.endpoint("superuser").items()}, {})
    archiver = Archiver.find(run_command_of_modules, str(blue.server.pg_bin), blue.server.major, "bluegreen archive x")
    with closing(Session(endpoint, "bluegreen archive x")) as source:
        with store.exported_snapshot(source) as snapshot:
            archiver.dump(endpoint, snapshot.name, folder / "dump", 2)
        settings = read_settings(source, blue.name)
        assert settings
        quiet = Progress("x", "archive_database", _no_warning, shown=False)
        trial = TrialServer(
            Side.BLUE, None, folder / "server", "bluegreen_restore_x", archiver, run_command_of_modules, quiet
        )
        return trial.restore(folder / "dump", 2, settings, source)


def _no_warning(warning: str) -> None:
    raise AssertionError(warning)


def run_command_of_modules(argv: list[str], **options: Any) -> tuple[int, str, str]:
    """Run a command as AnsibleModule.run_command does for workflows."""
    options.pop("expand_user_and_vars", None)
    return run_command(argv, **options)


@pytest.mark.parametrize("major", [pytest.param(17, marks=pytest.mark.soak), *_OTHERS])
def test_a_restore_test_runs_no_code_of_theirs_as_superuser(
    database: DatabaseFactory, loot: Path, tmp_path: Path, major: int
) -> None:
    blue = database(major)
    load_attack(blue, loot)
    load_what_takes_a_superuser(blue)
    blue.query("CREATE PUBLICATION everything FOR ALL TABLES")

    trial = _restore(blue, tmp_path)

    assert _taken(loot) == []
    assert {*SUPERUSERS, "publication everything"} <= set(trial.left_out)
    rows = {str(name): table.rows for name, table in trial.contents.tables.items()}
    assert rows["public.prey"] == 5
    assert not (tmp_path / "server").exists()


@pytest.mark.soak
def test_rows_that_take_a_superuser_are_not_proven(database: DatabaseFactory, tmp_path: Path) -> None:
    blue = database(17)
    load_what_takes_a_superuser(blue)
    load_a_table_that_takes_a_superuser(blue)
    with pytest.raises(MigrationError) as refused:
        _restore(blue, tmp_path)
    assert (refused.value.code, refused.value.details["tables"]) == ("BG822", ["public.leaning"])


def _program(sealed: Sealed, command: str) -> str:
    quoted = command.replace("'", "''")
    rows = sealed.query(f"CREATE TEMP TABLE said (line text); COPY said FROM PROGRAM '{quoted}'; SELECT line FROM said")
    return "\n".join(line for (line,) in rows)


@pytest.mark.soak
@pytest.mark.parametrize("major", [14, 17, 18])
def test_even_a_superuser_is_sealed_in(sealed_server: SealedFactory, major: int) -> None:
    sealed = sealed_server(major)
    assert os.geteuid() != 0 or sealed.server.seal.open_to == ()
    account = int(_program(sealed, "id -u"))
    assert account != 0
    if os.geteuid() == 0:
        folder = sealed.server.folder
        assert _program(sealed, "cat /etc/shadow 2>&1 || true").endswith("Permission denied")
        assert _program(sealed, f"echo x > {Path.home()}/stolen 2>&1 || echo refused").endswith("refused")
        assert _program(sealed, f"echo x > {folder}/embedded_server.json 2>&1 || echo refused").endswith("refused")
        assert (folder / "data").stat().st_uid == account
    if NETWORK not in sealed.server.seal.open_to:
        assert _reaches_nobody(sealed)


def _reaches_nobody(sealed: Sealed) -> bool:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        return _program(sealed, f"bash -c 'exec 3<>/dev/tcp/127.0.0.1/{port}' 2>&1 || echo refused").endswith("refused")


def _as_somebody_else(action: Callable[[], None]) -> None:
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.setgroups([])
            os.setresgid(_SOMEBODY, _SOMEBODY, _SOMEBODY)
            os.setresuid(_SOMEBODY, _SOMEBODY, _SOMEBODY)
            action()
            status = 0
        except (OSError, EmbeddedServerError):
            traceback.print_exc()
        finally:
            os._exit(status)
    assert os.waitpid(child, 0)[1] == 0


@pytest.mark.soak
@pytest.mark.parametrize("major", [16, 18])
def test_who_is_not_root_runs_no_code_of_theirs_as_superuser(
    database: DatabaseFactory, run_module: ModuleRunner, loot: Path, major: int
) -> None:
    """If these tests do not run as root, all of them show this; if they do, another account is used."""
    blue = database(major)
    load_attack(blue, loot)
    with tempfile.TemporaryDirectory(prefix="bluegreen-plain-", dir="/tmp") as folder:
        home = Path(folder)
        shutil.copytree(blue.server.pg_bin.parent, home / "programs", symlinks=True)
        server = SealedServer(home / "programs", home / "server", PORT, run_command)
        sealed = Sealed(server, secrets.token_urlsafe(12))

        def make() -> None:
            server.create(sealed.password, {"cluster_name": THROW_AWAY})
            server.start()
            (home / "open_to").write_text(" ".join(server.seal.open_to), encoding="utf-8")

        if os.geteuid() == 0:
            for path in (home, *home.rglob("*")):
                os.chown(path, _SOMEBODY, _SOMEBODY, follow_symlinks=False)
            _as_somebody_else(make)
        else:
            make()
        try:
            made = _fill(run_module, blue, sealed)
            assert not made.get("failed"), made["msg"]
            assert (_taken(loot), made["rows"]["public.prey"]) == ([], 5)
            if NETWORK not in (home / "open_to").read_text(encoding="utf-8"):
                assert _reaches_nobody(sealed)
        finally:
            server.destroy()


@pytest.mark.soak
def test_where_code_is_not_sealed_in_no_superuser_runs_it(
    database: DatabaseFactory, sealed_server: SealedFactory, run_module: ModuleRunner, loot: Path
) -> None:
    blue, copy = database(15), sealed_server(15)
    blue.query(
        "CREATE TABLE plain (id bigserial PRIMARY KEY, note text CHECK (length(note) < 9), at date DEFAULT now())",
        role="owner",
    )
    made = _fill(run_module, blue, copy, open_to=["the network"])
    assert not made.get("failed"), made["msg"]
    load_attack(blue, loot)
    other = sealed_server(15)
    refused = _fill(run_module, blue, other, open_to=["the network"])
    assert refused["code"] == "BG821"
    assert "public.attack()" in refused["details"]["code"]
    assert other.query("SELECT to_regclass('public.prey')") == [(None,)]

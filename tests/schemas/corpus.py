# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Schemas of others: from Debian's packages, and from migrations of PyPI's that are run here.

Nothing of theirs is part of this project: it is fetched where the tests run, and kept in the work folder.
"""

from __future__ import annotations

import gzip
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from demo.commands import PROJECT, run_command
from tests.fixtures.databases import Database
from tests.schemas.modular import install_modules

_CACHE = PROJECT / ".work" / "corpus"
_SETTINGS = """
import os
INSTALLED_APPS = ["django.contrib." + name for name in (
    "admin", "auth", "contenttypes", "flatpages", "messages", "redirects", "sessions", "sites")]
SECRET_KEY, SITE_ID, USE_TZ = "a test", 1, True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": os.environ["PGDATABASE"],
    "USER": os.environ["PGUSER"], "PASSWORD": os.environ["PGPASSWORD"], "HOST": os.environ["PGHOST"],
    "PORT": os.environ["PGPORT"]}}
"""
# As Alembic's own guide writes them: columns added, renamed, made narrower; batches; an enum; a table split in two.
_REVISION = """
from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
revision, down_revision = "%(revision)s", %(before)r
def upgrade():
%(body)s
"""
_ALEMBIC = """
from alembic import context
from sqlalchemy import create_engine
with create_engine("postgresql+psycopg2://").connect() as found:
    context.configure(connection=found)
    with context.begin_transaction():
        context.run_migrations()
"""
_REVISIONS = (
    """
    op.create_table("account", sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(50), nullable=False), sa.Column("description", sa.Unicode(200)),
        sa.Column("opened", sa.DateTime(timezone=True), server_default=sa.func.now()))
    rows = [{"name": f"account {n}"} for n in range(50)]
    op.bulk_insert(sa.table("account", sa.column("name", sa.String)), rows)""",
    """
    op.add_column("account", sa.Column("last_transaction_date", sa.DateTime))
    op.add_column("account", sa.Column("tags", postgresql.ARRAY(sa.Text), server_default="{}"))
    op.create_index("ix_account_name", "account", [sa.text("lower(name)")], unique=True,
        postgresql_where=sa.text("id > 0"))""",
    """
    state = sa.Enum("open", "closed", name="account_state")
    state.create(op.get_bind())
    op.add_column("account", sa.Column("state", state, nullable=False, server_default="open"))
    op.create_table("entry",
        sa.Column("id", postgresql.UUID, primary_key=True, server_default=sa.text("gen_random_uuid()")),
        sa.Column("account_id", sa.Integer, sa.ForeignKey("account.id", ondelete="CASCADE", deferrable=True)),
        sa.Column("amount", sa.Numeric(12, 2), sa.CheckConstraint("amount <> 0", name="ck_amount")),
        sa.Column("payload", postgresql.JSONB), sa.Column("double", sa.Numeric, sa.Computed("amount * 2")))
    op.execute("INSERT INTO entry (account_id, amount, payload) SELECT id, id, '{}' FROM account")""",
    """
    op.alter_column("account", "name", new_column_name="title", type_=sa.Text)
    op.execute("UPDATE account SET description = ''")
    op.alter_column("account", "description", nullable=False, server_default="", existing_type=sa.Unicode(200))
    op.drop_column("account", "last_transaction_date")
    op.rename_table("entry", "entries")
    op.create_unique_constraint("uq_entries", "entries", ["account_id", "amount"])""",
)  # fmt: skip

Load = Callable[[Database], None]


def _debian(package: str, *files: str) -> Load:
    """Return what loads these files of a package, gzipped ones too, as the owner."""

    def load(side: Database) -> None:
        root = _unpacked(package)
        for name in files:
            path = root / name
            text = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
            _psql(side, text)

    return load


def _unpacked(package: str) -> Path:
    root = _CACHE / package
    if not root.exists():
        scratch = _CACHE / f"{package}.{os.getpid()}"
        scratch.mkdir(parents=True)
        _fetched(["apt-get", "download", "-qq", package], scratch)
        found = list(scratch.glob("*.deb"))
        _fetched(["dpkg-deb", "-x", str(found[0]), str(scratch)], scratch)
        found[0].unlink()
        scratch.replace(root)
    return root


def _fetched(argv: list[str], scratch: Path) -> None:
    """Run a command that fetches; skip the test where it cannot: what others publish is not ours to require."""
    try:
        status, _output, error = run_command(argv, cwd=scratch)
    except OSError as cause:
        status, error = 1, str(cause)
    if status:
        shutil.rmtree(scratch)
        pytest.skip(f"{' '.join(argv[-2:])}: {error.strip()[-200:]}")


def _psql(side: Database, text: bytes) -> None:
    script = _CACHE / f"{side.name}.sql"
    script.write_bytes(text)
    argv = [str(side.server.pg_bin / "psql"), "-qX", "-v", "ON_ERROR_STOP=1", "-f", str(script)]
    status, _output, error = run_command(argv, environ_update=_environment(side))
    script.unlink()
    assert status == 0, error[-2000:]


def _environment(side: Database) -> dict[str, str]:
    place = side.endpoint("owner")
    words = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE"}
    return {variable: str(place[word]) for word, variable in words.items()}


def _installed(*packages: str) -> Path:
    """Return a folder with packages of PyPI, apart from those of the tests."""
    root = _CACHE / packages[0]
    if not root.exists():
        scratch = _CACHE / f"{packages[0]}.{os.getpid()}"
        scratch.mkdir(parents=True)
        _fetched([sys.executable, "-m", "pip", "install", "-q", "--target", str(scratch), *packages], scratch)
        scratch.replace(root)
    return root


def _django(side: Database) -> None:
    root = _installed("django")
    folder = _CACHE / f"django-{side.name}"
    folder.mkdir(parents=True)
    (folder / "a_site.py").write_text(_SETTINGS, encoding="utf-8")
    environment = {**_environment(side), "PYTHONPATH": f"{folder}:{root}", "DJANGO_SETTINGS_MODULE": "a_site"}
    status, output, error = run_command(
        [sys.executable, "-m", "django", "migrate", "--skip-checks"], environ_update=environment
    )
    shutil.rmtree(folder)
    assert status == 0, output + error


def _alembic(side: Database) -> None:
    root = _installed("alembic")
    folder = _CACHE / f"alembic-{side.name}"
    (folder / "versions").mkdir(parents=True)
    for number, body in enumerate(_REVISIONS):
        before = f"r{number - 1}" if number else None
        text = _REVISION % {"revision": f"r{number}", "before": before, "body": body}
        (folder / "versions" / f"r{number}.py").write_text(text, encoding="utf-8")
    (folder / "env.py").write_text(_ALEMBIC, encoding="utf-8")
    (folder / "alembic.ini").write_text("[alembic]\nscript_location = .\n", encoding="utf-8")
    argv = [sys.executable, "-m", "alembic", "upgrade", "head"]
    environment = {**_environment(side), "PYTHONPATH": str(root)}
    status, output, error = run_command(argv, cwd=str(folder), environ_update=environment)
    shutil.rmtree(folder)
    assert status == 0, output + error


CORPUS: dict[str, Load] = {
    "zabbix": _debian(
        "zabbix-server-pgsql",
        *(f"usr/share/zabbix-server-pgsql/{name}.sql.gz" for name in ("schema", "images", "data")),
    ),
    "roundcube": _debian("roundcube-core", "usr/share/dbconfig-common/data/roundcube/install/pgsql"),
    "bacula": _debian("bacula-director-pgsql", "usr/share/dbconfig-common/data/bacula-director-pgsql/install/pgsql"),
    "django": _django,
    "alembic": _alembic,
    "modular": install_modules,
}

# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbooks archive and decommission, for a finished migration."""

from __future__ import annotations

import json
import re
import shutil
import threading
from pathlib import Path

import pytest

from tests.fixtures.buckets import CREDENTIALS, SECRET, Service
from tests.fixtures.migrations import Pair, PairFactory
from tests.fixtures.retired import age, switch
from tests.fixtures.ssh import HOST, SshFactory
from tests.integration.conftest import Migration

_HELD = 9.0  # seconds: three looks of an action
_NEWEST = """
SELECT details->>'state', details->>'observations' FROM bluegreen.journal
WHERE event = 'phase' AND details->>'phase' = %s ORDER BY id DESC LIMIT 1"""


@pytest.mark.soak
def test_archive_and_drop(pair: PairFactory, tmp_path: Path) -> None:
    sides = pair()
    migration = _left(sides, tmp_path)
    migration.changed_by("archive")
    assert migration.changed_by("archive") == 0
    [(state, observations)] = sides.green.query(_NEWEST, "archive")
    assert state == "done"
    assert "170 rows of 4 tables restored on a throw-away server" in observations

    refused = migration.play("decommission")
    assert refused.status == 2
    assert "(1) BG812 blue: the last switch was 0.0 days ago, and 7 have to pass" in refused.output
    assert "(2) BG816 blue: the database's name was not confirmed" in refused.output

    age(sides, 8)
    word = {"bluegreen_decommission_confirm": sides.blue.name}
    migration.changed_by("decommission", "--check", "--diff", **word)
    assert migration.rows(sides.blue) == 100
    _closes_and_opens_again(sides, migration, word)
    migration.changed_by("decommission", **word)
    assert sides.green.query(_NEWEST, "decommission")[0][0] == "done"
    assert migration.changed_by("decommission", **word) == 0
    shown = migration.play("status")
    assert shown.status == 0, shown.output
    assert "PostgreSQL dropped to 18" in shown.output
    assert "the side out of service is dropped" in shown.output
    assert f"its archive is in {tmp_path / 'archives'}" in shown.output
    runbook = (migration.reports / "runbook.md").read_text(encoding="utf-8")
    ended = [line.split()[-2:] for line in runbook.splitlines() if line.startswith("## ") and ": " in line[22:]]
    ways = ["failed", "failed", "done", "done", "failed", "done"]
    phases = [["cleanup:", "done"], ["archive:", "done"], *(["decommission:", way] for way in ways)]
    assert [one for one in ended if one[1] in ("done", "failed")] == phases
    assert "switch 1 to green" in runbook, "what blue's journal told is still there"
    kept = json.loads((migration.reports / "journal.json").read_text(encoding="utf-8"))
    assert (kept[-1]["details"]["phase"], {row["side"] for row in kept}) == ("decommission", {"blue", "green"})
    report = (migration.reports / "report.html").read_text(encoding="utf-8")
    for part in ("bluegreen.postgresql.decommission", "bluegreen.postgresql.archive", "Switch 1 to green"):
        assert part in report
    assert sides.write(sides.green) is None


def _left(sides: Pair, folder: Path) -> Migration:
    """Return a migration that is over but for its archive."""
    switch(sides)
    ends = sides.ends()
    variables = {
        "bluegreen_migration": ends["migration"],
        "bluegreen_blue": ends["blue"],
        "bluegreen_green": ends["green"],
        "bluegreen_pg_bindir": str(sides.blue.server.pg_bin),
        "bluegreen_report_dir": str(folder / "reports"),
        "bluegreen_archive_dir": str(folder / "archives"),
        "bluegreen_decommission_mode": "drop",
    }
    migration = Migration(ends["migration"], sides.blue, sides.green, folder, variables)
    migration.advance("cleanup")
    return migration


@pytest.mark.soak
def test_archive_to_a_bucket_and_drop_what_was_restored_from_there(
    pair: PairFactory, service: Service, tmp_path: Path
) -> None:
    sides = pair()
    migration = _left(sides, tmp_path)
    migration.variables["bluegreen_archive_s3"] = service.named()
    tried = migration.play("archive", "--check", "--diff")
    assert tried.status == 0, tried.output
    assert service.all_keys() == []
    outputs = [tried.output, migration.play("archive", "-vvv", "--diff").output]
    assert migration.changed_by("archive") == 0
    [(state, observations)] = sides.green.query(_NEWEST, "archive")
    assert state == "done"
    assert "the copy in s3://archives/databases/" in observations
    keys = service.all_keys()
    assert any(key.endswith("/manifest.json") for key in keys)

    shutil.rmtree(tmp_path / "archives")
    age(sides, 8)
    word = {"bluegreen_decommission_confirm": sides.blue.name}
    elsewhere = migration.play("decommission", **word, bluegreen_archive_s3=service.named(prefix="others"))
    assert elsewhere.status == 2
    assert "BG813 blue: the journal has no proven archive of it since the last switch that was restored from s3://" in (
        elsewhere.output
    )
    gone = migration.play("decommission", "-vvv", **word)
    assert gone.status == 0, gone.output
    assert service.all_keys() == keys
    shown = migration.play("status")
    assert "s3://archives/databases/" in shown.output
    outputs += [elsewhere.output, gone.output, shown.output]
    kept = [path.read_text(encoding="utf-8") for path in migration.reports.rglob("*") if path.is_file()]
    journal = str(sides.green.query("SELECT * FROM bluegreen.journal"))
    assert not [text for text in (*outputs, *kept, journal) if SECRET in text or CREDENTIALS["access_key"] in text]


@pytest.mark.soak
@pytest.mark.parametrize(("over_ssh", "shown"), [(False, True), (False, False), (True, True)])
def test_a_long_archive_says_how_far_it_is(
    over_ssh: bool, shown: bool, pair: PairFactory, service: Service, ssh_server: SshFactory, tmp_path: Path
) -> None:
    way = _over_ssh(ssh_server) if over_ssh else {}
    migration = _left(pair(), tmp_path)
    with service.proxy.holding_after(10_000):
        waiting = threading.Thread(target=service.proxy.let_go_after, args=(_HELD,))
        waiting.start()
        run = migration.play("archive", bluegreen_archive_s3=service.named(), bluegreen_progress=shown, **way)
        waiting.join()
    assert run.status == 0, run.output
    told = re.search(rf"^{re.escape(migration.host)}: sent .+ of .+ kB, .+/s, about .+ left$", run.output, re.MULTILINE)
    assert bool(told) is shown, run.output


def _over_ssh(ssh_server: SshFactory) -> dict[str, str]:
    server = ssh_server()
    return {
        "ansible_connection": "ssh",
        "ansible_host": HOST,
        "ansible_ssh_common_args": f"-F {server.client_config}",
        "ansible_ssh_control_path_dir": str(server.folder),
    }


def _closes_and_opens_again(sides: Pair, migration: Migration, word: dict[str, str]) -> None:
    """Close blue to applications, undo that, and find rows written to it since its archive."""
    revoked, undone = ({"bluegreen_decommission_mode": mode} for mode in ("revoke", "undo_revoke"))
    assert "BG912" in migration.play("decommission", **undone).output
    migration.changed_by("decommission", **word, **revoked)
    assert "closed to applications" in migration.play("status").output
    migration.changed_by("decommission", **undone)
    assert migration.changed_by("decommission", **undone) == 0
    sides.blue.connect("app").close()
    sides.blue.query("SET session_replication_role = replica; UPDATE users SET name = 'late' WHERE id = 1")
    late = migration.play("decommission", **word)
    assert "BG910 blue: it differs from its archive in" in late.output
    assert "public.users: different contents in 100 rows" in late.output
    sides.blue.query("SET session_replication_role = replica; UPDATE users SET name = 'user 1' WHERE id = 1")

# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every playbook of the collection against the demo's servers, with writers at work; a long run."""

from __future__ import annotations

from pathlib import Path

import pytest

from demo.commands import PROJECT
from demo.environment import DemoEnvironment
from demo.story import prove, writing

_BEFORE = "rehearse prepare setup replicate sync verify traffic status"
_AFTER = "cutover rollback cutover monitor cleanup status archive"


@pytest.mark.soak
def test_every_playbook_runs_against_the_demo_s_servers(tmp_path: Path) -> None:
    story = [*_BEFORE.split(), *_AFTER.split()]
    told = set(story)
    folders = ("-e", f"bluegreen_archive_dir={tmp_path}/archives", "-e", f"bluegreen_rehearse_dir={tmp_path}/rehearse")
    tmp_path.chmod(0o755)
    tmp_path.parent.chmod(0o755)
    with DemoEnvironment(tmp_path / "story", "pgbouncer") as environment:
        with writing(environment):
            for phase in story:
                run = environment.run_playbook(phase, *folders)
                assert run.succeeded, run.tail
        assert prove(environment).holds
        refused = environment.run_playbook("decommission")
        assert "BG812 blue: the last switch was 0.0 days ago, and 7 have to pass" in refused.output
        told.add("decommission")
    with DemoEnvironment(tmp_path / "at-once", "multihost") as environment:
        with writing(environment):
            run = environment.run_playbook("migrate", "-e", "bluegreen_approve_cutover=true")
            assert run.succeeded, run.tail
            told.add("migrate")
        assert environment.side_in_service() is environment.green
        assert prove(environment).holds
    assert told == {playbook.stem for playbook in (PROJECT / "playbooks").glob("*.yml")}

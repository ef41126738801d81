# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A role's page says what its argument specs and its defaults say, and its examples can be run."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
import yaml

from demo.commands import PROJECT
from scripts.write_role_readmes import ROLES, readme, roles


@pytest.mark.parametrize("role", roles())
def test_the_page_of_a_role_is_up_to_date(role: str) -> None:
    assert (ROLES / role / "README.md").read_text(encoding="utf-8") == readme(role), "run scripts.write_role_readmes"


def test_every_role_has_a_page() -> None:
    assert roles() == sorted(path.name for path in ROLES.iterdir() if path.is_dir())


def test_every_option_is_there_with_the_variable_that_sets_it_and_its_default() -> None:
    page = readme("sync")
    assert "| `sync_plan_top` | `bluegreen_plan_top` | `20` | int | How many statements" in page
    assert "| str: `off`, `warn`, `block` |" in page
    for role in roles():
        specs = yaml.safe_load((ROLES / role / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))
        page = readme(role)
        for spec in specs["argument_specs"].values():
            for option in spec.get("options", {}):
                assert page.count(f"| `{option}` |") == 1, (role, option)


def test_every_example_is_a_play_that_ansible_takes(tmp_path: Path) -> None:
    plays = [play for role in roles() for play in re.findall(r"```yaml\n---\n(.*?)```", readme(role), re.DOTALL)]
    assert len(plays) > len(roles())
    (tmp_path / "all.yml").write_text("---\n" + "".join(plays), encoding="utf-8")
    told = subprocess.run(
        ["ansible-playbook", "--syntax-check", "-i", "migrations,", str(tmp_path / "all.yml")],
        capture_output=True, text=True, check=False, cwd=PROJECT,
    )  # fmt: skip
    assert told.returncode == 0, told.stdout + told.stderr

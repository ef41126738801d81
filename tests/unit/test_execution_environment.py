# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an execution environment is built from: programs of every major that green may have, releases that we take."""

from __future__ import annotations

import re
from typing import Any

import yaml

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.versions import majors_of
from demo.commands import PROJECT

_GREEN = list(majors_of(Side.GREEN))


def _load(path: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((PROJECT / path).read_text(encoding="utf-8"))
    return loaded


def test_the_programs_of_every_major_that_green_may_have_are_installed() -> None:
    lines = (PROJECT / "bindep.txt").read_text(encoding="utf-8").splitlines()
    wanted = [f"postgresql{major} [platform:rpm]" for major in _GREEN]
    wanted += [f"postgresql-client-{major} [platform:dpkg]" for major in _GREEN]
    assert [line for line in lines if not line.startswith("#")] == wanted
    assert len(_GREEN) >= 5


def test_the_example_takes_an_ansible_and_a_python_that_the_collection_takes() -> None:
    example, runtime = _load("docs/examples/awx/execution-environment.yml"), _load("meta/runtime.yml")
    [least] = re.findall(r"(\d+)\.(\d+)", runtime["requires_ansible"])[:1]
    [core] = re.findall(r"ansible-core>=(\d+)\.(\d+)", example["dependencies"]["ansible_core"]["package_pip"])
    [python] = re.findall(r"python(\d+)\.(\d+)", example["dependencies"]["python_interpreter"]["package_system"])
    assert tuple(map(int, core)) >= tuple(map(int, least))
    assert tuple(map(int, python)) >= (3, 11)


def test_the_example_names_the_artifact_of_this_version() -> None:
    example, version = _load("docs/examples/awx/execution-environment.yml"), _load("galaxy.yml")["version"]
    artifact = f"bluegreen-postgresql-{version}.tar.gz"
    [file] = example["additional_build_files"]
    [collection] = example["dependencies"]["galaxy"]["collections"]
    assert (file["src"], collection["name"]) == (artifact, f"{file['dest']}/{artifact}")
    assert artifact in (PROJECT / "docs" / "installation.md").read_text(encoding="utf-8")

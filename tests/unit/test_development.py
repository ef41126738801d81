# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The contents of a developer's environment, and the checks of a commit."""

from __future__ import annotations

import re

import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from demo.commands import PROJECT


def _wanted() -> list[Requirement]:
    lines = [
        line.strip()
        for name in ("requirements.txt", "requirements-dev.txt")
        for line in (PROJECT / name).read_text(encoding="utf-8").splitlines()
    ]
    return [Requirement(line) for line in lines if line and not line.startswith(("#", "-r"))]


def test_the_lock_has_a_release_of_all_that_is_wanted_and_a_hash_of_each() -> None:
    blocks = re.split(r"\n(?=\S)", (PROJECT / "requirements-dev.lock").read_text(encoding="utf-8"))
    pinned: dict[str, list[str]] = {}
    for block in blocks:
        if found := re.match(r"([\w.-]+)(?:\[.*\])?==(\S+)", block):
            assert "--hash=sha256:" in block, found.group()
            pinned.setdefault(canonicalize_name(found.group(1)), []).append(found.group(2))
    assert pinned
    for one in _wanted():
        releases = pinned.get(canonicalize_name(one.name), [])
        assert releases, f"{one.name} is not locked: run make lock"
        assert all(one.specifier.contains(release) for release in releases), f"{one} is {releases}: run make lock"


def test_a_commit_is_checked_by_all_that_lints() -> None:
    makefile = (PROJECT / "Makefile").read_text(encoding="utf-8")
    lint = re.search(r"^lint:.*\n((?:\t.*\n)+)", makefile, re.MULTILINE)
    assert lint
    commands = [line.strip().replace("$(BIN)/", "") for line in lint.group(1).splitlines()]
    hooks = yaml.safe_load((PROJECT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"][0]["hooks"]
    entries = [hook["entry"] for hook in hooks]
    for command in commands:
        called = command.removesuffix(" .")
        assert any(f".venv/bin/{called}" in entry for entry in entries), f"no hook runs {called}"

# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures for every test, and the end of servers that an interrupted run left behind."""

from __future__ import annotations

import os

import hypothesis
import pytest
from ansible.plugins.loader import init_plugin_loader

from demo.commands import PROJECT

# Ansible's own finder must be installed before anything of the collection is imported, because it refuses modules that
# were imported without it. pytest-ansible and the playbooks that tests start read the variable.
os.environ["ANSIBLE_COLLECTIONS_PATH"] = str(PROJECT / "collections")
init_plugin_loader([os.environ["ANSIBLE_COLLECTIONS_PATH"]])

from tests.fixtures.workplace import remove_leftovers  # noqa: E402

pytest_plugins = [
    "tests.fixtures.long_runs",
    "tests.fixtures.servers",
    "tests.fixtures.databases",
    "tests.fixtures.standbys",
    "tests.fixtures.bouncers",
    "tests.fixtures.proxies",
    "tests.fixtures.ssh",
    "tests.fixtures.modules",
    "tests.fixtures.migrations",
    "tests.fixtures.away",
    "tests.fixtures.far_away",
    "tests.fixtures.hostile_schemas",
    "tests.fixtures.sealed",
    "tests.fixtures.buckets",
]


# The time of an example says more about the machine's load than about the code.
hypothesis.settings.register_profile("bluegreen", deadline=None)
hypothesis.settings.load_profile("bluegreen")


def _is_xdist_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")


def pytest_configure(config: pytest.Config) -> None:
    """End what earlier runs left behind when they were killed."""
    if not _is_xdist_worker(config):
        remove_leftovers()


def pytest_unconfigure(config: pytest.Config) -> None:
    """End what this run's own workers left behind when they were killed."""
    if not _is_xdist_worker(config):
        remove_leftovers()

# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Misspelt variables are named with the nearest that exists, and the known ones are those that are read."""

from __future__ import annotations

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.status.variables import (
    about_unknown,
    refusal,
)
from ansible_collections.bluegreen.postgresql.plugins.plugin_utils.known_variables import known_variables

_KNOWN = {"bluegreen_accept", "bluegreen_routes"}
_SAID = "{} is set, and no playbook or role of this collection reads it"


def test_each_unknown_name_is_told_with_its_nearest() -> None:
    assert about_unknown(["bluegreen_routs", "bluegreen_acept", "bluegreen_accept", "ansible_host"], _KNOWN) == [
        _SAID.format("bluegreen_acept") + "; the nearest that exists is bluegreen_accept",
        _SAID.format("bluegreen_routs") + "; the nearest that exists is bluegreen_routes",
    ]
    assert about_unknown(["bluegreen_x"], []) == [_SAID.format("bluegreen_x")]


def test_a_refusal_names_them_all() -> None:
    error = str(refusal(["a is set", "b is set"]))
    assert error.startswith("BG750: a is set; b is set. Nothing was changed. Correct each name")


def test_what_roles_and_playbooks_read_is_known() -> None:
    known = known_variables()
    assert {"bluegreen_blue", "bluegreen_hosts", "bluegreen_approve_cutover", "bluegreen_unknown_variables"} <= known
    assert "bluegreen_acept" not in known
    assert all(name.startswith("bluegreen_") for name in known)

# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documented privileges are those of the demo's role, and each of them is in the table with its step."""

from __future__ import annotations

import re

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.preflight.checks import CODES
from demo.commands import PROJECT
from scripts.write_privileges import PAGE, page
from tests.fixtures.privileges import documented_grants

_NAMES = {"bluegreen_migrator": "{migrator}", "shop_owner": "{owner}", "shop": "{database}"}


def test_the_demo_grants_exactly_what_is_documented() -> None:
    script = re.sub(
        r"--.*|^\\.*|^SELECT.*\\gset",
        "",
        (PROJECT / "demo" / "roles.sql").read_text(encoding="utf-8"),
        flags=re.MULTILINE,
    )
    script = script.replace(":'migrator_password'", "{password}").replace("TO shop_app, ", "TO ")
    statements = [" ".join(part.split()) for part in script.split(";")]
    before_16 = "ALTER ROLE {migrator} SUPERUSER"
    granted = []
    for statement in statements:
        named = re.sub(r"\w+", lambda word: _NAMES.get(word[0], word[0]), statement)
        if "{migrator}" in named and named != before_16:
            granted.append(named)
    assert sorted(granted) == sorted(documented_grants(18))


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run PYTHONPATH=collections python -m scripts.write_privileges"


def test_before_16_there_is_no_role_for_subscribers() -> None:
    assert set(documented_grants(18)) - set(documented_grants(15)) == {"GRANT pg_create_subscription TO {migrator}"}


def test_every_privilege_of_the_table_is_asked_for_by_a_check() -> None:
    page = (PROJECT / "docs" / "privileges.md").read_text(encoding="utf-8")
    table = [line.split("|") for line in page.splitlines() if re.match(r"\| (prepare|setup|replicate|cutover)", line)]
    named = {code for row in table for code in re.findall(r"BG\d{3}", row[5])}
    assert named == {"BG127", "BG130", "BG131", "BG132", "BG133", "BG134", "BG135", "BG136", "BG139", "BG903"}
    assert named <= CODES

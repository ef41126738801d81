# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The migration plan that prepare writes."""

from __future__ import annotations

import json

import pytest

from tests.integration.conftest import Migration


@pytest.mark.soak
def test_prepare_writes_the_plan_also_when_refused_and_without_a_password(migration: Migration) -> None:
    migration.variables["bluegreen_accept"] = [
        {"code": "BG151", "object": "public.cache", "reason": "it fills itself", "expires": "2120-01-31"},
        {"code": "BG142", "reason": "meets nothing"},
    ]
    migration.blue.query("CREATE TABLE keyless (n int)", role="owner")
    migration.blue.query("CREATE UNLOGGED TABLE cache (id int PRIMARY KEY)", role="owner")
    refused = migration.play("prepare")
    assert "BG710" in refused.output
    plan = (migration.reports / "migration_plan.md").read_text(encoding="utf-8")
    assert "public.keyless" in plan, "the plan is there before the risks are gone"
    migration.blue.query("DROP TABLE keyless", role="owner")
    migration.advance("prepare")
    plan = (migration.reports / "migration_plan.md").read_text(encoding="utf-8")
    for part in ("Objective", "Schema changes", "Data changes", "Risks", "Rollback plan"):
        assert f"## {part}\n" in plan
    assert f"| blue | 127.0.0.1 | {migration.blue.name} | 17 |" in plan
    assert "### 0001_add_users_phone.up.sql\n\n```sql\nALTER TABLE users ADD COLUMN phone text;" in plan
    word = "Accepted because: it fills itself (until 2120-01-31). BG151 blue: 1 unlogged table"
    runbook = (migration.reports / "runbook.md").read_text(encoding="utf-8")
    assert word in plan
    assert word in runbook
    assert any(word in str(details) for (details,) in migration.green.query("SELECT details FROM bluegreen.journal"))
    assert "meets nothing" not in plan
    assert "public.keyless" not in plan
    assert migration.blue.roles["migrator"].password not in plan
    [told] = json.loads((migration.reports / "preflight.sarif").read_text(encoding="utf-8"))["runs"]
    suppressed = {one["ruleId"]: one["suppressions"] for one in told["results"] if "suppressions" in one}
    assert suppressed["BG151"][0]["justification"] == "it fills itself (until 2120-01-31)"


@pytest.mark.soak
def test_the_plan_stays_as_it_was_decided_on(migration: Migration) -> None:
    migration.advance("prepare", "setup")
    plan = (migration.reports / "migration_plan.md").read_text(encoding="utf-8")
    migration.green.query("ALTER TABLE users ADD COLUMN found_later text", role="owner")
    run = migration.play("prepare")
    assert run.status == 0, run.output
    assert "found_later" in run.output
    assert run.count("changed", migration.host) == 0
    assert (migration.reports / "migration_plan.md").read_text(encoding="utf-8") == plan

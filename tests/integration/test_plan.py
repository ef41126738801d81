# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The migration plan that prepare writes."""

from __future__ import annotations

from tests.integration.conftest import Migration


def test_prepare_writes_the_plan_also_when_refused_and_without_a_password(migration: Migration) -> None:
    migration.variables["bluegreen_accept"] = [{"code": "BG142", "reason": "the shop is small"}]
    migration.blue.query("CREATE TABLE keyless (n int)", role="owner")
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
    assert "- BG142: the shop is small" in plan
    assert "public.keyless" not in plan
    assert migration.blue.roles["migrator"].password not in plan


def test_the_plan_stays_as_it_was_decided_on(migration: Migration) -> None:
    migration.advance("prepare", "setup")
    plan = (migration.reports / "migration_plan.md").read_text(encoding="utf-8")
    migration.green.query("ALTER TABLE users ADD COLUMN found_later text", role="owner")
    run = migration.play("prepare")
    assert run.status == 0, run.output
    assert "found_later" in run.output
    assert run.count("changed", migration.host) == 0
    assert (migration.reports / "migration_plan.md").read_text(encoding="utf-8") == plan

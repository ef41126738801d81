# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a trial restore refuses is told once, and not where setup makes what is missing."""

from __future__ import annotations

from dataclasses import replace

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.preflight.checks import examine
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.schema import trial
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.schema.surroundings import Surrounding
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.schema.trial import Refusal, Trial
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side
from tests.unit.preflight.examples import codes, extension, facts, role, roles, settings, with_database


def test_what_another_check_names_is_not_said_twice() -> None:
    missing = with_database(facts(), Side.BLUE, needed_roles=("owner", "app", "boss"))
    assert codes(replace(missing, trial=Trial((Refusal(trial.OWNER, "boss", "no"),)))) == ["BG136 green"]
    extended = facts({"extensions": (extension("plpgsql", "1.0"), extension("far", "1.0"))})
    assert codes(replace(extended, trial=Trial((Refusal(trial.EXTENSION, "far", "no"),)))) == ["BG170 green"]


def test_a_privilege_without_its_role_is_a_consequence_where_missing_roles_are_named() -> None:
    refused = Trial((Refusal(trial.GRANTEE, "ACL public.users", 'role "reader" does not exist'),))
    assert codes(facts(trial=refused)) == ["BG272 green"]
    lacking = with_database(facts(trial=refused), Side.BLUE, needed_roles=("reader",))
    assert codes(lacking) == ["BG136 green"]


def test_what_setup_makes_is_no_task_of_the_users() -> None:
    newcomer = Surrounding("role", "batch", "", {"role": "batch"})
    setting = Surrounding(
        "setting", "work_mem of the database", "", {"parameter": "TimeZone", "role": None, "database": True}
    )
    blue = {
        "role_settings": {"": {"TimeZone": "UTC"}},
        "settings": settings(TimeZone="Asia/Tokyo"),
        "roles": roles(role("batch")),
    }
    spoiled = facts(blue, application_roles=("app", "batch"))
    assert codes(spoiled) == ["BG119 green", "BG141 green", "BG179 green"]
    assert codes(replace(spoiled, trial=Trial(around=(newcomer, setting)))) == ["BG278 green"]


def test_an_owner_who_rules_on_green_is_not_to_be_granted() -> None:
    known = roles(role("postgres", superuser=True))
    [finding] = examine(facts(green={"roles": known}, trial=Trial((Refusal(trial.OWNER, "postgres", "no"),))))
    assert "GRANT" not in finding.fix

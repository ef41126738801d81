# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A table's gate is recognised by its catalog entry, not by its name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.fixtures.databases import Database, RoleName
from tests.fixtures.migrations import Pair, PairFactory
from tests.fixtures.modules import titles
from tests.live.modules import ModuleProcess
from tests.live.stop import Act, Moment, Stop

MAJORS = [
    (17, 18, "migrator"),
    *(
        pytest.param(*case, marks=pytest.mark.soak)
        for case in [(14, 18, "superuser"), (15, 17, "superuser"), (16, 18, "migrator"), (17, 18, "superuser")]
    ),
]
# A role with TRIGGER on a table may do that: GRANT ALL gives it to an application.
ALIEN = """
CREATE OR REPLACE TRIGGER bluegreen_gate BEFORE INSERT ON users FOR EACH STATEMENT WHEN (false)
EXECUTE FUNCTION pg_catalog.suppress_redundant_updates_trigger()
"""
GATE = "CREATE OR REPLACE TRIGGER bluegreen_gate BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON users"
CONDITION = """
WHEN ((pg_catalog.pg_sequence_last_value('bluegreen.gate') OPERATOR(pg_catalog.=) 4000000000000000001) IS NOT TRUE)
"""
OURS = "EXECUTE FUNCTION bluegreen.pass_gate()"
IMITATION = """
CREATE FUNCTION public.pass_gate() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
"""
IMITATED_SEQUENCE = "CREATE SEQUENCE public.gate; SELECT setval('public.gate', 4000000000000000001)"
# The trigger in the gate's place, by a table of that name.
SABOTAGES = {
    "disabled": "ALTER TABLE users DISABLE TRIGGER bluegreen_gate",
    "for replicas only": "ALTER TABLE users ENABLE REPLICA TRIGGER bluegreen_gate",
    "for apply workers too": "ALTER TABLE users ENABLE ALWAYS TRIGGER bluegreen_gate",
    "gone": "DROP TRIGGER bluegreen_gate ON users",
    "never": f"{GATE} FOR EACH STATEMENT WHEN (false) {OURS}",
    "one column": f"{GATE.replace('UPDATE', 'UPDATE OF id')} {CONDITION} {OURS}",
    "three events": f"{GATE.replace(' OR DELETE', '')} {CONDITION} {OURS}",
    "afterwards": f"{GATE.replace('BEFORE', 'AFTER')} {CONDITION} {OURS}",
    "without its condition": f"{GATE} {OURS}",
    "another number": f"{GATE} {CONDITION.replace('4000000000000000001', '1')} {OURS}",
    "another sequence": f"{GATE} {CONDITION.replace('bluegreen.gate', 'public.gate')} {OURS}",
    "another function": f"{GATE} {CONDITION} EXECUTE FUNCTION public.pass_gate()",
    "a constraint": "DROP TRIGGER bluegreen_gate ON users; CREATE CONSTRAINT TRIGGER bluegreen_gate AFTER INSERT"
    " ON users DEFERRABLE FOR EACH ROW EXECUTE FUNCTION bluegreen.pass_gate()",
    "a transition table": "DROP TRIGGER bluegreen_gate ON users; CREATE TRIGGER bluegreen_gate AFTER INSERT ON users"
    " REFERENCING NEW TABLE AS new EXECUTE FUNCTION bluegreen.pass_gate()",
    "an argument": f"{GATE} EXECUTE FUNCTION bluegreen.pass_gate('argument')",
}


def replace_the_gate(side: Database) -> None:
    side.query(f"GRANT TRIGGER ON users TO {side.roles['app'].name}", role="owner")
    side.query(ALIEN, role="app")


def make_a_large_object(side: Database) -> None:
    side.query("SELECT lo_create(0)", role="app")


@pytest.mark.parametrize(("blue", "green", "role"), MAJORS)
def test_a_gate_that_an_application_replaced_stops_the_switch_and_is_put_right(
    pair: PairFactory, blue: int, green: int, role: RoleName
) -> None:
    made = pair(blue, green)
    made.role = role
    made.replicate()
    replace_the_gate(made.blue)
    refused = made.run("cutover", target="green")
    assert refused.get("failed"), "the cutover passed a gate that lets every writer pass"
    assert [(one["code"], one["objects"]) for one in refused["details"]["reasons"]] == [("BG515", ["public.users"])]
    assert titles(made.succeed("write_gate")) == ["gate blue public.users"]
    assert made.succeed("cutover", target="green")["in_service"] == "green"
    assert made.write(made.blue) == "25006"


@pytest.mark.parametrize(
    ("attack", "named"),
    [(replace_the_gate, "public.users"), (make_a_large_object, "large object")],
    ids=["another trigger", "a large object"],
)
def test_what_a_closed_gate_would_let_pass_stops_the_switch_in_the_last_moment(
    pair: PairFactory, attack: Callable[[Database], None], named: str
) -> None:
    made = pair()
    made.replicate()
    fence = Stop("fence blue", Moment.BEFORE, Act.ASK)
    switch = ModuleProcess("cutover", {**made.ends(), "target": "green"}, stop=fence)
    assert switch.await_hit() is not None
    attack(made.blue)
    switch.go_on()
    refused = switch.wait()
    assert refused["failed"]
    assert named in refused["msg"]
    assert made.write(made.blue) is None, "it was undone"


def test_what_is_not_the_gate_is_no_gate(pair: PairFactory) -> None:
    made = pair()
    for table in SABOTAGES:
        for side in (made.blue, made.green):
            side.query(f'CREATE TABLE "{table}" (id integer PRIMARY KEY)', role="owner")
    made.succeed("write_gate")
    made.blue.query(IMITATION + IMITATED_SEQUENCE)
    for table, sabotage in SABOTAGES.items():
        made.blue.query(sabotage.replace("ON users", f'ON "{table}"').replace("TABLE users", f'TABLE "{table}"'))
    spoiled = sorted(f'public."{table}"' if " " in table else f"public.{table}" for table in SABOTAGES)
    assert sorted(gates(made)["ungated"]) == spoiled
    assert sorted(titles(made.succeed("write_gate"))) == [f"gate blue {table}" for table in spoiled]
    assert gates(made)["ungated"] == []


def gates(pair: Pair) -> dict[str, Any]:
    found: dict[str, Any] = pair.succeed("migration_info")["gates"]["blue"]
    return found


@pytest.mark.parametrize(
    "sabotage",
    [
        pytest.param("CREATE OR REPLACE FUNCTION bluegreen.pass_gate() RETURNS trigger LANGUAGE plpgsql"
                     " SECURITY DEFINER AS 'BEGIN RETURN NULL; END'", id="another body"),
        pytest.param("ALTER FUNCTION bluegreen.pass_gate() SECURITY INVOKER", id="as the writer"),
        pytest.param("ALTER FUNCTION bluegreen.pass_gate() SET search_path = public", id="another path"),
        pytest.param("ALTER FUNCTION bluegreen.pass_gate() OWNER TO {owner}", id="somebody's function"),
        pytest.param("ALTER SEQUENCE bluegreen.gate OWNER TO {owner}", id="somebody's sequence"),
        pytest.param("GRANT UPDATE ON SEQUENCE bluegreen.gate TO {app}", id="anybody sets it"),
        pytest.param("GRANT USAGE ON SEQUENCE bluegreen.gate TO PUBLIC", id="everybody draws from it"),
    ],
)  # fmt: skip
@pytest.mark.soak
def test_a_function_or_sequence_that_is_not_as_we_made_it_is_no_gate(gated: Pair, sabotage: str) -> None:
    gated.blue.query(sabotage.format(**{kind: role.name for kind, role in gated.blue.roles.items()}))
    assert not gates(gated)["installed"]
    assert gated.run("cutover", target="green")["failed"]


def test_whoever_default_privileges_give_our_sequence_to_does_not_keep_it(pair: PairFactory) -> None:
    made = pair()
    for kind in ("migrator", "superuser"):
        made.blue.query(
            f"ALTER DEFAULT PRIVILEGES FOR ROLE {made.blue.roles[kind].name} GRANT ALL ON SEQUENCES TO PUBLIC;"
            f"ALTER DEFAULT PRIVILEGES FOR ROLE {made.blue.roles[kind].name} GRANT ALL ON SEQUENCES TO"
            f" {made.blue.roles['app'].name}"
        )
    made.succeed("write_gate")
    assert gates(made)["installed"]
    refused = made.write(made.blue, "SELECT setval('bluegreen.gate', 1)")
    assert refused == "42501", "an application can open the gate wide under a fence"

# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an error says of where things stand is so: each side that it calls unchanged is compared, before and after."""

from __future__ import annotations

import contextlib
import re
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from psycopg2 import sql

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side
from ansible_collections.bluegreen.postgresql.plugins.module_utils._embedded.server import free_port
from tests.fixtures.databases import DatabaseFactory, run_statement
from tests.fixtures.in_service import look_of
from tests.fixtures.migrations import Pair, PairFactory
from tests.fixtures.modules import ModuleRunner
from tests.fixtures.retired import archive_parameters, clean_up, switch
from tests.fixtures.schema_pairs import load, shop_pair
from tests.live.modules import ModuleProcess
from tests.live.stop import Act, Moment, Stop

_NOTHING = re.compile(r"\b(?:nothing was (?:changed|compared)|everything was undone)\b", re.IGNORECASE)
_SIDE = re.compile(
    r"\b(blue|green)\b(?: \w+){0,6}? (?:untouched|only read|as it was)\b|\b(blue|green)\b is in service and untouched",
    re.IGNORECASE,
)
_FLEETING = ("ours ", "SELECT pg_catalog.setval")  # what a copy keeps of itself; positions that writers move
Result = dict[str, Any]


def claimed(result: Result) -> set[Side]:
    """Return the sides that an error calls unchanged."""
    stands = result["stands"]
    if _NOTHING.search(stands):
        return set(Side)
    return {Side(name.lower()) for found in _SIDE.finditer(stands) for name in found.groups() if name}


@dataclass(frozen=True)
class Claim:
    """An error that can be provoked: what comes before, and the call that fails. ``of``: whom it calls unchanged."""

    code: str
    before: Callable[[Pair], object]
    call: Callable[[Pair], Result]
    of: tuple[Side, ...] = (Side.BLUE, Side.GREEN)


def _without_slot(made: Pair) -> None:
    made.replicate()
    name = made.lane("forward")
    made.green.query(f'ALTER SUBSCRIPTION "{name}" DISABLE')
    made.green.query(f'ALTER SUBSCRIPTION "{name}" SET (slot_name = NONE)')
    made.blue.query("SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE slot_name = %s", name)
    made.blue.query("SELECT pg_drop_replication_slot(%s)", name)


def _link(direction: str) -> Callable[[Pair], Result]:
    return lambda made: made.run("replication_link", direction=direction)


def _copied_in_vain(made: Pair) -> Result:
    made.run("replication_link", direction="forward")
    return made.run("replication_catchup", timeout=60)


def _gated(*statements: str, side: str = "blue") -> Callable[[Pair], None]:
    def before(made: Pair) -> None:
        made.succeed("write_gate")
        for statement in statements:
            getattr(made, side).query(statement)

    return before


def _replicated(*statements: str, side: str = "blue") -> Callable[[Pair], None]:
    def before(made: Pair) -> None:
        made.replicate()
        for statement in statements:
            getattr(made, side).query(statement.format(lane=made.lane("forward")))

    return before


def _stopped_at_the_fence(made: Pair) -> Result:
    """Let a writer who has passed the gate keep the fence from closing."""
    with contextlib.closing(made.blue.connect("app", autocommit=False)) as holder:
        run_statement(holder, "UPDATE users SET name = 'mine' WHERE id = 1")
        return made.run("cutover", target="green", hold_limit=0.5)


def _stopped_in_the_drain(made: Pair) -> Result:
    """End the session that fences, when all is ready to be opened."""
    stop = Stop("drain into green", Moment.BEFORE, Act.ASK)
    process = ModuleProcess("cutover", {**made.ends(), "target": "green", "deadline": 30.0}, stop)
    assert process.await_hit() is not None
    made.blue.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = %s",
        f"bluegreen {made.migration} switch",
    )
    process.go_on()
    return process.wait()


def _emergency(**green: Any) -> Callable[[Pair], Result]:
    """Ask for one although green is well; ``green``: what is wrong with its endpoint."""

    def call(made: Pair) -> Result:
        with tempfile.TemporaryDirectory() as folder:
            wish = {"accept_loss": True, "patience": 0.0, "file": str(Path(folder, "missing.json"))}
            ends = {**made.ends(), "green": {**made.ends()["green"], **green}}
            result = made.runner("emergency_rollback", {**ends, **wish})
            assert list(Path(folder).iterdir()) == []
        return result

    return call


def _emergency_from_elsewhere(made: Pair) -> Result:
    port = made.ends()["green"]["port"]
    return _emergency(port=free_port(), peer={"port": port})(made)


def _dumped_in_vain(made: Pair) -> Result:
    with tempfile.TemporaryDirectory() as folder:
        result = made.run("archive_database", **archive_parameters(made, Path(folder)))
        assert list(Path(folder).iterdir()) == [], "no archive was made"
    return result


def _over(*statements: str) -> Callable[[Pair], None]:
    def before(made: Pair) -> None:
        switch(made)
        clean_up(made)
        for statement in statements:
            made.blue.query(statement)

    return before


_CLAIMS = [
    Claim("BG301", _gated("CREATE TABLE more (id int PRIMARY KEY)"), _link("forward")),
    Claim(
        "BG302",
        _replicated("ALTER TABLE users ADD phone text; ALTER TABLE users REPLICA IDENTITY FULL", side="green"),
        _link("reverse"),
    ),
    Claim(
        "BG306",
        _gated("SET session_replication_role = replica; INSERT INTO users (name) VALUES ('x')", side="green"),
        _link("forward"),
    ),
    Claim("BG305", _without_slot, _link("forward")),
    Claim("BG308", _replicated('DROP PUBLICATION "{lane}"'), _link("forward")),
    Claim(
        "BG321",
        _gated("ALTER TABLE users ENABLE ROW LEVEL SECURITY; ALTER TABLE users FORCE ROW LEVEL SECURITY"),
        _copied_in_vain,
        (Side.GREEN,),
    ),
    Claim(
        "BG500", _gated(), lambda made: made.run("cutover", target="green", comparison_max_age_hours=0), (Side.BLUE,)
    ),
    Claim("BG403", _gated(), lambda made: made.run("consistency_check", reference="blue")),
    Claim("BG802", _replicated(), lambda made: made.run(
        "archive_database", **archive_parameters(made, Path("/nowhere")))),
    Claim(
        "BG810",
        switch,
        lambda made: made.run("decommission", side="blue", mode="revoke", confirm="", after_days=7.0),
    ),
    Claim("BG520", lambda made: made.replicate(), _stopped_at_the_fence),
    Claim("BG520", lambda made: made.replicate(), _stopped_in_the_drain),
    Claim("BG551", switch, _emergency()),
    Claim("BG551", switch, _emergency(password="wrong")),
    Claim("BG561", switch, _emergency_from_elsewhere),
    Claim("BG801", _over(), lambda made: made.run("archive_database", **archive_parameters(made, Path("archives")))),
    Claim(
        "BG801",
        _over(),
        lambda made: made.run("archive_database", **archive_parameters(made, Path("/proc/nowhere"))),
        (),
    ),
    Claim(
        "BG804",
        _over("SELECT lo_from_bytea(0, 'not for the migrator')"),
        _dumped_in_vain,
        (Side.BLUE,),
    ),
    Claim("BG207", lambda made: made.blue.query("CREATE TABLE more (id int)"), lambda made: made.run(
        "schema_copy", pg_bindir=str(made.green.server.pg_bin))),
]  # fmt: skip


@pytest.mark.soak
@pytest.mark.parametrize("claim", _CLAIMS, ids=lambda claim: claim.code)
def test_what_is_called_unchanged_is_unchanged(pair: PairFactory, claim: Claim) -> None:
    _see(pair(), claim)


def test_what_a_refused_link_calls_unchanged_is_unchanged(pair: PairFactory) -> None:
    _see(pair(), _CLAIMS[0])


def _see(made: Pair, claim: Claim) -> None:
    claim.before(made)
    before = {side: _look(made, side) for side in Side}
    result = claim.call(made)
    assert result["code"] == claim.code, result["msg"]
    assert claimed(result) == set(claim.of), result["stands"]
    for side in claim.of:
        assert _look(made, side) == before[side], side


def _look(made: Pair, side: Side) -> list[str]:
    return [line for line in look_of(getattr(made, str(side))) if not line.startswith(_FLEETING)]


@pytest.mark.soak
def test_a_copy_of_the_schema_that_fails_says_what_stays(database: DatabaseFactory, run_module: ModuleRunner) -> None:
    made = shop_pair(database, run_module)
    load(made.green, "ALTER ROLE {migrator} CREATEROLE")
    reader = f"{made.blue.roles['app'].name}_reader"
    made.blue.query(sql.SQL("CREATE ROLE {}").format(sql.Identifier(reader)))
    made.blue.query(sql.SQL("GRANT SELECT ON shop.users TO {}").format(sql.Identifier(reader)))
    made.green.query(
        "CREATE FUNCTION public.die() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER AS"
        " 'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); END'"
    )
    made.green.query("CREATE EVENT TRIGGER dying ON ddl_command_end WHEN TAG IN ('CREATE VIEW') EXECUTE FUNCTION die()")
    made.green.query("ALTER EXTENSION plpgsql ADD FUNCTION public.die()")
    before = [look_of(side) for side in (made.blue, made.green)]
    failed = made.copy()
    assert failed["code"] == "BG206", failed
    after = [look_of(side) for side in (made.blue, made.green)]
    assert (after[0] == before[0], after[1] == before[1]) == (True, False)
    assert claimed(failed) == {Side.BLUE}, failed["stands"]
    assert f"role {reader}" in failed["stands"]
    assert made.green.query("SELECT count(*) FROM pg_roles WHERE rolname = %s", reader) == [(1,)]


@pytest.mark.parametrize(
    ("stands", "sides"),
    [
        ("Nothing was changed", {Side.BLUE, Side.GREEN}),
        ("Green is as it was: the copy is one transaction", {Side.GREEN}),
        ("Blue stays in service and is untouched; green is as it was before the copy", {Side.BLUE, Side.GREEN}),
        ("blue is in service and untouched", {Side.BLUE}),
        ("Blue stays in service; the copy goes on by itself", set()),
    ],
)
def test_a_claim_is_seen(stands: str, sides: set[Side]) -> None:
    assert claimed({"stands": stands}) == sides

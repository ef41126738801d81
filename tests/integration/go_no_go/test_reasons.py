# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each reason not to switch, planted alone on real servers, gives its code only; all of them come in one run."""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain import versions
from tests.fixtures.databases import DatabaseFactory, run_statement
from tests.fixtures.migrations import Pair, PairFactory
from tests.fixtures.modules import ModuleRunner
from tests.fixtures.schema_pairs import shop_pair
from tests.fixtures.servers import restart

ASKED: dict[str, Any] = {"target": "green", "routes": [], "comparison_max_age_hours": 1.0}
LATE = "2020-01-01T00:00:00Z"
REPLICA = "SET session_replication_role = replica;"
BIG = f"{REPLICA} INSERT INTO unknown SELECT repeat('x', 400) FROM generate_series(1, 300)"


@pytest.fixture
def ready(pair: PairFactory) -> Pair:
    """Give a pair without any reason not to switch: linked both ways and compared."""
    made = pair()
    made.green.query("CREATE TABLE unknown (note text) WITH (autovacuum_enabled = false)", role="owner")
    made.replicate()
    made.succeed("consistency_check")
    return made


Planted = AbstractContextManager[dict[str, Any]]
Planter = Callable[[Pair], Planted]


@contextmanager
def by_parameters(parameters: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Plant nothing but parameters."""
    yield parameters


def asked(**parameters: Any) -> Planter:
    """Return a planter of parameters."""
    return lambda _made: by_parameters(parameters)


def by_statements(side: str, plant: str, unplant: str, **parameters: Any) -> Planter:
    """Return a planter that runs a statement as the superuser on that side and takes it back by another."""

    @contextmanager
    def planted(made: Pair) -> Iterator[dict[str, Any]]:
        getattr(made, side).query(plant)
        try:
            yield parameters
        finally:
            getattr(made, side).query(unplant)

    return planted


def link_down(direction: str) -> Planter:
    """Return a planter that disables a link."""

    @contextmanager
    def planted(made: Pair) -> Iterator[dict[str, Any]]:
        made.succeed("replication_link", direction=direction, state="disabled")
        yield {}
        made.succeed("replication_link", direction=direction, state="present")
        made.succeed("canary", timeout=30.0)

    return planted


@contextmanager
def open_transaction(made: Pair) -> Iterator[dict[str, Any]]:
    """Hold a transaction open on blue, under a name like ours."""
    holder = made.blue.connect("app", autocommit=False)
    run_statement(holder, "SET application_name = 'bluegreen x'")
    run_statement(holder, "SELECT 1")
    time.sleep(0.3)
    yield {"max_transaction_seconds": 0.2}
    holder.rollback()


@contextmanager
def slow_apply(made: Pair, side: str, **parameters: Any) -> Iterator[dict[str, Any]]:
    """Delay each marker when it is applied on that side; the function's owner is not a stranger."""
    database = getattr(made, side)
    database.query(
        "CREATE FUNCTION bluegreen.slow() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN PERFORM pg_catalog.pg_sleep(6); RETURN NEW; END $$",
        role=made.role,
    )
    database.query(
        "CREATE TRIGGER slow BEFORE INSERT ON bluegreen.marker_1 FOR EACH ROW EXECUTE FUNCTION bluegreen.slow()"
    )
    database.query("ALTER TABLE bluegreen.marker_1 ENABLE REPLICA TRIGGER slow")
    yield parameters
    database.query("DROP FUNCTION bluegreen.slow() CASCADE")
    made.succeed("canary", timeout=60.0)


def slow(side: str, **parameters: Any) -> Planter:
    """Return a planter of a slow apply worker."""
    return lambda made: slow_apply(made, side, **parameters)


def of_the_app(setting: str) -> Planter:
    """Return a planter of a default of the application's role on blue."""
    name = setting.split(maxsplit=1)[0]

    @contextmanager
    def planted(made: Pair) -> Iterator[dict[str, Any]]:
        app = made.blue.roles["app"].name
        made.blue.query(f'ALTER ROLE "{app}" SET {setting}')
        try:
            yield {}
        finally:
            made.blue.query(f'ALTER ROLE "{app}" RESET {name}')

    return planted


def hook(*observe: str) -> dict[str, Any]:
    """Return a route that reports what a command prints."""
    return {"type": "hook", "observe": list(observe), "switch": ["true"]}


FENCE = "(migration, side, epoch, event, target) VALUES (current_database(), 'blue', 1, 'fenced', 'green')"
# As the migrator, who must own everything in our schema.
FENCED_AGAIN = """
CREATE TABLE bluegreen.fenced ();
DO $$ BEGIN EXECUTE (SELECT format('ALTER TABLE bluegreen.fenced OWNER TO %s', nspowner::regrole)
                     FROM pg_namespace WHERE nspname = 'bluegreen'); END $$
"""
VERDICT = "UPDATE bluegreen.comparison_verdict SET clean = "
PLANTED: dict[str, tuple[str, Planter]] = {
    "link": ("BG510", link_down("forward")),
    "way back": ("BG511", link_down("reverse")),
    "lag": ("BG512", asked(max_lag_seconds=0.00001)),
    "transaction": ("BG513", open_transaction),
    "prepared": (
        "BG514",
        by_statements("blue", "BEGIN; SELECT 1; PREPARE TRANSACTION 'planted_gid'", "ROLLBACK PREPARED 'planted_gid'"),
    ),
    "comparison": ("BG523", by_statements("green", f"{VERDICT} false", f"{VERDICT} true")),
    "sequence": (
        "BG524",
        by_statements("green", "ALTER SEQUENCE users_id_seq MAXVALUE 150", "ALTER SEQUENCE users_id_seq NO MAXVALUE"),
    ),
    "statistics": ("BG525", by_statements("green", BIG, f"{REPLICA} TRUNCATE unknown")),
    "check": ("BG526", asked(health_checks=[{"name": "shop", "command": ["false"]}])),
    "window": ("BG527", asked(window={"start": LATE, "end": LATE})),
    "approval": ("BG528", asked(approval={"word": "yes"})),
    "checklist": (
        "BG540",
        asked(prerequisites=[{"name": "backup", "fulfilled": None, "known_by": "nothing", "detail": "none"}]),
    ),
    "standby": (
        "BG516",
        by_statements(
            "blue",
            "SELECT pg_create_physical_replication_slot('planted')",
            "SELECT pg_drop_replication_slot('planted')",
        ),
    ),
    "journal": (
        "BG503",
        by_statements(
            "blue", f"INSERT INTO bluegreen.journal {FENCE}", "DELETE FROM bluegreen.journal WHERE epoch = 1"
        ),
    ),
    "green open": (
        "BG504",
        by_statements("green", "DROP TABLE bluegreen.fenced", FENCED_AGAIN),
    ),
    "route": ("BG517", asked(routes=[hook("echo", '{"side": "green", "held": false}')])),
    "deaf route": ("BG611", asked(routes=[hook("false")])),
    "through the fence": ("BG250", of_the_app("session_replication_role = replica")),
    "past the signpost": ("BG251", of_the_app("default_transaction_read_only = off")),
    "hole": (
        "BG515",
        by_statements("blue", "DROP TRIGGER bluegreen_gate ON users", "SELECT 1"),
    ),
}
SLOW: dict[str, tuple[str, Planter]] = {
    "drain": ("BG519", slow("green", max_lag_seconds=30.0, deadline=1.5)),
    "canary": ("BG522", slow("blue")),
}
# Codes that come together: no marker is sent through a broken link, so its lag is unknown too; and if a journal has a
# switch, an open green makes it unclear which side is in service at all.
TOGETHER = [name for name in PLANTED if name not in ("lag", "green open")]


def codes(made: Pair, *, check: bool = False, **parameters: Any) -> list[str]:
    """Run go/no-go and return the codes of all reasons."""
    result = made.runner("cutover", {**made.ends(), **ASKED, **parameters}, check=check)
    assert result["code"] == "BG500", result
    assert "blue is in service and untouched" in result["msg"]
    return sorted(reason["code"] for reason in result["details"]["reasons"])


def test_each_reason_alone_gives_its_code_and_all_of_them_come_at_once(ready: Pair) -> None:
    assert ready.succeed("cutover", check=True, **ASKED)["changed"]
    found = {}
    for name, (code, plant) in PLANTED.items():
        with plant(ready) as parameters:
            found[name] = (codes(ready, check=name != "lag", **parameters), [code])
        if name == "hole":
            ready.succeed("write_gate")
    assert {name: got for name, (got, _expected) in found.items()} == {
        name: expected for name, (_got, expected) in found.items()
    }
    with ExitStack() as stack:
        together: dict[str, Any] = {}
        for name in TOGETHER:
            planted = stack.enter_context(PLANTED[name][1](ready))
            together |= {**planted, "routes": [*together.get("routes", []), *planted.get("routes", [])]}
        assert codes(ready, check=True, **together) == sorted(PLANTED[name][0] for name in TOGETHER)
    assert (ready.write(ready.blue), ready.write(ready.green)) == (None, "25006")


@pytest.mark.soak
@pytest.mark.parametrize("name", SLOW)
def test_a_slow_apply_worker_is_its_own_reason(ready: Pair, name: str) -> None:
    code, plant = SLOW[name]
    with plant(ready) as parameters:
        assert codes(ready, **parameters) == [code]


def test_a_comparison_is_asked_for_until_one_has_ended_and_covers_everything(pair: PairFactory) -> None:
    made = pair()
    made.replicate()
    assert codes(made, check=True) == ["BG523"]
    made.succeed("consistency_check", tables=["public.users"])
    assert codes(made, check=True) == ["BG523"]
    made.succeed("consistency_check")
    assert made.succeed("cutover", check=True, **ASKED)["changed"]
    assert codes(made, check=True, comparison_max_age_hours=1e-9) == ["BG523"]


@pytest.mark.soak
def test_a_version_that_nobody_has_tried_is_asked_for_again(ready: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    """Green's server may have been upgraded since preflight."""
    monkeypatch.setattr(versions, "NEWEST", 17)
    assert codes(ready, check=True) == ["BG007"]
    accepted = {"code": "BG007", "object": "18", "reason": "tried with a copy"}
    assert ready.runner("cutover", {**ready.ends(), **ASKED, "accepted": [accepted]}, check=True)["changed"]


def test_a_comparison_outlives_a_crash_of_green(pair: PairFactory) -> None:
    made = pair(alone=True)
    made.replicate()
    # As earlier versions of the collection created it.
    made.green.query("CREATE UNLOGGED TABLE bluegreen.comparison_verdict (migration text PRIMARY KEY, "
                     "clean boolean NOT NULL, started timestamptz NOT NULL, tables text[] NOT NULL)",
                     role=made.role)  # fmt: skip
    made.succeed("consistency_check")
    restart(made.green.server.embedded, "immediate")
    for direction in ("forward", "reverse"):
        made.succeed("replication_catchup", direction=direction, timeout=60)
    assert made.succeed("cutover", **ASKED, deadline=60, max_lag_seconds=60)["in_service"] == "green"


@pytest.mark.soak
def test_a_change_of_blue_since_the_copy_is_a_reason_and_green_s_own_change_is_none(
    database: DatabaseFactory, run_module: ModuleRunner
) -> None:
    made = shop_pair(database, run_module)
    assert not made.copy().get("failed")
    arguments = {key: value for key, value in made.arguments().items() if key != "pg_bindir"}
    made.green.query("ALTER TABLE shop.users ADD extra text")
    asked_for = {**arguments, "target": "green", "routes": []}
    before = {one["code"] for one in made.run("cutover", asked_for, check=True)["details"]["reasons"]}
    made.blue.query("ALTER TABLE shop.users ADD late int")
    after = {one["code"] for one in made.run("cutover", asked_for, check=True)["details"]["reasons"]}
    assert after - before == {"BG518"}


def test_a_change_in_the_middle_of_the_switch_stops_it_and_is_shown(ready: Pair, tmp_path: Path) -> None:
    end = ready.blue.endpoint("superuser")
    target = f"host={end['host']} port={end['port']} dbname={end['dbname']} user={end['user']}"
    psql = ready.green.server.pg_bin / "psql"
    alter = f'{psql} -qX -d {shlex.quote(target)} -c "ALTER TABLE users ADD late int"'
    hold, observe = tmp_path / "hold", tmp_path / "observe"
    hold.write_text(f"#!/bin/sh\nPGPASSWORD={shlex.quote(end['password'])} {alter} >/dev/null\n", encoding="utf-8")
    observe.write_text('#!/bin/sh\necho \'{"side": "blue", "held": false}\'\n', encoding="utf-8")
    for script in (hold, observe):
        script.chmod(0o755)
    nothing = ["/bin/true"]
    route = {"type": "hook", "observe": [str(observe)], "hold": [str(hold)], "switch": nothing, "release": nothing}
    stopped = ready.run("cutover", **{**ASKED, "routes": [route]}, deadline=30.0)
    assert stopped["code"] == "BG520"
    assert "the schema of blue was changed meanwhile (column public.users.late is new)" in stopped["msg"]
    assert (ready.write(ready.blue), ready.write(ready.green)) == (None, "25006")

# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a client of our own sees of a switch, on real servers and through a real PgBouncer."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.versions import majors_of
from demo.client import compare
from tests.fixtures.bouncers import BouncerFactory
from tests.fixtures.chosen import chosen
from tests.fixtures.conditions import wait_for
from tests.fixtures.databases import Database
from tests.fixtures.migrations import Pair, PairFactory
from tests.integration.routes.rigs import bouncer_entry
from tests.live.modules import ModuleProcess

_RIGHTS = """
SELECT pg_catalog.has_schema_privilege(%s, 'bluegreen', 'USAGE'),
       pg_catalog.has_any_column_privilege(%s, 'bluegreen.probe', 'INSERT')
"""


_OFTEN = 500  # writes a second: the fewer, the later either notices that nobody writes


class Probe:
    """The module with the parameters of one migration; a process of its own, as under Ansible, since it forks."""

    def __init__(self, made: Pair, application: dict[str, Any], file: Path) -> None:
        self.made = made
        self.application = application
        self.file = file

    def __call__(self, state: str, *, check: bool = False, **more: Any) -> dict[str, Any]:
        """Run it; it never fails."""
        arguments = {"application": self.application, "file": str(self.file), "state": state, **more}
        result = ModuleProcess("client_probe", {**self.made.ends(), **arguments}, check=check).wait()
        assert not result.get("failed"), result
        return result

    def rights(self) -> list[tuple[bool, bool]]:
        """Return for each side whether the application may look into our schema, and insert into the probe's table."""
        sides = (self.made.blue, self.made.green)
        return [side.query(_RIGHTS, *[side.roles["app"].name] * 2)[0] for side in sides]


def both(made: Pair) -> dict[str, Any]:
    """Return the application's connection that names both servers and finds the one in service."""
    ends = [made.blue.endpoint("app"), made.green.endpoint("app")]
    several = {key: ",".join(str(end[key]) for end in ends) for key in ("host", "port")}
    return {**ends[0], **several, "target_session_attrs": "read-write"}


@pytest.fixture
def made(pair: PairFactory) -> Pair:
    """Give a pair whose rows flow both ways."""
    made = pair()
    made.replicate()
    return made


@pytest.fixture
def probe(made: Pair, tmp_path: Path) -> Iterator[Probe]:
    """Give its probe, through a connection that names both servers; at the end it is stopped."""
    file = tmp_path / "probe.jsonl"
    yield Probe(made, both(made), file)
    file.unlink(missing_ok=True)


def writer_of(file: Path) -> int:
    """Return the process that has the probe's file open."""
    [pid] = [int(each.name) for each in Path("/proc").iterdir() if each.name.isdigit() and _has_open(each, file)]
    return pid


def _has_open(process: Path, file: Path) -> bool:
    try:
        return any(one.samefile(file) for one in (process / "fd").iterdir())
    except OSError:
        return False


def await_writes_on(made: Pair, side: str) -> None:
    """Wait until the probe of this switch has written there: what it wrote there before does not count."""
    written = "SELECT count(*) FROM bluegreen.probe WHERE side = %s"
    before = getattr(made, side).query(written, side)
    wait_for(lambda: bool(getattr(made, side).query(written, side) > before))


def _rows(side: Database) -> int:
    [(count,)] = side.query("SELECT count(*) FROM bluegreen.probe")
    return int(count)


def test_there_and_back_it_says_how_long_a_client_waited_and_what_became_of_its_writes(probe: Probe) -> None:
    for target, left in (("green", "blue"), ("blue", "green")):
        begun = probe("started", rate=200)
        assert (begun["running"], begun["why"], begun["changed"]) == (True, "", False)
        assert probe.rights() == [(True, True)] * 2
        assert probe.made.succeed("cutover", target=target)["in_service"] == target
        await_writes_on(probe.made, target)
        ended = probe("stopped", gap_warning_ms=1)
        seen = ended["seen"]
        assert [span["side"] for span in seen["sides"]] == [left, target]
        assert (seen["lost"], seen["doubled"], seen["unknown"], seen["ended_by"]) == (0, 0, 0, "stop")
        assert seen["acknowledged"] > 50
        assert seen["writes"] == seen["acknowledged"] + seen["failed"] + seen["settled"]
        assert 1 < seen["longest_gap_ms"] < 5000
        assert 0 < seen["p50_ms"] <= seen["p99_ms"] <= seen["longest_gap_ms"] + 0.1
        assert ended["line"].startswith(f"longest gap {seen['longest_gap_ms']:.0f} ms, {seen['failed']} of ")
        assert ended["alarm"].startswith("BG757: a client waited ")
        assert probe.rights() == [(False, False)] * 2
        assert not list(probe.file.parent.iterdir()), "its file is gone"
        assert probe("stopped")["why"] == "no probe was at work"


def test_through_a_pooler_no_write_fails(made: Pair, pgbouncer: BouncerFactory, tmp_path: Path) -> None:
    bouncer = pgbouncer({"shop": made.blue})
    routes = [bouncer_entry(bouncer, made, "shop")]
    probe = Probe(made, bouncer.endpoint("shop", made.blue), tmp_path / "probe.jsonl")
    assert probe("started")["running"]
    assert made.succeed("cutover", target="green", routes=routes)["in_service"] == "green"
    await_writes_on(made, "green")
    seen = probe("stopped")["seen"]
    assert [span["side"] for span in seen["sides"]] == ["blue", "green"]
    assert (seen["failed"], seen["lost"], seen["doubled"]) == (0, 0, 0)


def _write_down(application: dict[str, Any], commits: list[float], ended: threading.Event) -> None:
    """Write as often as the probe, and keep when each write was acknowledged, as the demo's ledger does."""
    opened = psycopg2.connect(**application)
    opened.autocommit = True
    with closing(opened), opened.cursor() as cursor:
        while not ended.wait(1 / _OFTEN):
            cursor.execute("INSERT INTO users (name) VALUES ('ledger')")
            commits.append(time.time())


@pytest.mark.soak
def test_its_longest_gap_is_the_ledgers(made: Pair, pgbouncer: BouncerFactory, tmp_path: Path) -> None:
    """What is longer than a write: a pooler that holds its clients. Of three, since a processor may be busy."""
    bouncer = pgbouncer({"shop": made.blue})
    application = bouncer.endpoint("shop", made.blue)
    probe = Probe(made, application, tmp_path / "probe.jsonl")
    apart = []
    for _time in range(3):
        commits: list[float] = []
        ended = threading.Event()
        ledger = threading.Thread(target=_write_down, args=(application, commits, ended))
        ledger.start()
        assert probe("started", rate=_OFTEN)["running"]
        await_writes_on(made, "blue")
        bouncer.console("PAUSE")
        time.sleep(0.8)
        bouncer.console("RESUME")
        time.sleep(0.3)
        seen = probe("stopped")["seen"]
        ended.set()
        ledger.join()
        [one] = compare([("switch", seen)], commits)
        assert one.client > 750
        apart.append(abs(one.client - one.ledger))
    assert sorted(apart)[1] <= 5.0, apart


@pytest.mark.parametrize("blue", chosen([one for one in majors_of(Side.BLUE) if one < 16], 11))
def test_an_old_blue_is_measured_as_well(pair: PairFactory, blue: int, tmp_path: Path) -> None:
    old = pair(blue)
    old.succeed("write_gate")
    old.succeed("replication_link", direction="forward")
    old.succeed("replication_catchup", timeout=60)
    old.succeed("replication_link", direction="reverse")
    probe = Probe(old, both(old), tmp_path / "probe.jsonl")
    for target in ("green", "blue"):
        begun = probe("started")
        assert begun["running"], begun
        assert old.succeed("cutover", target=target)["in_service"] == target
        await_writes_on(old, target)
        seen = probe("stopped")["seen"]
        assert (seen["lost"], seen["doubled"]) == (0, 0), seen
        assert seen["sides"][-1]["side"] == target


def test_a_row_that_is_deleted_on_the_side_in_service_counts_as_lost_and_one_that_came_twice_as_doubled(
    probe: Probe,
) -> None:
    probe("started")
    assert probe.made.succeed("cutover", target="green")["in_service"] == "green"
    green = probe.made.green
    green.query("DELETE FROM bluegreen.probe WHERE number = 1")
    green.query("INSERT INTO bluegreen.probe SELECT * FROM bluegreen.probe WHERE number = 2")
    ended = probe("stopped")
    assert (ended["seen"]["lost"], ended["seen"]["doubled"]) == (1, 1)
    assert "1 lost, 1 doubled" in ended["line"]
    assert "1 acknowledged writes are not on the side in service" in ended["alarm"]


def test_a_probe_that_is_killed_says_so_and_the_switch_is_untouched(probe: Probe) -> None:
    probe("started")
    os.kill(writer_of(probe.file), signal.SIGKILL)
    assert probe.made.succeed("cutover", target="green")["in_service"] == "green"
    ended = probe("stopped")
    assert ended["seen"]["ended_by"] == "death"
    assert (ended["seen"]["lost"], [span["side"] for span in ended["seen"]["sides"]]) == (0, ["blue"])
    assert "process ended before it was stopped" in ended["lines"][-1]
    assert probe.rights() == [(False, False)] * 2


def test_without_a_controller_it_ends_by_itself_and_takes_the_right_back(probe: Probe) -> None:
    probe("started", limit=1.0)
    pid = writer_of(probe.file)
    wait_for(lambda: not _has_open(Path(f"/proc/{pid}"), probe.file))
    assert probe.rights() == [(False, False)] * 2
    ended = probe("stopped")
    assert ended["seen"]["ended_by"] == "limit"
    assert "the probe reached its limit before it was stopped" in ended["lines"][-1]


def test_a_run_that_was_killed_is_taken_up(probe: Probe) -> None:
    assert probe("started")["running"]
    pid = writer_of(probe.file)
    assert probe("started")["running"]
    assert writer_of(probe.file) == pid, "one probe is enough"
    probe.file.rename(f"{probe.file}.ended")  # a stop that was killed there
    assert probe("stopped")["seen"]["lost"] == 0


def test_what_prevents_it_is_told_without_a_secret_and_harms_nothing(probe: Probe) -> None:
    secret = "password-that-nobody-may-see"
    right = dict(probe.application)
    for wrong in ({"password": secret}, {"host": "127.0.0.1", "port": "1"}, {"dsn": f"host=x password={secret} ="}):
        probe.application = {**right, **wrong}
        refused = probe("started")
        assert (refused["running"], refused["why"][:6]) == (False, "BG755:")
        assert secret not in json.dumps(refused)
        assert probe.rights() == [(False, False)] * 2
    assert probe.made.succeed("cutover", target="green")["in_service"] == "green"


def test_without_a_link_that_carries_its_rows_it_does_not_write(pair: PairFactory, tmp_path: Path) -> None:
    alone = pair()
    alone.succeed("write_gate")
    probe = Probe(alone, both(alone), tmp_path / "probe.jsonl")
    refused = probe("started")
    assert (refused["running"], refused["why"][:6]) == (False, "BG754:")
    assert _rows(alone.blue) == 0


def test_it_lets_nobody_in_where_usage_of_our_schema_would_open_more(probe: Probe) -> None:
    blue = probe.made.blue
    migrator, app = (blue.roles[name].name for name in (probe.made.role, "app"))
    blue.query(f'ALTER DEFAULT PRIVILEGES FOR ROLE "{migrator}" GRANT SELECT ON TABLES TO "{app}"')
    refused = probe("started")
    assert (refused["running"], refused["why"][:6]) == (False, "BG756:")
    assert probe.rights() == [(False, False)] * 2


def test_it_does_not_write_as_our_own_role(probe: Probe) -> None:
    role = probe.made.blue.roles[probe.made.role]
    probe.application = {**probe.application, "user": role.name, "password": role.password}
    refused = probe("started")
    assert (refused["running"], refused["why"][:6]) == (False, "BG758:")
    assert probe.made.succeed("cutover", target="green")["in_service"] == "green"


def test_the_application_can_only_add_small_rows_and_not_without_end(probe: Probe) -> None:
    probe("started", rate=1)
    blue, write = probe.made.blue, probe.made.write
    one = "INSERT INTO bluegreen.probe (run, number) SELECT gen_random_uuid(), n FROM generate_series(1, {}) n"
    assert write(blue, one.format(1)) is None
    for refused in ("SELECT * FROM bluegreen.probe", "DELETE FROM bluegreen.probe", "TRUNCATE bluegreen.probe",
                    "UPDATE bluegreen.probe SET number = 1", "SELECT * FROM bluegreen.journal",
                    "INSERT INTO bluegreen.probe (side) VALUES ('x')"):  # fmt: skip
        assert write(blue, refused) == "42501", refused
    assert write(blue, one.format(200_000)) == "54000"
    assert write(probe.made.green, one.format(1)) == "25006", "the gate guards it"
    probe("stopped")
    assert write(blue, one.format(1)) == "42501"


def test_who_may_sign_here_keeps_the_right_that_somebody_gave(probe: Probe) -> None:
    for side in (probe.made.blue, probe.made.green):
        side.query(f'GRANT USAGE ON SCHEMA bluegreen TO "{side.roles["app"].name}"')
        side.query(f'GRANT INSERT ON bluegreen.word TO "{side.roles["app"].name}"')
    assert probe("started")["running"]
    probe("stopped")
    assert probe.rights() == [(True, False)] * 2


def test_check_mode_connects_nobody_and_says_so(probe: Probe) -> None:
    before = [probe.made.dump(side) for side in (probe.made.blue, probe.made.green)]
    probe.application = {"host": "127.0.0.1", "port": "1"}
    for state in ("started", "stopped"):
        told = probe(state, check=True)
        assert (told["running"], told["seen"]) == (False, None)
        assert told["why"] == "in check mode no client writes, and nothing is measured"
    assert [probe.made.dump(side) for side in (probe.made.blue, probe.made.green)] == before


def test_cleanup_leaves_nothing_of_it(probe: Probe) -> None:
    probe("started")
    probe.made.succeed("cutover", target="green")
    for direction in ("forward", "reverse"):
        probe.made.succeed("replication_link", direction=direction, state="absent")
    probe.made.succeed("write_gate", state="absent", keep_journal=False)
    found = "SELECT to_regclass('bluegreen.probe'), to_regproc('bluegreen.keep_small'), coalesce(n.nspacl::text, '')"
    for side in (probe.made.blue, probe.made.green):
        for row in side.query(f"{found} FROM pg_namespace n WHERE nspname = 'bluegreen'"):
            assert (row[0], row[1]) == (None, None)
            assert f"{side.roles['app'].name}=" not in row[2]

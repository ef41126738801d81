# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The contract of every router, seen by clients: run for each router against real servers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.clock import Deadline
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.findings import blocking
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side
from ansible_collections.bluegreen.postgresql.plugins.module_utils._routers.contract import RouteError
from ansible_collections.bluegreen.postgresql.plugins.module_utils._routers.registry import ROUTERS
from tests.fixtures.chosen import chosen
from tests.integration.routes.rigs import RIGS, WITHOUT_PROCESS, Ground, Rig, built, give_ground, side_of, soon

__all__ = ["give_ground"]
_SETTLE_SECONDS = 0.3  # after this time, a request without an answer counts as held
_LATE_SECONDS = 2.0  # how much undoing and a loaded machine may add to a deadline
VERBS = ("observe", "hold", "switch", "release")
FRAGILE = pytest.mark.parametrize(
    "rig", chosen(sorted(set(RIGS) - WITHOUT_PROCESS), "pgbouncer", "haproxy"), indirect=True
)


@pytest.fixture(params=chosen(RIGS, *RIGS.keys() - {"pgbouncer over ssh"}))
def rig(request: pytest.FixtureRequest, ground: Ground) -> Iterator[Rig]:
    """Give each router with its clients, leading to blue."""
    yield from built(request.param, ground)


def what_is_held(rig: Rig) -> Callable[[], Side]:
    """Return the client action that a hold delays: a statement in its session, or a new session."""
    if rig.holds == "statements":
        session = rig.connect()
        return lambda: side_of(session)
    # An application already has a session; where a hold queues new sessions, the very first one passes.
    rig.connect()
    return lambda: side_of(rig.connect())


def test_every_router_has_a_rig() -> None:
    assert set(RIGS) >= set(ROUTERS)


def test_it_tells_where_it_leads(rig: Rig) -> None:
    facts = rig.router.observe(soon())

    assert facts.serves(Side.BLUE)
    assert facts.follows or (facts.side is Side.BLUE and not facts.serves(Side.GREEN))
    assert facts.held is False
    assert blocking(facts.problems) == []
    assert side_of(rig.connect()) is Side.BLUE


def test_a_hold_keeps_clients_waiting_and_release_lets_them_go_on(rig: Rig) -> None:
    rig.router.arm(soon())
    ask = what_is_held(rig)
    rig.router.hold(soon())
    assert rig.router.observe(soon()).held is (rig.holds != "nothing")
    with ThreadPoolExecutor(1) as client:
        asked = client.submit(ask)
        if rig.holds != "nothing":
            _assert_waiting(asked)
        rig.router.hold(soon())
        rig.router.release(soon())

        assert asked.result(timeout=5) is Side.BLUE
    assert rig.router.observe(soon()).held is False
    rig.router.release(soon())


def test_a_client_that_was_held_reaches_the_new_side(rig: Rig) -> None:
    rig.router.arm(soon())
    ask = what_is_held(rig)
    rig.router.hold(soon())
    with ThreadPoolExecutor(1) as client:
        asked = client.submit(ask) if rig.holds != "nothing" else None
        if asked:
            _assert_waiting(asked)
        rig.router.switch(Side.GREEN, soon())
        rig.signpost(Side.GREEN)
        rig.router.release(soon())

        assert asked is None or asked.result(timeout=5) is Side.GREEN
    assert side_of(rig.connect()) is Side.GREEN


def test_there_and_back_and_every_verb_twice(rig: Rig) -> None:
    for target in (Side.GREEN, Side.BLUE, Side.GREEN):
        for _attempt in range(2):
            rig.router.arm(soon())
            rig.router.hold(soon())
        for _attempt in range(2):
            rig.router.switch(target, soon())
        rig.signpost(target)
        for _attempt in range(2):
            rig.router.release(soon())

        facts = rig.router.observe(soon())
        assert facts.serves(target)
        assert facts.follows or not facts.serves(target.other)
        assert side_of(rig.connect()) is target


def test_a_switch_without_a_hold_and_without_arming(rig: Rig) -> None:
    rig.router.switch(Side.GREEN, soon())
    rig.signpost(Side.GREEN)

    assert rig.router.observe(soon()).serves(Side.GREEN)
    assert side_of(rig.connect()) is Side.GREEN


def test_it_can_be_closed_and_used_again(rig: Rig) -> None:
    for _attempt in range(2):
        rig.router.arm(soon())
        rig.router.hold(soon())
        rig.router.release(soon())
        rig.router.close()
        rig.router.close()

    assert rig.router.observe(soon()).serves(Side.BLUE)


@FRAGILE
def test_every_verb_ends_with_its_deadline(rig: Rig) -> None:
    rig.router.arm(soon())
    assert rig.freeze
    rig.freeze()
    for verb in VERBS:
        begun = time.monotonic()
        failure = _failure(rig, verb, soon(0.3))
        assert time.monotonic() - begun < 0.3 + _LATE_SECONDS
        assert failure.code == "BG603"
    rig.thaw()

    rig.router.release(soon())
    assert rig.router.observe(soon()).held is False
    assert side_of(rig.connect()) in Side


@FRAGILE
def test_one_that_is_gone_is_said_at_once(rig: Rig) -> None:
    rig.router.arm(soon())
    assert rig.kill
    rig.kill()
    for verb in VERBS:
        begun = time.monotonic()
        assert _failure(rig, verb, soon(30.0)).code in {"BG602", "BG611"}
        assert time.monotonic() - begun < _LATE_SECONDS


def _assert_waiting(asked: Future[Side]) -> None:
    with pytest.raises(NotYet):
        asked.result(timeout=_SETTLE_SECONDS)


def _failure(rig: Rig, verb: str, deadline: Deadline) -> RouteError:
    arguments = (Side.GREEN, deadline) if verb == "switch" else (deadline,)
    with pytest.raises(RouteError) as raised:
        getattr(rig.router, verb)(*arguments)
    assert rig.router.name in str(raised.value)
    assert raised.value.todo
    return raised.value

# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several routers as one: in parallel, undone together, and none waits for a dead one."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import ClassVar

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.clock import Deadline
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.errors import DeadlineReached
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.route import RouteFacts
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side
from ansible_collections.bluegreen.postgresql.plugins.module_utils._routers.contract import RouteError
from ansible_collections.bluegreen.postgresql.plugins.module_utils._routers.fleet import Fleet


class Recorder:
    """A router that records its calls, and fails where it should."""

    required: ClassVar[tuple[str, ...]] = ()
    optional: ClassVar[tuple[str, ...]] = ()

    def __init__(self, name: str, **failing: Callable[[Deadline], None]) -> None:
        self.name = name
        self.asked: list[str] = []
        self._failing = failing

    def _do(self, verb: str, deadline: Deadline) -> None:
        self.asked.append(verb)
        if verb in self._failing:
            self._failing[verb](deadline)

    def arm(self, deadline: Deadline) -> None:
        self._do("arm", deadline)

    def observe(self, deadline: Deadline) -> RouteFacts:
        self._do("observe", deadline)
        return RouteFacts(self.name, Side.BLUE, held=False)

    def hold(self, deadline: Deadline) -> None:
        self._do("hold", deadline)

    def switch(self, target: Side, deadline: Deadline) -> None:
        self._do(f"switch {target}", deadline)

    def release(self, deadline: Deadline) -> None:
        self._do("release", deadline)

    def close(self) -> None:
        self.asked.append("close")


def _broken(_deadline: Deadline) -> None:
    raise RouteError("BG602", "broken", "Nothing was held", "repair it")


def _slow(deadline: Deadline) -> None:
    end = time.monotonic() + 0.2
    while time.monotonic() < end:
        deadline.check()
        time.sleep(0.01)


def _endless(deadline: Deadline) -> None:
    try:
        while True:
            deadline.check()
            time.sleep(0.01)
    except DeadlineReached as error:
        raise RouteError("BG603", error.what, "It undid itself", "wait") from None


def _bug(_deadline: Deadline) -> None:
    raise ZeroDivisionError


def _soon(seconds: float = 5.0) -> Deadline:
    return Deadline(seconds, "The test")


def test_a_verb_waits_for_all_at_once() -> None:
    routers = [Recorder(str(number), hold=_slow) for number in range(5)]
    begun = time.monotonic()
    Fleet(routers).hold(_soon())

    assert time.monotonic() - begun < 0.6
    assert all(router.asked == ["hold"] for router in routers)


def test_a_failing_hold_is_undone_on_the_others_at_once() -> None:
    well, waiting, broken = Recorder("well"), Recorder("waiting", hold=_endless), Recorder("broken", hold=_broken)
    begun = time.monotonic()
    with pytest.raises(RouteError, match="broken") as raised:
        Fleet([well, waiting, broken]).hold(_soon())

    assert time.monotonic() - begun < 1.0
    assert well.asked == ["hold", "release"]
    # A router whose hold failed has undone it: that is the contract.
    assert waiting.asked == broken.asked == ["hold"]
    assert raised.value.stands == "Nothing was held. The other routes were released"


def test_what_could_not_be_undone_is_said() -> None:
    stuck = Recorder("stuck", release=_broken)
    with pytest.raises(RouteError) as raised:
        Fleet([stuck, Recorder("broken", hold=_broken)]).hold(_soon())

    assert raised.value.stands == "Nothing was held. broken"


def test_the_deadline_of_all_is_the_deadline_of_each() -> None:
    routers = [Recorder("one", hold=_endless), Recorder("two", hold=_endless)]
    begun = time.monotonic()
    with pytest.raises(RouteError, match="did not end within"):
        Fleet(routers).hold(_soon(0.2))

    assert time.monotonic() - begun < 1.0


def test_a_signal_ends_the_waiting() -> None:
    deadline = _soon(60.0)
    deadline.stop("SIGTERM")
    with pytest.raises(RouteError, match="SIGTERM"):
        Fleet([Recorder("one", hold=_endless), Recorder("two", hold=_endless)]).hold(deadline)


@pytest.mark.parametrize("verb", ["switch green", "release"])
def test_one_that_fails_keeps_no_other_from_it(verb: str) -> None:
    routers = [Recorder("a", **{verb: _broken}), Recorder("b"), Recorder("c", **{verb: _broken})]
    with pytest.raises(RouteError) as raised:
        Fleet(routers).switch(Side.GREEN, _soon()) if "switch" in verb else Fleet(routers).release(_soon())

    assert raised.value.what == "broken; broken"
    assert all(router.asked == [verb] for router in routers)


def test_leading_releases_each_that_was_switched_and_no_other() -> None:
    well, broken = Recorder("well"), Recorder("broken", **{"switch green": _broken})
    with pytest.raises(RouteError):
        Fleet([well, broken]).lead(Side.GREEN, _soon())

    assert well.asked == ["switch green", "release"]
    assert broken.asked == ["switch green"]


def test_one_that_does_not_answer_is_a_finding_and_the_others_are_seen() -> None:
    dead, well = Fleet([Recorder("dead", observe=_broken), Recorder("well")]).observe(_soon())

    assert (dead.side, dead.held) == (None, None)
    assert [(problem.code, problem.severity) for problem in dead.problems] == [("BG602", "blocks")]
    assert not dead.serves(Side.BLUE)
    assert well.serves(Side.BLUE)


def test_arming_is_all_or_nothing() -> None:
    well, broken = Recorder("well"), Recorder("broken", arm=_broken)
    with pytest.raises(RouteError):
        Fleet([well, broken]).arm(_soon())

    assert well.asked == broken.asked == ["arm", "close"]


def test_an_unforeseen_error_undoes_the_hold_as_well() -> None:
    well, buggy = Recorder("well"), Recorder("buggy", hold=_bug)
    with pytest.raises(ZeroDivisionError):
        Fleet([well, buggy]).hold(_soon())

    assert well.asked == buggy.asked == ["hold", "release"]


def test_no_route_is_no_problem() -> None:
    fleet = Fleet([])
    fleet.arm(_soon())
    fleet.hold(_soon())
    fleet.lead(Side.GREEN, _soon())

    assert fleet.observe(_soon()) == []

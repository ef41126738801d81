# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks of what a later phase would stumble over outside both databases, tried where they will be used."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..findings import BLOCKS, WARNS
from ..route import RouteFacts
from .facts import Facts
from .reasons import Reason, about


def programs(facts: Facts) -> Iterator[Reason]:
    """Find why PostgreSQL's own programs, which setup needs, cannot be run."""
    if facts.tried is not None and facts.tried.programs is not None:
        yield Reason(facts.green.side, facts.tried.programs.what, facts.tried.programs.way_out)


def routes_that_stop(facts: Facts) -> Iterator[Reason]:
    """Find routes that a switch could not go through."""
    if facts.tried is None:
        return
    yield from _problems(facts, facts.tried.routes, BLOCKS, "A switch could not use this route")
    yield from _problems(facts, facts.tried.readers, BLOCKS, "Readers could not move by this route")
    for route in facts.tried.routes:
        if route.side is facts.green.side and not route.follows:
            yield Reason(
                facts.blue.side,
                "This route leads to green, and blue is in service",
                "Lead it to blue",
                (route.name,),
            )


def routes_that_worry(facts: Facts) -> Iterator[Reason]:
    """Find routes through which a switch could go wrong."""
    if facts.tried is not None:
        yield from _problems(facts, facts.tried.routes, WARNS, "A switch through this route could go wrong")
        yield from _problems(facts, facts.tried.readers, WARNS, "A move of readers by this route could go wrong")


def application(facts: Facts) -> Iterator[Reason]:
    """Find why no write would reach blue through the application's own route."""
    if facts.tried is not None and facts.tried.application is not None:
        yield Reason(facts.blue.side, facts.tried.application.what, facts.tried.application.way_out)


def unproven_backup(facts: Facts) -> Iterator[Reason]:
    """Find that nothing says when the last backup was completed, neither a proof nor a reason why none is needed."""
    tried = facts.tried
    if tried is None:
        return
    proof = tried.backup.proof
    if proof is None:
        if not tried.backup.waived.strip():
            fix = "Set bluegreen_backup_proof, or waive it with a reason (bluegreen_backup_waived)"
            yield Reason(facts.blue.side, "Nothing proves that blue has a backup: cutover would refuse", fix)
        return
    recent, detail = proof.judged(tried.now, tried.backup.max_age_hours)
    if recent is None:
        yield Reason(
            facts.blue.side,
            f"The backup proof ({proof.proof}) proves nothing: {detail}",
            "Correct bluegreen_backup_proof; cutover will ask it again",
        )


def old_backup(facts: Facts) -> Iterator[Reason]:
    """Find a last backup that is not recent enough."""
    proof = facts.tried.backup.proof if facts.tried is not None else None
    if facts.tried is None or proof is None:
        return
    recent, detail = proof.judged(facts.tried.now, facts.tried.backup.max_age_hours)
    if recent is False:
        what = f"Blue's last backup is too old ({proof.proof}: {detail}): cutover will refuse until there is one"
        yield Reason(facts.blue.side, what, "Make a backup before the cutover")


def window_that_never_opens(facts: Facts) -> Iterator[Reason]:
    """Find a maintenance window in which no cutover could begin."""
    tried = facts.tried
    if tried is None or tried.window is None:
        return
    over = f"it is over ({tried.window.words})" if tried.window.is_over(tried.now) else ""
    fault = tried.window.fault or over
    if fault:
        yield Reason(facts.blue.side, f"No cutover could begin in the window: {fault}", "Correct bluegreen_window")


def checks_without_an_answer(facts: Facts) -> Iterator[Reason]:
    """Find checks of the user's own that could not be asked, and would not pass later either."""
    for check in facts.tried.failed_checks if facts.tried is not None else ():
        if not check.answered:
            yield Reason(
                facts.blue.side,
                f"A check of your own gives no answer: {check.problem}",
                "Correct it; or accept this by that name if what it asks comes before the cutover",
                (check.name,),
            )


def checks_that_say_no(facts: Facts) -> Iterator[Reason]:
    """Find checks of the user's own that do not pass now."""
    for check in facts.tried.failed_checks if facts.tried is not None else ():
        if check.answered:
            yield Reason(
                facts.blue.side,
                f"A check of your own does not pass now: {check.problem}",
                "Look at what it checks; it has to pass at the cutover",
                (check.name,),
            )


def not_tried(facts: Facts) -> Iterator[Reason]:
    """Say what was not tried."""
    yield from about(
        facts.blue.side,
        facts.tried.left if facts.tried is not None else (),
        "Check mode has not tried {n} thing{s} that prepare tries",
        "Run prepare without check mode",
    )
    yield from about(
        facts.green.side,
        facts.tried.later if facts.tried is not None else (),
        "{n} health check{s} {have} not been answered: green has no tables yet",
        "Nothing; cutover asks again",
    )


def blue_alone(facts: Facts) -> Iterator[Reason]:
    """Say what was not looked at because green could not be reached."""
    if facts.blue_alone:
        yield Reason(
            facts.green.side,
            "Whatever asks green was not looked at: what compares both sides, the way from one to the other, the trial "
            "restore, the programs of green's version, checks of your own that ask green, and a write through the "
            "application's route",
            "Let green be reached, then run prepare again",
        )


def _problems(facts: Facts, routes: Iterable[RouteFacts], severity: str, what: str) -> Iterator[Reason]:
    for route in routes:
        for problem in route.problems:
            if problem.severity == severity:
                named = f" ({', '.join(problem.objects)})" if problem.objects else ""
                yield Reason(
                    facts.blue.side, f"{what} ({problem.code}): {problem.what}{named}", problem.fix,
                    (route.name,),
                )  # fmt: skip

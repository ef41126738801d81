# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks of extensions and libraries."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..schema.relation_facts import VIEW
from .facts import Facts
from .reasons import Reason, about, about_each, identifier

# They start work by themselves, and would do so on both sides.
_SCHEDULERS = ("pg_cron", "pg_partman", "pgagent", "pg_timetable", "timescaledb", "pgq")
PREWARM = "pg_prewarm"


def missing_extensions(facts: Facts) -> Iterator[Reason]:
    """Find extensions that green's server does not have."""
    known = {each.name for each in facts.green.extensions} | set(facts.green.available)
    yield from about(
        facts.green.side,
        [each.name for each in facts.blue.extensions if each.name not in known],
        "{n} extension{s} of blue {are} not installed on green's server",
        "Install the package of {} for green's major version",
    )


def older_extensions(facts: Facts) -> Iterator[Reason]:
    """Find extensions that are older on green than on blue."""
    installed = {each.name: each.version for each in facts.green.extensions}
    fixes = {}
    for each in facts.blue.extensions:
        version = installed.get(each.name) or facts.green.available.get(each.name)
        if version is not None and _parts(version) < _parts(each.version):
            fixes[f"{each.name} {version}"] = f"Install {each.name} {each.version} or later on green's server"
    yield from about_each(facts.green.side, fixes, "{n} extension{s} {are} older than on blue")


def _parts(version: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", version)]


def outdated_extensions(facts: Facts) -> Iterator[Reason]:
    """Find extensions of blue whose objects are older than their library; green gets the newest version."""
    outdated = [each for each in facts.blue.extensions if each.newest and _parts(each.version) < _parts(each.newest)]
    yield from about_each(
        facts.blue.side,
        {f"{each.name} {each.version}": f"ALTER EXTENSION {identifier(each.name)} UPDATE;" for each in outdated},
        "{n} extension{s} {have} a newer version installed on the server, and green gets its newest",
    )


def schedulers(facts: Facts) -> Iterator[Reason]:
    """Find extensions whose jobs would run twice."""
    yield from about(
        facts.blue.side,
        [each.name for each in facts.blue.extensions if each.name in _SCHEDULERS],
        "{n} extension{s} run jobs by themselves: on green they would run a second time",
        "Keep the jobs of {} off green until the cutover, and off blue from then on",
    )


def extension_data(facts: Facts) -> Iterator[Reason]:
    """Find extensions whose tables hold rows of the user's."""
    yield from about(
        facts.blue.side,
        [each.name for each in facts.blue.extensions if each.keeps_data and each.name not in _SCHEDULERS],
        "{n} extension{s} {have} tables for the user's rows, which are neither copied nor replicated",
        "Where you have put rows into tables of {}, put them into green's as well",
    )


def extension_tables(facts: Facts) -> Iterator[Reason]:
    """Find tables that are members of an extension and that applications may write to, such as queues."""
    for one in facts.sides:
        yield from about(
            one.side,
            [each.name for each in one.beyond if each.extension and each.kind != VIEW],
            "{n} table{s} of extensions that others may write to: rows there are neither copied nor replicated",
            "Accept it, and copy {} while nobody writes; or make it a table like any other: "
            "ALTER EXTENSION … DROP TABLE {};",
        )


def missing_libraries(facts: Facts) -> Iterator[Reason]:
    """Find libraries that blue loads at its start and green does not."""
    blue, green = (one.text("shared_preload_libraries") for one in facts.sides)
    if blue is None or green is None:
        return
    wanted = _names(blue) | _names(green)
    yield from about(
        facts.green.side,
        _names(blue) - _names(green),
        "Blue loads {n} more through shared_preload_libraries",
        f"ALTER SYSTEM SET shared_preload_libraries = {', '.join(sorted(wanted))}; -- takes a restart",
    )


def _names(libraries: str) -> set[str]:
    return {name.strip().strip('"') for name in libraries.split(",") if name.strip()}


def no_prewarm(facts: Facts) -> Iterator[Reason]:
    """Say where green cannot be warmed up before it goes into service."""
    green = facts.green
    if PREWARM not in green.available and not any(each.name == PREWARM for each in green.extensions):
        yield Reason(
            green.side,
            "pg_prewarm is not installed on the server: after the switch green reads everything from disk first",
            "Install PostgreSQL's contrib package on green's server",
            (PREWARM,),
        )

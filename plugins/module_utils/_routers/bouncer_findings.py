# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What prevents a switch through a PgBouncer, each with its fix."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .._domain.findings import BLOCKS, WARNS, Finding
from .._domain.sides import Side
from .bouncer_files import PreparedFiles, Snapshot, includes
from .places import InvalidFile

_OLDEST = (1, 18)
_USUAL_LOGIN_RETRY = 15.0  # seconds, PgBouncer's default
_LONGEST_HOLD = 30.0  # seconds; a hold lasts milliseconds, unless a switch has to be finished by its watchdog
_DOCS = "docs/routes.md#pgbouncer"


@dataclass(frozen=True)
class BouncerFacts:
    """Facts from console and files. ``rows`` is SHOW DATABASES by name, ``pools`` SHOW POOLS, ``config`` SHOW CONFIG.

    ``unguarded``: why no process on its own host would release its clients if we are gone, ``None`` if one would.
    """

    user: str
    by_socket: bool
    databases: tuple[str, ...]
    version: str
    config: Mapping[str, str]
    rows: Mapping[str, Mapping[str, Any]]
    pools: tuple[Mapping[str, Any], ...]
    users: Mapping[str, str | None]
    files: PreparedFiles
    unguarded: str | None


def problems_of(facts: BouncerFacts, route: str) -> tuple[Side | None, tuple[Finding, ...]]:
    """Return the side that PgBouncer leads to, and all findings."""
    found = [*_version(facts), *_console(facts), *_pooling(facts), *_patience(facts), *_entries(facts)]
    try:
        files = facts.files.read()
        _require_entries(facts, files)
        found += _prepared(facts, files)
        side, disagreements = _side(facts, files)
        found += disagreements
    except InvalidFile as error:
        side = None
        found.append(_blocks("BG605", str(error), f"See what it must hold ({_DOCS})"))
    found += _live_file(facts)
    return side, tuple(Finding(f.code, f.severity, route, f.what, f.fix, f.objects) for f in found)


def side_in_memory(rows: Mapping[str, Mapping[str, Any]], databases: tuple[str, ...], files: Snapshot) -> Side | None:
    """Return the side whose prepared entries are those in PgBouncer's memory."""
    known = {name: (rows[name]["host"], int(rows[name]["port"]), rows[name]["database"]) for name in rows}
    for side in Side:
        prepared = files.prepared[side]
        if all(name in prepared.databases and known.get(name) == prepared.address(name) for name in databases):
            return side
    return None


def _require_entries(facts: BouncerFacts, files: Snapshot) -> None:
    for side in Side:
        missing = [name for name in facts.databases if name not in files.prepared[side].databases]
        if missing:
            raise InvalidFile(f"{facts.files.prepared[side]} has no entry {', '.join(missing)}")


def _blocks(code: str, what: str, fix: str, *objects: str) -> Finding:
    return Finding(code, BLOCKS, "", what, fix, objects)


def _warns(code: str, what: str, fix: str, *objects: str) -> Finding:
    return Finding(code, WARNS, "", what, fix, objects)


def _version(facts: BouncerFacts) -> Iterator[Finding]:
    match = re.search(r"(\d+)\.(\d+)", facts.version)
    if match is None:
        yield _blocks("BG609", f"Its version is unknown ({facts.version})", "Check that it is a PgBouncer")
    elif (int(match[1]), int(match[2])) < _OLDEST:
        yield _blocks("BG609", f"{facts.version} is too old", "Update it to 1.18 or later")


def _console(facts: BouncerFacts) -> Iterator[Finding]:
    admins = re.split(r"[\s,]+", facts.config.get("admin_users", ""))
    if facts.user not in admins and not (facts.by_socket and facts.user == "pgbouncer"):
        yield _blocks(
            "BG606", "The console's user may look, but not PAUSE", "Add it to admin_users and RELOAD", facts.user
        )
    if facts.config.get("so_reuseport", "0") != "0" and not facts.by_socket:
        yield _blocks(
            "BG613",
            "Several processes share this port (so_reuseport), and a console on it reaches any one of them",
            "Make a route of each process, with the console on its own unix socket",
        )


def _pooling(facts: BouncerFacts) -> Iterator[Finding]:
    way_out = f"Use transaction pooling, or another route for these clients ({_DOCS})"
    usual = facts.config.get("pool_mode", "session")
    sessions = {name for name in facts.databases if (facts.rows.get(name, {}).get("pool_mode") or usual) == "session"}
    sessions |= {p["database"] for p in facts.pools if p["database"] in facts.databases and p["pool_mode"] == "session"}
    if sessions:
        what = "Session pooling: PAUSE would wait until every client has left"
        yield _blocks("BG604", what, way_out, *sorted(sessions))
    users = sorted(name for name, mode in facts.users.items() if mode == "session")
    if users:
        yield _warns("BG604", "Users with session pooling would make PAUSE wait once they come", way_out, *users)


def _patience(facts: BouncerFacts) -> Iterator[Finding]:
    for setting in ("query_wait_timeout", "query_timeout"):
        seconds = float(facts.config.get(setting, "0"))
        if 0 < seconds < _LONGEST_HOLD:
            what = f"{setting} is {seconds:g} s: it would end clients that are held"
            yield _blocks("BG607", what, f"Raise it to {_LONGEST_HOLD:g} s or more, or to 0 (no limit), and RELOAD")
    if facts.unguarded and float(facts.config.get("query_wait_timeout", "0")) <= 0:
        yield _warns(
            "BG571",
            "Clients would wait without a limit if our machine died while they are held: query_wait_timeout is 0, and "
            f"nothing on its own host would release them ({facts.unguarded})",
            f"Set query_wait_timeout to {_LONGEST_HOLD:g} s or more and RELOAD; or reach its host by `ssh`, psql there",
        )
    retry = float(facts.config.get("server_login_retry", "0"))
    if retry > _USUAL_LOGIN_RETRY:
        yield _warns(
            "BG607",
            f"server_login_retry is {retry:g} s: one login to the new side that fails costs clients that long",
            f"Lower it to {_USUAL_LOGIN_RETRY:g} or less and RELOAD; while clients are held it is lowered by itself",
        )


def _entries(facts: BouncerFacts) -> Iterator[Finding]:
    unknown = [name for name in facts.databases if name not in facts.rows]
    if unknown:
        what = "PgBouncer has no such entry of its own (one that only `*` serves would stay on the old side)"
        yield _blocks("BG612", what, "Give it a line of its own in the live file and the prepared ones", *unknown)


def _prepared(facts: BouncerFacts, files: Snapshot) -> Iterator[Finding]:
    blue, green = (files.prepared[side] for side in Side)
    every = {*blue.databases, *green.databases}
    unheld = sorted(n for n in every - {*facts.databases} if blue.databases.get(n) != green.databases.get(n))
    if unheld:
        what = "Entries that differ between the prepared files are not in `databases`: they would move unheld"
        yield _blocks("BG605", what, "Name them in `databases`, or write them alike", *unheld)
    alike = [name for name in facts.databases if blue.address(name) == green.address(name)]
    if alike:
        yield _blocks("BG605", "Both prepared files lead to the same database", "Prepare them again", *alike)
    changed = [name for name in facts.databases if blue.kept(name) != green.kept(name)]
    if changed or blue.others != green.others:
        what = "The prepared files differ in more than addresses and accounts"
        yield _warns("BG605", what, "See that each setting is meant to change with the switch", *changed)


def _live_file(facts: BouncerFacts) -> Iterator[Finding]:
    try:
        facts.files.texts([facts.files.live])
    except InvalidFile:
        return  # the reading of all files has said so
    live = facts.files.resolved_live
    reason = facts.files.place.obstacle(live)
    if reason:
        yield _blocks("BG605", reason, "Run the play as root or as the live file's owner (become)")
    try:
        used = includes(facts.config.get("conffile", ""), facts.files)
    except InvalidFile as error:
        yield _warns("BG605", f"Whether PgBouncer reads the live file is unknown: {error}", "Make it readable for us")
        return
    if live not in used:
        what = f"{facts.files.live} is not part of PgBouncer's configuration ({facts.config['conffile']})"
        yield _blocks("BG605", what, "Write `%include` with its path there and RELOAD, or correct live_file")


def _side(facts: BouncerFacts, files: Snapshot) -> tuple[Side | None, list[Finding]]:
    in_file = files.side
    in_memory = side_in_memory(facts.rows, facts.databases, files)
    if in_file is None:
        what = f"{facts.files.live} equals neither prepared file: a switch would lose what it says"
        return None, [_blocks("BG608", what, "Prepare the files again from what it says now")]
    if in_memory is None:
        what = "The entries in PgBouncer's memory lead to neither side"
        return None, [_blocks("BG608", what, "RELOAD it, or prepare the files again", *facts.databases)]
    if in_file is not in_memory:
        what = f"The live file leads to {in_file}, PgBouncer's memory to {in_memory}: a switch was interrupted"
        return None, [_warns("BG608", what, "The next switch puts it right; until then, no RELOAD and no restart")]
    return in_file, []

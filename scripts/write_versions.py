# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes docs/versions.md from the table of capabilities."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import starmap
from pathlib import Path

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.capabilities import Capability
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.lanes.link import wanted_options
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.versions import (
    NEWEST,
    OLDEST,
    VERSIONS,
    is_untried,
    pairs,
    what_was_tried,
)

PAGE = Path(__file__).resolve().parent.parent / "docs" / "versions.md"
_BLUE, _GREEN = map(what_was_tried, Side)
_INTRODUCTION = f"""# PostgreSQL versions, and what each pair of them can do

Blue may be any of PostgreSQL {_BLUE}, and green {_GREEN} and no older than blue. An older one is
refused (BG007). A newer one was not tried by us: `prepare` says so, and goes on once that is accepted. A version
without support (BG285) is told, and never in the way.

What differs between versions is kept in one table of the code, `_domain/capabilities.py`, and the versions that were
tried in `_domain/versions.py`. `PYTHONPATH=collections python -m scripts.write_versions` generates this page from both.

## What was tried, and how long it is supported

| version | the project's support ends |
|---|---|
"""
_SERVERS = """
## What a server can do

| from | a server of that version | before it |
|---|---|---|
"""
_PAIRS = """
## What a pair can do

`make pairs` takes a live database through each of them: there, back, and there again.

- **both ways at once**: before and after the cutover rows flow both ways. Otherwise one link is live at a time, and the
  way back begins within the switch.
- **online restart**: a way back that is broken (a lost slot, a dropped publication) is made anew by `sync`, while
  applications write. Otherwise there is nothing to make anew: it begins with the next switch.
- **parallel streaming**: a large transaction is applied while it is still running (`streaming = parallel`). *In order*
  means that it is sent while it runs, and applied after its COMMIT.
- **column lists**: a side may have columns that the other one lacks.
- **conflicts counted**: a subscriber counts changes whose row was missing or there already; without that, only a
  comparison finds them.

"""
# As long as nobody has tried it; its line in VERSIONS takes this away.
_UNTRIED = """
## PostgreSQL 19

We could not get a server of it, so nothing of the following was run. It rests on PostgreSQL's release notes and
documentation:

| what 19 changes | what we do |
|---|---|
| `sync_error_count` is `sync_table_error_count` | preflight reads whichever is there |
| a publication of all tables can leave some out (`EXCEPT`) | those do not count as published |
| the first logical slot lets `wal_level = replica` do | preflight is content with `replica`, not with `minimal` |
| `standard_conforming_strings` is always on | where blue has it off, preflight says so; that is not copied to green |
| sequences can be replicated | not used: the switch carries them over, in both directions |
| the lock table is as large as its settings say, and no larger | preflight has always counted so (BG113) |
| TOAST is compressed by lz4, JIT is off by default | nothing: rows travel as text, and comparisons run without JIT |

Its own programs (`pg_dump`, `pg_restore`, `psql` of 19) have to be on the host, as for each version of green. Try the
migration with a copy of blue and a server of 19 first: the packages of `rehearse` and `make demo` end with 18.
"""
_COLUMNS = (
    "blue → green",
    "both ways at once",
    "online restart",
    "parallel streaming",
    "column lists",
    "conflicts counted",
    "a plain role subscribes",
    "a failover keeps the links",
)


def page() -> str:
    """Return the page's text."""
    majors = range(min(OLDEST.values()), NEWEST + 1)
    ends = (f"| {major} | {VERSIONS[major].ends} |\n" for major in majors)
    rows = (f"| {_first(one)} | {one.title} | {one.without} |\n" for one in Capability)
    header = f"{_row(_COLUMNS)}{'|---' * len(_COLUMNS)}|\n"
    return "".join(
        [
            _INTRODUCTION,
            *ends,
            _SERVERS,
            *rows,
            _PAIRS,
            header,
            *starmap(_pair, pairs()),
            _UNTRIED if is_untried(19) else "",
        ]
    )


def _first(capability: Capability) -> str:
    return f"{capability.first}{'' if capability.first <= NEWEST else ' (not tried)'}"


def _pair(blue: int, green: int) -> str:
    both = Capability.ORIGIN.of(blue, green)
    return _row(
        (
            f"{blue} → {green}",
            "yes" if both else "no",
            "yes" if both else "no",
            _streaming(blue, green),
            _column_lists(blue, green),
            _where(Capability.CONFLICT_COUNTERS, blue, green),
            _where(Capability.SUBSCRIBERS, blue, green),
            "yes" if Capability.FAILOVER_SLOTS.of(blue, green) else "no",
        )
    )


def _streaming(blue: int, green: int) -> str:
    found = [wanted_options(publisher, subscriber) for publisher, subscriber in ((blue, green), (green, blue))]
    words = {"parallel": "yes", "on": "in order", "off": "no", None: "no"}
    there, back = (words[options.get("streaming")] for options in found)
    return there if there == back else f"{there} to green, {back} to blue"


def _column_lists(blue: int, green: int) -> str:
    if Capability.COLUMN_LISTS.of(blue, green):
        return "on both"
    return "green may have more" if Capability.COLUMN_LISTS.of(green) else "no"


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |\n"


def _where(capability: Capability, blue: int, green: int) -> str:
    names = [name for name, major in (("blue", blue), ("green", green)) if capability.of(major)]
    return {0: "no", 1: f"on {''.join(names)}", 2: "on both"}[len(names)]


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")

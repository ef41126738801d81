# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole story through many pairs of versions, one after the other, and a table of them all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg2

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain import versions
from ansible_collections.bluegreen.postgresql.plugins.module_utils._embedded.commands import EmbeddedServerError
from demo.environment import DemoEnvironmentError
from demo.ledger import LedgerError
from demo.listener import ListenerError
from demo.progress import Progress
from demo.shop import ShopError
from demo.story import PHASES, SWITCHES, Ending, staged, tell
from demo.table import CONTROL, render, render_failed
from demo.writers import WriterPoolError

# What a story may end with before its end, besides a failed phase.
EXPECTED_FAILURES = (
    DemoEnvironmentError,
    EmbeddedServerError,
    LedgerError,
    ListenerError,
    ShopError,
    WriterPoolError,
    psycopg2.Error,
)
_REFUSED_WITH = "BG103"
_MEASURED = tuple(phase for phase in PHASES if phase in (*SWITCHES, CONTROL))
_HEADINGS = ("blue → green", "writes", "missing", "doubled", *_MEASURED)
_ROW = "{:<14}" + "{:>10}" * (len(_HEADINGS) - 1)

Pair = tuple[int, int]


@dataclass(frozen=True)
class Told:
    """What became of a pair: its line in the table, and what went wrong, if anything did."""

    line: str
    wrong: str = ""


def every_pair() -> list[Pair]:
    """Return all pairs that were tried, and a last one that must be refused: back to an older version."""
    return [*versions.pairs(), (versions.NEWEST, versions.NEWEST - 1)]


def tell_pairs(wanted: Sequence[Pair], folder: Path, route: str, progress: Progress) -> bool:
    """Tell the story of each pair, and return whether all went well. `folder` gets one for each pair, with its logs."""
    told: list[Told] = []
    for blue, green in wanted:
        progress.say(f"\n{blue} → {green}")
        told.append(_tell(blue, green, folder / f"{blue}-{green}", route, progress))
        progress.say(told[-1].line)
    progress.say("\n" + "\n".join([f"longest gaps in ms; {CONTROL} has no switch", _ROW.format(*_HEADINGS)]))
    for one in told:
        progress.say("\n".join(filter(None, (one.line, one.wrong))))
    return not any(one.wrong for one in told)


def _tell(blue: int, green: int, folder: Path, route: str, progress: Progress) -> Told:
    name = f"{blue} → {green}"
    try:
        with staged(folder, route, (blue, green), progress) as environment:
            if green < blue:
                result = environment.run_playbook("prepare")
                refused = not result.succeeded and _REFUSED_WITH in result.output
                return Told(f"{name:<14}refused ({_REFUSED_WITH})" if refused else name, "" if refused else result.tail)
            return _row(name, tell(environment, progress))
    except EXPECTED_FAILURES as error:
        return Told(f"{name:<14}FAILED", str(error))


def _row(name: str, ending: Ending) -> Told:
    verdict, measured = ending.proof.verdict, [phase for phase in ending.phases if phase.name in _MEASURED]
    gaps = [f"{ending.writers.longest_gap(phase.started, phase.ended) * 1000:.0f}" for phase in measured]
    gaps += ["-"] * (len(_MEASURED) - len(gaps))
    line = _ROW.format(name, f"{verdict.acknowledged:,}", verdict.missing, verdict.doubled, *gaps)
    return Told(line, "" if ending.succeeded else f"{render_failed(ending)}\n{render(ending)}")


def parse_pairs(text: str) -> list[Pair]:
    """Return the pairs of a list such as `14-17,18-17`. Raises ValueError for one that was not tried."""
    known = {f"{blue}-{green}": (blue, green) for blue, green in every_pair()}
    if unknown := sorted(set(text.split(",")) - set(known)):
        raise ValueError(", ".join(unknown))
    return [known[name] for name in text.split(",")]

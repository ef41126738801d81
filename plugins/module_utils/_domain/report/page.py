# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page of one migration: every text escaped, every drawing made, the same as JSON for auditors. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..printable import printable
from ..texts import on_texts
from . import measured, people, story
from .bars import Bars
from .charts import NARROW, WIDE, Lines
from .fleet import summary_of
from .html import for_a_script, for_html
from .measurements import READING
from .verdict import verdict
from .words import day_and_time, moment_of

_MOST_READINGS = 1000


def page_of(
    migration: str,
    seen: Mapping[str, Any],
    journal: Sequence[Mapping[str, Any]],
    kept: Sequence[Mapping[str, Any]],
    refresh: float | None = None,
    unreadable: int = 0,
) -> dict[str, Any]:
    """Return everything that the template shows, ready to be written into HTML as it is.

    :param seen: what migration_info returned, empty if the sides could not be read
    :param journal: both journals as one, as modules return them
    :param kept: measurements, oldest first
    :param unreadable: how many measurements could not be read
    :param refresh: seconds after which a page of a run that is under way shows itself again
    """
    seen, journal, kept = printable(seen), printable(journal), printable(kept)
    readings = measured.of_kind(kept, READING)
    in_service = readings[-1]["in_service"] if refresh and readings else seen.get("in_service")
    runs = story.phases(journal)
    moments = [*(moment_of(row["at"]) for row in journal), *(one["at"] for one in kept)]
    shown = {
        "migration": printable(migration),
        "as_of": day_and_time(max(moments)) if moments else None,
        "refresh": refresh,
        "in_service": in_service,
        "versions": seen.get("versions") or {},
        "verdict": verdict({**seen, "journal": journal} if seen else {}, in_service, kept),
        "phases": runs,
        "timeline": story.timeline(runs),
        "switches": story.switches(journal),
        "readings": len(readings),
        "unreadable": unreadable,
        "charts": measured.over_time(kept, story.marks_of(journal)),
        "first_copy": measured.copied(kept),
        "comparison": measured.compared(kept),
        "canaries": measured.canaries(kept),
        "plans": people.plans(kept),
        "untold": list(people.untold(kept)),
        "views": seen.get("views") or [],
        "consumers": people.consumers(seen.get("consumers") or []),
        "left_behind": seen.get("left_behind") or [],
        "evidence": list(story.evidence(journal)),
        "others": story.others(journal),
    }
    made: dict[str, Any] = _made(shown)
    where = (seen.get("standing") or {}).get("where") or ""
    made["summary"] = summary_of(shown["migration"], shown["verdict"], shown["as_of"], where, kept)
    made["json"] = for_a_script(
        {"migration": migration, "as_of": shown["as_of"], "verdict": shown["verdict"], "seen": seen, "journal": journal,
         "measurements": _fewer(kept)}
    )  # fmt: skip
    return made


def _made(value: Any) -> Any:
    """Return a value with texts escaped and drawings as elements, once for each width."""
    if isinstance(value, (Bars, Lines)):
        return {
            "title": for_html(value.title),
            "wide": value.drawing(WIDE).svg(),
            "narrow": value.drawing(NARROW).svg(),
        }
    if isinstance(value, Mapping):
        return {key: _made(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_made(item) for item in value]
    return on_texts(value, for_html)


def _fewer(kept: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the measurements; of very many readings one in so many."""
    readings = measured.of_kind(kept, READING)
    one_in = max(1, -(-len(readings) // _MOST_READINGS))
    others = [one for one in kept if one["kind"] != READING]
    return {"readings": readings[::one_in], "one_reading_in": one_in, "others": others}

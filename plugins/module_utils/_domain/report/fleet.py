# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page of a fleet: a row for each migration, from the summary that each one's page leaves. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..printable import printable
from .charts import spark
from .html import for_html
from .measurements import READING
from .svg import Point, thinned
from .words import seconds

SUMMARY, PAGE = "summary.json", "report.html"
_POINTS = 60


def summary_of(
    migration: str,
    verdict: Sequence[Mapping[str, Any]],
    as_of: str | None,
    where: str,
    kept: Iterable[Mapping[str, Any]],
) -> dict[str, Any]:
    """Return what the fleet's page needs of one migration, JSON-ready."""
    lags: list[Point] = [(one["at"], _slowest(one["lag"])) for one in kept if one["kind"] == READING]
    answers = [{key: one[key] for key in ("label", "state", "value")} for one in verdict]
    return {"migration": migration, "as_of": as_of, "where": where, "verdict": answers, "lag": thinned(lags, _POINTS)}


def _slowest(lag: Mapping[str, float | None]) -> float | None:
    known = list(lag.values())
    return None if not known or None in known else max(value for value in known if value is not None)


def rows_of(summaries: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows, ready to be written into HTML; what needs a person comes first.

    :param summaries: by the folder's name as a link has it
    """
    rows = [_row(number, link, printable(one)) for number, (link, one) in enumerate(sorted(summaries.items()))]
    return sorted(rows, key=lambda row: row["calm"])


def _row(number: int, link: str, summary: Mapping[str, Any]) -> dict[str, Any]:
    lag = [(point[0], point[1]) for point in summary["lag"]]
    known = [value for _at, value in lag if value is not None]
    told = f"a row took {seconds(lag[-1][1])} at last, at most {seconds(max(known))}" if known else ""
    return {
        "link": for_html(link),
        "migration": for_html(summary["migration"]),
        "as_of": for_html(summary["as_of"] or ""),
        "where": for_html(summary["where"]),
        "answers": [{key: for_html(value) for key, value in one.items()} for one in summary["verdict"]],
        "calm": all(one["state"] != "bad" for one in summary["verdict"]),
        "spark": spark(f"lag-{number}", told, lag) if known else "",
        "lag": seconds(lag[-1][1]) if lag else "",
    }

# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a comparison finds out first: the link, and which tables to compare, and how."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from ..._domain.comparison.mapping import EVERYTHING_PUBLISHED, Published
from ..._domain.comparison.pairs import Comparison, chosen
from ..._domain.comparison.report import COPYING, TableFindings
from ..._domain.comparison.request import Request
from ..._domain.relations import Table, TableName
from ..._postgres.catalog import read_tables
from ..._postgres.comparison import side as postgres
from .pair import Link, Pair
from .requirements import require_same_encoding, require_visible_rows
from .table import ComparedTable


@dataclass(frozen=True)
class Opening:
    """The link, an entry for each requested table, and the tables that can be compared."""

    link: Link
    findings: dict[TableName, TableFindings]
    tables: list[ComparedTable]


def open_comparison(pair: Pair, request: Request) -> Opening:
    """Pin both sessions' settings, and find out what to compare.

    :raises MigrationError: BG402, BG403, BG405, BG406 as :meth:`ComparisonRun.compare` says
    """
    pair.both(partial(postgres.pin_settings, major=pair.older))
    require_same_encoding(pair)
    link = Link(pair, request.at_rest)
    tables, others = pair.both(read_tables)
    wanted = chosen(tables, request.tables, request.exclude_tables)
    names = [table.name for table in wanted]
    require_visible_rows(pair, set(names), {request.names.table(name) for name in names})
    findings = _findings(pair, link, request, wanted, others)
    return Opening(link, findings, _compared_tables(pair, request, findings.values()))


def _findings(
    pair: Pair, link: Link, request: Request, wanted: Sequence[Table], others: Sequence[Table]
) -> dict[TableName, TableFindings]:
    counterparts = {table.name: table for table in others}
    copying = _roots(others, postgres.read_copying_tables(pair.other, link.prefix))
    published = postgres.read_published(pair.reference, link.prefix)
    comparison = partial(_comparison, request, published, pair.older)
    findings = {}
    for table in wanted:
        other = counterparts.get(request.names.table(table.name))
        if other is None:
            findings[table.name] = TableFindings.missing(table.name)
            continue
        found = TableFindings(table.name, request.max_differences, request.secret_columns)
        found.comparison = comparison(table, other)
        if other.name in copying:
            found.reason = COPYING
        findings[table.name] = found
    return findings


def _comparison(
    request: Request, published: Mapping[TableName, Published], major: int, mine: Table, theirs: Table
) -> Comparison:
    renamed = request.names.columns(mine.name)
    lets_through = published.get(mine.name, EVERYTHING_PUBLISHED)
    return Comparison.of(request.reference, mine, theirs, renamed, lets_through, major)


def _compared_tables(pair: Pair, request: Request, findings: Iterable[TableFindings]) -> list[ComparedTable]:
    mine, theirs = pair.both(postgres.read_sizes)
    nothing = postgres.TableSize(0, 0)
    tables = []
    for found in findings:
        comparison = found.comparison
        if comparison is None or found.reason == COPYING:
            continue
        sizes = {
            pair.reference.side: mine.get(comparison.table, nothing),
            pair.other.side: theirs.get(comparison.other_table, nothing),
        }
        tables.append(ComparedTable(pair, comparison, found, request, sizes))
    return tables


def _roots(tables: Sequence[Table], names: set[TableName]) -> set[TableName]:
    return {table.root for table in tables if table.name in names} | names

# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One table on one side: hashes of its buckets, the rows of some buckets, and single rows read again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from ..._domain.clock import Deadline
from ..._domain.comparison.buckets import Bucket, HashedRow, Key, Selection
from ..._domain.comparison.forms import Ordering
from ..._domain.comparison.pace import WITHOUT_REST, Rest
from ..._domain.comparison.pairs import Comparison
from ..._domain.comparison.ranges import ALL_KEYS, Cut, HashSlice, Part, is_between_keys
from ..._domain.comparison.verdict import ABSENT, Reading, Version
from ..._domain.errors import DatabaseError
from ..._domain.sides import Side
from ..driver import Verbatim
from ..session import Session
from ..sql.comparison import rows as sql
from ..sql.comparison import side as settings
from ..sql.key_types import KEY_TYPES

_ROWS_A_FETCH = 5000
_GRACE_MILLISECONDS = 2000
_NO_SUCH_VALUE = ("22", "23")  # classes of SQLSTATE: data exception, constraint of a domain


@dataclass(frozen=True)
class ReaderLimits:
    """How long one statement may take, and the columns whose values may be shown."""

    statement_seconds: float
    show: Collection[str] = ()


class TableReader(Protocol):
    """One table on one side."""

    def cut(self, percent: float, ranges: int) -> Cut | None:
        """Return how the table's rows lie according to a sample of pages, ``None`` where it cannot be cut into
        ranges."""

    def count(self) -> int:
        """Return the number of rows."""

    def buckets(self, mask: int, within: Part, of: Selection | None, rest: Rest) -> dict[int, Bucket]:
        """Return all buckets that have rows, or only parts of some buckets; a row's bucket is its place under
        ``mask``."""

    def open_rows(self, within: Part, of: Selection) -> None:
        """Read the rows of these buckets into a cursor of the server's."""

    def rows(self) -> Iterator[HashedRow]:
        """Return what :meth:`open_rows` has read, sorted by place; only a bounded number of rows is in memory at a
        time."""

    def read(self, keys: Sequence[Key], with_columns: bool) -> Mapping[Key, Reading]:
        """Return the rows with these keys as they are now."""


class _Reader:
    """What readers have in common."""

    def __init__(
        self,
        session: Session,
        comparison: Comparison,
        deadline: Deadline,
        statements: sql.StatementsByKey | sql.StatementsByHash,
        limits: ReaderLimits,
    ) -> None:
        self._session = session
        self._deadline = deadline
        self._limits = limits
        self._comparison = comparison
        self._shared = statements
        self._names = column_names(session.side, comparison)

    def count(self) -> int:
        self._limit_statement()
        return int(self._session.value(self._shared.count, {}, **self._names))

    def buckets(self, mask: int, within: Part, of: Selection | None, rest: Rest) -> dict[int, Bucket]:
        self._limit_statement(within, rest)
        chosen = _selected(of) if of else {}
        arguments = {"mask": mask, "rest": rest.share_of_rows, **_limits(within), **chosen}
        statement = self._shared.buckets(of is not None, within, rest != WITHOUT_REST)
        (lists,) = self._session.rows(statement, arguments, **self._names)
        columns = (lists[name] or () for name in ("numbers", "rows", "hash_sums"))
        return {number: Bucket(rows, int(hash_sum)) for number, rows, hash_sum in zip(*columns)}

    def open_rows(self, within: Part, of: Selection) -> None:
        self._limit_statement(within)
        self._session.run(self._shared.open_rows(within), {**_limits(within), **_selected(of)}, **self._names)

    def rows(self) -> Iterator[HashedRow]:
        while True:
            fetched = self._session.rows(sql.FETCH, {"rows": _ROWS_A_FETCH})
            for row in fetched:
                yield HashedRow(row["place"], row["hash"], tuple(row["key"]))
            if len(fetched) < _ROWS_A_FETCH:
                break
        self._session.run(sql.CLOSE)

    def _limit_statement(self, within: Part = ALL_KEYS, rest: Rest = WITHOUT_REST) -> None:
        # A little later than our own deadline, so that the server does not continue a statement that nobody waits for.
        left = self._deadline.left_milliseconds() + _GRACE_MILLISECONDS
        milliseconds = min(left, int(self._limits.statement_seconds * rest.stretch * 1000))
        self._session.run(settings.LIMIT, {"milliseconds": milliseconds, "range": is_between_keys(within)})


class ReaderByKey(_Reader):
    """A table whose rows are identified by a key."""

    def __init__(self, session: Session, comparison: Comparison, deadline: Deadline, limits: ReaderLimits) -> None:
        self._statements = sql.StatementsByKey(comparison, session.side)
        super().__init__(session, comparison, deadline, self._statements, limits)
        self._types_are_known = False
        self._by_text = False

    def cut(self, percent: float, ranges: int) -> Cut | None:
        if not self._comparison.ranged_key:
            return None
        self._limit_statement()
        row = self._session.row(self._statements.sample, {"percent": percent, "ranges": ranges}, **self._names)
        boundaries = (row and row["boundaries"]) or ()
        return Cut(tuple(tuple(key) for key in boundaries), row["scatter"]) if row else None

    def read(self, keys: Sequence[Key], with_columns: bool) -> Mapping[Key, Reading]:
        self._learn_types()
        lists = {f"k{number}": list(texts) for number, texts in enumerate(zip(*keys))}
        found: dict[Key, list[dict[str, Any]]] = defaultdict(list)
        for row in self._rows_of(lists, with_columns):
            found[keys[row["place"] - 1]].append(row)
        return defaultdict(lambda: ABSENT, {key: _reading(rows) for key, rows in found.items()})

    def _rows_of(self, lists: Mapping[str, list[str]], with_columns: bool) -> list[dict[str, Any]]:
        try:
            return self._session.rows(self._read(with_columns), lists, **self._names)
        except DatabaseError as error:
            if self._by_text or not (error.sqlstate or "").startswith(_NO_SUCH_VALUE):
                raise
            # The other side's key is not a value of this side's type: outside its range or its enum.
            self._by_text = True
            return self._session.rows(self._read(with_columns), lists, **self._names)

    def _read(self, with_columns: bool) -> str:
        return self._statements.read(with_columns, self._limits.show, self._by_text)

    def _learn_types(self) -> None:
        if self._types_are_known:
            return
        self._names.update(key_types(self._session, self._comparison))
        self._by_text = has_array_in_key(self._session, self._comparison)
        self._types_are_known = True


class ReaderByHash(_Reader):
    """A table without a key."""

    def __init__(self, session: Session, comparison: Comparison, deadline: Deadline, limits: ReaderLimits) -> None:
        self._statements = sql.StatementsByHash(comparison, session.side)
        super().__init__(session, comparison, deadline, self._statements, limits)

    def cut(self, _percent: float, _ranges: int) -> Cut | None:
        return None

    def read(self, keys: Sequence[Key], with_columns: bool) -> Mapping[Key, Reading]:
        versions: dict[Key, dict[Version, int]] = defaultdict(dict)
        shown: dict[Key, tuple[str | None, ...]] = {}
        statement = self._statements.read(self._limits.show if with_columns else ())
        for row in self._session.rows(statement, {"hashes": [int(text) for (text,) in keys]}, **self._names):
            key = (str(row["hash"]),)
            versions[key][row["hash"], row["xmin"]] = row["rows"]
            shown[key] = tuple(row["shown"] or ())
        found = {key: Reading(versions[key], (), shown[key]) for key in versions}
        return defaultdict(lambda: ABSENT, found)


def reader_of(session: Session, comparison: Comparison, deadline: Deadline, limits: ReaderLimits) -> TableReader:
    """Return the reader of that table on the session's side; ``deadline`` limits its statements on the server."""
    reader = ReaderByKey if comparison.key else ReaderByHash
    return reader(session, comparison, deadline, limits)


def _limits(within: Part) -> dict[str, Any]:
    if isinstance(within, HashSlice):
        return {"slice": within.number, "slices": within.slices - 1}
    ends = (("low", within.low), ("high", within.high))
    return {f"{name}{number}": text for name, key in ends for number, text in enumerate(key)}


def column_names(side: Side, comparison: Comparison) -> dict[str, Any]:
    """Return what the driver fills in for the table and its columns on one side."""
    columns = {f"c{number}": comparison.column_on(side, column) for number, column in enumerate(comparison.columns)}
    condition = {} if comparison.condition is None else {"condition": Verbatim(comparison.condition)}
    return {**columns, **condition, "table": comparison.table_on(side).parts}


def key_types(session: Session, comparison: Comparison) -> dict[str, Any]:
    """Return what the driver fills in for the types and operators of the key's columns on the session's side."""
    names: dict[str, Any] = {}
    for number, row in _key_types(session, comparison):
        names[f"b{number}"] = names[f"t{number}"] = (row["type_schema"], row["type_name"])
        if comparison.key[number].ordering is Ordering.INTEGER:
            names[f"t{number}"] = ("pg_catalog", "int8")  # the other side's type may be larger
        names[f"o{number}"] = row["operator_schema"]
    return names


def has_array_in_key(session: Session, comparison: Comparison) -> bool:
    """Tell whether an array is part of the key: a list of arrays is no array of them."""
    return any(row["is_array"] for _number, row in _key_types(session, comparison))


def _key_types(session: Session, comparison: Comparison) -> Iterator[tuple[int, dict[str, Any]]]:
    columns = [comparison.column_on(session.side, column) for column in comparison.key]
    schema, table = comparison.table_on(session.side).parts
    for row in session.rows(KEY_TYPES, {"schema": schema, "table": table, "columns": columns}):
        yield columns.index(row["name"]), row


def _selected(selection: Selection) -> dict[str, Any]:
    return {"within": selection.mask, "numbers": list(selection.numbers)}


def _reading(rows: Sequence[Mapping[str, Any]]) -> Reading:
    versions: dict[Version, int] = defaultdict(int)
    for row in rows:
        versions[row["hash"], row["xmin"]] += 1
    if len(rows) > 1:
        return Reading(dict(versions))
    return Reading(dict(versions), tuple(rows[0]["columns"]), tuple(rows[0]["shown"] or ()))

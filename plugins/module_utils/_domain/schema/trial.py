# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A trial restore: which statements of a script the new server refused, why, and which failures only follow from
that."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Callable

from ..relations import respelled
from ..sql_text import STATEMENT, pieces
from .surroundings import ROLE, SETTING, Surrounding

# GRANTEE: a privilege or a policy names a role that is not there.
OWNER, PRIVILEGE, GRANTEE, EXTENSION, COLLATION, FOREIGN, OTHER = (
    "owner",
    "privilege",
    "grantee",
    "extension",
    "collation",
    "foreign",
    "other",
)

# pg_restore --verbose writes this above each entry of a script, with line breaks in names as blanks.
_TOC = re.compile(r"-- TOC entry (?P<number>\d+) \(class \d+ OID \d+\)")
_NEEDS = re.compile(r"-- Dependencies:(?P<numbers>[ \d]*)")
_NAME = re.compile(r"-- Name: (?P<name>.*); Type: (?P<type>[A-Z ]+); Schema: (?P<schema>.*); Owner: (?P<owner>.*)")
_OWNER_TO = re.compile(r".* OWNER TO .*;")
_LARGEST_BATCH = 256
_NOT_THERE = ("42P01", "42704", "42883", "3F000", "42703")
_NOT_ALLOWED = "42501"
_UNDEFINED = "42704"
_NO_LIBRARY = "58P01"
_PRIVILEGES = ("ACL", "DEFAULT ACL")
_NAMING_ROLES = (*_PRIVILEGES, "POLICY")
_FOREIGN = ("FOREIGN DATA WRAPPER", "SERVER", "USER MAPPING", "FOREIGN TABLE", "PROCEDURAL LANGUAGE", "ACCESS METHOD")


@dataclass(frozen=True)
class Statement:
    """A statement of a script; ``line`` is the one where it ends."""

    text: str
    line: int


@dataclass(frozen=True)
class Failure:
    """What the server said against the statement that ends in ``line``."""

    line: int
    sqlstate: str | None
    message: str


@dataclass(frozen=True)
class Entry:
    """An entry of a script and its first line; ``needs`` are the numbers of the entries that it depends on."""

    number: int
    line: int
    kind: str = ""
    name: str = ""
    owner: str = ""
    needs: frozenset[int] = frozenset()

    @property
    def title(self) -> str:
        """Return kind and name."""
        return f"{self.kind} {respelled(self.name)}"


@dataclass(frozen=True)
class Refusal:
    """A statement that the server refused for a reason of its own; ``subject`` is the object or role in question."""

    cause: str
    subject: str
    message: str


@dataclass(frozen=True)
class Trial:
    """The result of a trial restore; ``obstacle``: why it was not possible or stopped early, empty if neither.

    A statement that failed because of an object that was refused before is not a refusal. ``around``: what ``setup``
    will create on green before the schema. ``unread``: tables that could not be dumped, and so were not tried.
    """

    refusals: tuple[Refusal, ...] = ()
    around: tuple[Surrounding, ...] = ()
    obstacle: str = ""
    way_out: str = ""
    unread: tuple[str, ...] = ()

    @property
    def roles(self) -> frozenset[str]:
        """Return the roles that ``setup`` will create."""
        return frozenset(one.role for one in self.around if one.kind == ROLE and one.role)

    @property
    def settings(self) -> frozenset[tuple[str, str]]:
        """Return the settings that ``setup`` will copy: the role, empty for all of the database, and the name."""
        found = [one for one in self.around if one.kind == SETTING and one.subject["database"]]
        return frozenset((one.role or "", str(one.subject["parameter"])) for one in found)

    def of(self, causes: Collection[str]) -> list[Refusal]:
        """Return the refusals with one of these causes."""
        return [one for one in self.refusals if one.cause in causes]


@dataclass
class _Judge:
    """Distinguishes causes from consequences, in the order of the script."""

    script: Sequence[str]
    entries: Sequence[Entry]
    whole: bool
    refusals: list[Refusal] = field(default_factory=list)
    absent: set[int] = field(default_factory=set)
    told: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Keep where each entry begins, to find that of a line quickly."""
        self._begins = [entry.line for entry in self.entries]

    def hear(self, failure: Failure) -> None:
        """Take one failure of the script into account."""
        entry = self._entry_at(failure.line)
        if entry is None or failure.line is None:
            self.refusals.append(Refusal(OTHER, "the beginning of the script", failure.message))
            return
        gives_away = bool(_OWNER_TO.fullmatch(self.script[failure.line - 1]))
        if not gives_away and entry.kind not in _PRIVILEGES:
            self.absent.add(entry.number)
        follows = failure.sqlstate in _NOT_THERE and self._lacks(entry, gives_away)
        if not follows and entry.number not in self.told:
            self.told.add(entry.number)
            cause = OWNER if gives_away else _cause(entry, failure)
            self.refusals.append(Refusal(cause, entry.owner if gives_away else _subject(entry), failure.message))

    def _lacks(self, entry: Entry, gives_away: bool) -> bool:
        if not self.whole:
            return True
        if entry.needs & self.absent:
            self.absent.add(entry.number)
            return True
        return gives_away and entry.number in self.absent

    def _entry_at(self, line: int) -> Entry | None:
        before = bisect_right(self._begins, line)
        return self.entries[before - 1] if before else None


def statements_of(script: str) -> Iterator[Statement]:
    """Yield the statements of a script; psql's own commands, which forbid others of them, say nothing to a server."""
    line, counted = 1, 0
    for piece in pieces(script):
        if piece.kind == STATEMENT:
            line += script.count("\n", counted, piece.end)
            counted = piece.end
            yield Statement(script[piece.start : piece.end], line)


def refused(
    statements: Sequence[Statement], take: Callable[[Sequence[Statement]], Failure | None]
) -> Iterator[Failure]:
    """Give ``take`` all statements in their order, in batches, and yield what speaks against each that it refuses.

    Batches are the smaller the closer refusals are to each other.

    :param take: takes all of a batch, or none of it and returns what speaks against the first statement that it refuses
    """
    position = passed = bad = 0
    size = _LARGEST_BATCH
    while position < len(statements):
        batch = statements[position : position + size]
        failure = take(batch)
        if failure is None:
            position += len(batch)
            size = min(2 * size, _LARGEST_BATCH) if position >= bad else max(1, (bad - position) // 2)
        elif len(batch) > 1:
            bad, size = position + len(batch), len(batch) // 2
        else:
            yield failure
            size = max(1, min(position - passed, _LARGEST_BATCH))
            position = passed = bad = position + 1


def judged(script: str, failures: Iterable[Failure], *, whole: bool = True) -> Trial:
    """Return the refusals behind the ``failures`` of ``script``, the output of ``pg_restore --verbose``.

    :param failures: in the order of the script, each with its line
    :param whole: whether the script has everything; otherwise whatever is not there may only be missing from it
    """
    failures = list(failures)
    if not failures:
        return Trial()
    lines = script.split("\n")
    judge = _Judge(lines, _entries(lines), whole)
    for failure in failures:
        judge.hear(failure)
    return Trial(tuple(judge.refusals))


def _entries(lines: Sequence[str]) -> list[Entry]:
    found: list[Entry] = []
    for index, line in enumerate(lines[1:], 1):
        begins = _TOC.fullmatch(line) if lines[index - 1] == "--" else None
        if begins:
            found.append(_entry(int(begins["number"]), index + 1, lines[index + 1 : index + 3]))
    return found


def _entry(number: int, line: int, header: Sequence[str]) -> Entry:
    needs: frozenset[int] = frozenset()
    for each in header:
        depends, named = _NEEDS.fullmatch(each), _NAME.fullmatch(each)
        if depends:
            needs = frozenset(map(int, depends["numbers"].split()))
        elif named:
            schema = "" if named["schema"] == "-" else f"{named['schema']}."
            return Entry(number, line, named["type"], f"{schema}{named['name']}", named["owner"], needs)
    return Entry(number, line, needs=needs)


def _cause(entry: Entry, failure: Failure) -> str:
    if entry.kind in _NAMING_ROLES and failure.sqlstate == _UNDEFINED:
        return GRANTEE
    if entry.kind == "EXTENSION":
        return EXTENSION
    if entry.kind == "COLLATION" or "collation" in failure.message.split(";")[0].lower():
        return COLLATION
    if entry.kind in _FOREIGN or failure.sqlstate == _NO_LIBRARY:
        return FOREIGN
    if failure.sqlstate == _NOT_ALLOWED or entry.kind in _PRIVILEGES:
        return PRIVILEGE
    return OTHER


def _subject(entry: Entry) -> str:
    return entry.name if entry.kind == "EXTENSION" else entry.title

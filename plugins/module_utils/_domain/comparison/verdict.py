# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When two rows that looked different are proven different, although both sides are being written to.

One trial of a key reads, in this order: the other side (``other_before``), the reference (``reference``), then waits
until the other side has applied all that the reference had committed by then, and reads the other side (``other``) and
the reference (``reference_after``) once more. What follows from it:

- A version that the reference shows both times existed all the time: the other side must show it. If the other side
  shows a hash less often, it lacks a row, and that is proof.
- A version that the other side shows both times was made before the reference was read, and nothing that the reference
  had committed by then has removed it: the reference must have shown it. If the reference shows a hash less often, the
  other side has a row too many, and that is proof. Two equal readings of the *reference* would prove nothing: a key may
  have been absent, present and absent again, and the other side shows the middle state.
- Equal hashes are agreement: with a unique key, every replicated change has replaced the whole row.

A version is the row's hash with its ``xmin``: a transaction that has ended never writes again, so none comes back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

MISSING = "missing"
EXTRA = "extra"
CHANGED = "changed"


# One version of a row: the hash of its values, and the transaction that wrote it.
Version = tuple[int, int]


@dataclass(frozen=True)
class Reading:
    """The rows of one key on one side at one moment: how many there are of each version.

    ``columns``: a hash for each compared column, where exactly one row was read and they were asked for.
    ``values``: the beginning of each compared column's text (``None`` for NULL), likewise.
    """

    versions: Mapping[Version, int] = field(default_factory=dict)
    columns: tuple[int, ...] = ()
    values: tuple[str | None, ...] = ()

    @property
    def hashes(self) -> Counter[int]:
        """Return how many rows there are of each hash."""
        return _hashes(Counter(self.versions))


ABSENT = Reading()


class Outcome(Enum):
    """The result of a trial."""

    AGREES = "agrees"
    DIFFERS = "differs"
    OPEN = "open"


@dataclass(frozen=True)
class Trial:
    """Four readings of one key, as the module's text describes them."""

    other_before: Reading
    reference: Reading
    other: Reading
    reference_after: Reading

    def outcome(self, settled_only: bool) -> Outcome:
        """Return the conclusion.

        :param settled_only: accept only rows that did not change on either side: where no key forbids a second equal
            row, or where nothing is replicated and the user says that the sides are at rest
        """
        if settled_only:
            return self._outcome_at_rest()
        if self.other.hashes in (self.reference.hashes, self.reference_after.hashes):
            return Outcome.AGREES
        return Outcome.DIFFERS if self._lacks_a_row() or self._has_a_row_too_many() else Outcome.OPEN

    def _outcome_at_rest(self) -> Outcome:
        if self.other_before.versions != self.other.versions:
            return Outcome.OPEN
        if self.reference.versions != self.reference_after.versions:
            return Outcome.OPEN
        return Outcome.AGREES if self.other.hashes == self.reference.hashes else Outcome.DIFFERS

    def _lacks_a_row(self) -> bool:
        return bool(_stable(self.reference, self.reference_after) - self.other.hashes)

    def _has_a_row_too_many(self) -> bool:
        return bool(_stable(self.other_before, self.other) - self.reference.hashes)

    @property
    def kind(self) -> str:
        """Return the kind of difference, seen from the reference."""
        mine, theirs = self.reference.hashes, self.other.hashes
        if not mine - theirs:
            return EXTRA
        return CHANGED if theirs - mine else MISSING

    def differing_columns(self, names: tuple[str, ...]) -> tuple[str, ...] | None:
        """Return the names of the compared columns that differ; ``None`` if they were not read."""
        if not self.reference.columns or not self.other.columns:
            return None
        return tuple(
            name for name, mine, theirs in zip(names, self.reference.columns, self.other.columns) if mine != theirs
        )


def _stable(before: Reading, after: Reading) -> Counter[int]:
    return _hashes(Counter(before.versions) & Counter(after.versions))


def _hashes(versions: Counter[Version]) -> Counter[int]:
    hashes: Counter[int] = Counter()
    for (content, _xmin), number in versions.items():
        hashes[content] += number
    return hashes

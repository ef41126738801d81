# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the user says about consumers: each one moves before cleanup, or stays where it is for a reason."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import MigrationError
from ..names import SCHEMA
from ..sides import Side
from .consumer import Consumer

UNSAID = "BG163"
HOW_TO_SAY = "name {slot} in bluegreen_consumers: alone where it is to move, with leave and the reason where it stays"


@dataclass(frozen=True)
class Said:
    """One entry of ``bluegreen_consumers``. ``leave``: why the consumer stays; empty where it is to move.

    ``publication``: what it reads; empty for unknown, or for a plugin without any.
    """

    slot: str
    leave: str
    publication: str = ""

    def in_words(self) -> str:
        """Return what becomes of the consumer."""
        return f"it stays there: {self.leave}" if self.leave else "it is to move before cleanup, which waits for that"


class Consumers:
    """The user's entries, by slot."""

    def __init__(self, entries: Iterable[Mapping[str, Any]]) -> None:
        """Build it from the module's list.

        :raises MigrationError: BG336 for a slot without a name or named twice, an empty reason, a publication of ours
        """
        self._said: dict[str, Said] = {}
        for entry in entries:
            slot, leave = entry["slot"].strip(), entry.get("leave")
            if not slot:
                raise _invalid("an entry names no slot")
            if slot in self._said:
                raise _invalid(f"slot {slot} is named twice")
            if leave is not None and not leave.strip():
                raise _invalid(f"slot {slot} is to be left without a reason")
            if (entry.get("publication") or "").startswith(f"{SCHEMA}_"):
                raise _invalid(f"the publication of slot {slot} is one of our own")
            self._said[slot] = Said(slot, (leave or "").strip(), (entry.get("publication") or "").strip())

    def __iter__(self) -> Iterator[Said]:
        """Go through the entries."""
        return iter(self._said.values())

    def publications(self) -> list[str]:
        """Return the publications of those that are to move, each once."""
        return sorted({one.publication for one in self if one.publication and not one.leave})

    def about(self, consumer: Consumer) -> Said | None:
        """Return what was said about it, ``None`` for nothing."""
        return self._said.get(consumer.slot)

    def unsaid(self, found: Iterable[Consumer]) -> list[Consumer]:
        """Return the consumers about which nothing was said."""
        return [one for one in found if self.about(one) is None]

    def still_to_move(self, found: Iterable[Consumer]) -> list[Consumer]:
        """Return the consumers that were not declared to stay."""
        return [one for one in found if not (self.about(one) or Said(one.slot, "")).leave]

    def in_words(self, one: Consumer) -> str:
        """Return a consumer and what becomes of it, for a person."""
        said = self.about(one)
        word = said.in_words() if said else f"nobody has said what becomes of it; {HOW_TO_SAY.format(slot=one.slot)}"
        return f"{one.in_words()}: {word}"

    def as_result(self, one: Consumer) -> dict[str, Any]:
        """Return the same JSON-ready; ``leave`` is ``None`` where nothing was said about it, empty where it moves."""
        said = self.about(one)
        return {**one.as_result(), "leave": said.leave if said else None, "line": self.in_words(one)}


def left_behind(side: Side, consumers: Iterable[Consumer]) -> MigrationError:
    """Return the refusal to end the migration while consumers follow the side out of service."""
    found = list(consumers)
    return MigrationError(
        "BG707",
        f"{str(side).capitalize()}, which is out of service, still has {len(found)} logical slot(s) of somebody "
        f"else's, whose consumers would get nothing more: {'; '.join(one.in_words() for one in found)}",
        "Nothing was changed, and they get every write through the link",
        "Move each as docs/consumers.md says and drop its slot there; or name it in bluegreen_consumers with leave and "
        "the reason why it stays",
        {"consumers": [one.as_result() for one in found]},
    )


def _invalid(what: str) -> MigrationError:
    return MigrationError("BG336", f"bluegreen_consumers: {what}", "Nothing was changed", "Correct the entry")

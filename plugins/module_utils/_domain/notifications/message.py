# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What people are told about a migration. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..texts import one_line, without_controls

BEGINS, DONE, FAILED, WAITING, ALARM, RECOVERED = "begins", "done", "failed", "waiting", "alarm", "recovered"
STATES = (BEGINS, DONE, FAILED, WAITING, ALARM, RECOVERED)
LAG = "lag"


@dataclass(frozen=True)
class Message:
    """One message. ``about``: the phase, or the alarm, that a later message may end.

    ``changed``: whether the phase has added something to the journals.
    """

    migration: str
    phase: str
    state: str
    text: str
    at: str
    about: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)
    changed: bool = True

    @property
    def alert(self) -> bool:
        """Whether somebody should look now."""
        return self.state in (FAILED, ALARM) or (self.phase == "rollback" and self.state != WAITING)

    @property
    def subject(self) -> str:
        """What it is about, or its phase."""
        return self.about or self.phase

    def as_json(self) -> dict[str, Any]:
        """Return the document that a generic receiver and a command get."""
        return {
            "migration": self.migration,
            "phase": self.phase,
            "state": self.state,
            "alert": self.alert,
            "text": self.text,
            "details": dict(self.details),
        }


@dataclass(frozen=True)
class Wording:
    """A message in the words that people read: one line, and what stands below it."""

    headline: str
    body: str


def wording(message: Message, own: str | None) -> Wording:
    """Return the words of a message, or of the text that a template of the user's has made of it."""
    if own is not None:
        first, _break, rest = without_controls(own.strip().replace("\r\n", "\n")).partition("\n")
        return Wording(one_line(first.strip()) or _bare(message), rest.strip("\n"))
    first, _break, rest = without_controls(message.text.strip()).partition("\n")
    lines = [*([rest] if rest.strip() else []), *_lines(message.details)]
    return Wording(f"{'ALERT ' if message.alert else ''}{one_line(first) or _bare(message)}", "\n".join(lines))


def _bare(message: Message) -> str:
    """Return what a message is about where it has no text: no service takes an empty one."""
    return f"{one_line(message.migration)}: {message.phase} ({message.state})"


def _lines(value: Any, indent: str = "") -> Iterator[str]:
    """Return a JSON-like value as an indented list, which needs no format to be read."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if isinstance(inner, (Mapping, list, tuple)):
                yield f"{indent}{one_line(key)}:"
                yield from _lines(inner, f"{indent}  ")
            else:
                yield from _indented(f"{one_line(key)}: ", inner, indent)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            if isinstance(inner, Mapping):
                yield from _indented("- ", ", ".join(f"{key}: {item}" for key, item in inner.items()), indent)
            else:
                yield from _indented("- ", inner, indent)


def _indented(label: str, value: Any, indent: str) -> Iterator[str]:
    first, *rest = without_controls("-" if value is None else str(value)).strip().split("\n")
    yield f"{indent}{label}{first}"
    yield from (f"{indent}  {line}" for line in rest)


def cut(text: str, limit: int) -> str:
    """Return a text that a service takes: what is too long ends in three dots."""
    return text if len(text) <= limit else f"{text[: limit - 1]}…"

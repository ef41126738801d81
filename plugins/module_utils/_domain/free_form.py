# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What lies in the dicts among the parameters that Ansible does not look into: by name, in whichever module.

Keys are names of the user's, or what an earlier run returned.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Union


@dataclass(frozen=True)
class Each:
    """A dict whose values all have one form; its keys are names of the user's, or match ``keys``."""

    form: Form
    keys: str = ""


_PLAIN_KEY = re.compile(r"[A-Za-z0-9_.-]{1,63}")
Form = Union["tuple[type, ...]", Each, "Mapping[str, Form]", "list[Form]"]

_TEXT = (str, int, float)
_NUMBER = (int, float)
_NOTHING = type(None)
_ANYTHING: Mapping[str, Form] = {}
FREE_FORMS: dict[str, Form] = {
    "baseline": Each(Each((*_TEXT, _NOTHING))),
    "columns": Each(_TEXT),
    "confirmed": Each((*_TEXT, _NOTHING)),
    "details": _ANYTHING,
    "extension_versions": Each(_TEXT),
    "lane_tables": Each(_TEXT),
    "phases": {"name": _TEXT, "began": _NUMBER, "ended": _NUMBER},
    "prerequisites": {"name": _TEXT, "detail": _TEXT, "known_by": _TEXT, "fulfilled": (bool, _NOTHING)},
    "rehearsal": {"finished_at": (*_TEXT, _NOTHING)},
    "resume": {
        **dict.fromkeys(("elapsed", "paused", "restarts"), (*_NUMBER, _NOTHING)),
        "resumed": (bool, _NOTHING),
        "too_slow": [_TEXT],
        "tokens": Each(_TEXT, keys=r"[0-9]{1,6}"),
        "errors": Each((*_NUMBER, _NOTHING)),
        "backlog": {"at": _NUMBER, "bytes": (*_NUMBER, _NOTHING)},
    },
}


def wrong_forms(value: Any, form: Form, path: str) -> Iterator[str]:
    """Return the places in a value that have another form; a dict or a list may be missing."""
    if isinstance(form, tuple):
        if not isinstance(value, form) or (isinstance(value, bool) and bool not in form):
            yield path
    elif value is None:
        return
    elif isinstance(form, list):
        if not isinstance(value, (list, tuple)):
            yield path
        else:
            for number, inner in enumerate(value):
                yield from wrong_forms(inner, form[0], f"{path}[{number}]")
    elif not isinstance(value, Mapping):
        yield path
    else:
        yield from _wrong_values(value, form, path)


def shown_key(key: Any, number: int) -> str:
    """Return how a path goes on at a key: by its name where that is a plain word, else by its position."""
    return f".{key}" if _PLAIN_KEY.fullmatch(str(key)) else f".<key {number}>"


def _wrong_values(value: Mapping[str, Any], form: Each | Mapping[str, Form], path: str) -> Iterator[str]:
    if isinstance(form, Each):
        for number, (key, inner) in enumerate(value.items(), 1):
            place = f"{path}{shown_key(key, number)}"
            if form.keys and not re.fullmatch(form.keys, str(key)):
                yield place
            yield from wrong_forms(inner, form.form, place)
    else:
        for name, expected in form.items():
            yield from wrong_forms(value.get(name), expected, f"{path}.{name}")

# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The forms of dict parameters that Ansible does not check: by name, the same in every module.

Their keys are names of the user's, or values that an earlier run returned.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Callable, Union


@dataclass(frozen=True)
class Each:
    """A dict whose values all have the same form; its keys are names of the user's, or match ``keys``.

    ``named``: a wrong value is told by its key. A secret without a key becomes a key without a value.
    """

    form: Form
    keys: str = ""
    named: bool = True


_PLAIN_KEY = re.compile(r"[A-Za-z0-9_.-]{1,63}")
Form = Union["Callable[[Any], bool]", Each, "Mapping[str, Form]", "list[Form]"]


def _one_of(*types: type) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, types) and (bool in types or not isinstance(value, bool))


def _reads_as_number(value: Any) -> bool:
    """Tell whether it is a number, or the text that templates of older Ansible turn it into."""
    try:
        return math.isfinite(float(value))
    except (OverflowError, TypeError, ValueError):
        return False


_NOTHING = type(None)
_TEXT = _one_of(str, int, float)
_WHOLE = _one_of(int)
_TEXT_OR_FLAG = _one_of(str, int, float, bool)
_TEXT_OR_NOTHING = _one_of(str, int, float, _NOTHING)
_NUMBER_OR_NOTHING = _one_of(int, float, _NOTHING)
_FLAG_OR_NOTHING = _one_of(bool, _NOTHING)
_DIRECTION = "forward|reverse"


def _is_range(value: Any) -> bool:
    """Tell whether it is a range of blocks: schema, name, whether it is TOAST, first and last block."""
    if not isinstance(value, list) or len(value) != 5:
        return False
    schema, name, toast, *ends = value
    return _TEXT(schema) and _TEXT(name) and isinstance(toast, bool) and all(_WHOLE(one) for one in ends)


_ANYTHING: Mapping[str, Form] = {}
FREE_FORMS: dict[str, Form] = {
    "baseline": Each(Each(_TEXT_OR_NOTHING)),
    "columns": Each(_TEXT),
    "confirmed": Each(_TEXT_OR_NOTHING),
    "details": _ANYTHING,
    "environment": Each(_TEXT_OR_FLAG, named=False),
    "extension_versions": Each(_TEXT),
    "headers": Each(_TEXT_OR_FLAG, named=False),
    "key": Each(_TEXT),
    "lane_tables": Each(_TEXT),
    "phases": {"name": _TEXT, "began": _reads_as_number, "ended": _reads_as_number},
    "prerequisites": {"name": _TEXT, "detail": _TEXT, "known_by": _TEXT, "fulfilled": _FLAG_OR_NOTHING},
    "rehearsal": {"finished_at": _TEXT_OR_NOTHING},
    "resume": {
        **dict.fromkeys(("elapsed", "paused", "restarts"), _NUMBER_OR_NOTHING),
        "blocks": _NUMBER_OR_NOTHING,
        "ranges": [_is_range],
        "waits_for": _TEXT_OR_NOTHING,
        "resumed": _FLAG_OR_NOTHING,
        "done": _NUMBER_OR_NOTHING,
        "views": [_TEXT],
        "failed": Each([_TEXT]),
        "too_slow": [_TEXT],
        "tokens": Each(_TEXT, keys=r"[0-9]{1,6}"),
        "errors": Each(_NUMBER_OR_NOTHING),
        **dict.fromkeys(("forward", "reverse"), Each(_NUMBER_OR_NOTHING)),
        **dict.fromkeys(("end", "next", "readings", "way_back_at"), _NUMBER_OR_NOTHING),
        "way_back_safe": _FLAG_OR_NOTHING,
        "backlog": {"at": _reads_as_number, "bytes": _NUMBER_OR_NOTHING},
        "flights": Each(dict.fromkeys(("milliseconds", "slowest", "sent"), _reads_as_number), keys=_DIRECTION),
        "counters": Each(
            {
                **dict.fromkeys(("errors", "transactions"), _NUMBER_OR_NOTHING),
                "conflicts": Each(_NUMBER_OR_NOTHING),
            },
            keys=_DIRECTION,
        ),
    },
    "seen": _ANYTHING,  # anything but a result of migration_info is as good as nothing
}


def wrong_forms(value: Any, form: Form, path: str) -> Iterator[str]:
    """Return the places in a value that do not have the form; a dict or a list may be missing."""
    if callable(form):
        if not form(value):
            yield path
    elif value is None:
        return
    elif isinstance(form, list):
        if not isinstance(value, (list, tuple)):
            yield path
        else:
            [each] = form
            for number, inner in enumerate(value):
                yield from wrong_forms(inner, each, f"{path}[{number}]")
    elif not isinstance(value, Mapping):
        yield path
    else:
        yield from _wrong_values(value, form, path)


def shown_key(key: Any, number: int) -> str:
    """Return a key's part of a path: its name if it may be shown and is a plain word, else its position."""
    return f".{key}" if key is not None and _PLAIN_KEY.fullmatch(str(key)) else f".<key {number}>"


def _wrong_values(value: Mapping[str, Any], form: Each | Mapping[str, Form], path: str) -> Iterator[str]:
    if isinstance(form, Each):
        for number, (key, inner) in enumerate(value.items(), 1):
            place = f"{path}{shown_key(key if form.named else None, number)}"
            if form.keys and not re.fullmatch(form.keys, str(key)):
                yield place
            yield from wrong_forms(inner, form.form, place)
    else:
        for name, expected in form.items():
            yield from wrong_forms(value.get(name), expected, f"{path}.{name}")

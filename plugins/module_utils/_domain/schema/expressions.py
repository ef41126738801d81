# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Expressions as a server prints them: what dump and restore write in another way."""

from __future__ import annotations

import re

_ARRAY = "ARRAY["
_TYPE = r'(?:"(?:[^"]|"")+"|[a-z_][\w$]*)(?:\.(?:"(?:[^"]|"")+"|[a-z_][\w$]*))?(?: [a-z]+)*(?:\(\d+(?:,\s*\d+)?\))?'
_CAST = re.compile(rf"::(?P<type>{_TYPE})$")
_CAST_OF_ALL = re.compile(rf"(?P<bracket>\)?)::(?P<type>{_TYPE})\[\]")
_QUOTED = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")+\"""")
_QUOTED_OR_ARRAY = re.compile(rf"{_QUOTED.pattern}|(?P<array>{re.escape(_ARRAY)})")
_OPENS, _CLOSES = "([", ")]"


def plain_arrays(text: str) -> str:
    """Return the text with one way to write a list whose elements are all cast to one type.

    For ``IN ('a', 'b')`` over varchar a server prints a cast of the whole array, ``(ARRAY['a', 'b'])::text[]``; the one
    that restores this casts each element instead, ``ARRAY[('a')::text, ('b')::text]``.
    """
    done: list[str] = []
    place = 0
    while True:
        start = _next_array(text, place)
        if start is None:
            return "".join([*done, text[place:]])
        elements, end = _elements(text, start + len(_ARRAY))
        before, written, after = _rewritten(text, start, elements, end)
        done += [text[place:before], written]
        place = after


def _next_array(text: str, place: int) -> int | None:
    """Return where the next ARRAY[ outside quotes begins."""
    return next((one.start() for one in _QUOTED_OR_ARRAY.finditer(text, place) if one["array"]), None)


def _elements(text: str, start: int) -> tuple[list[str], int]:
    """Return the elements of a list that begins at ``start``, and where the text goes on behind its closing bracket."""
    found: list[str] = []
    depth, begin, place = 0, start, start
    while place < len(text):
        sign = text[place]
        quoted = _QUOTED.match(text, place)
        if quoted:
            place = quoted.end()
            continue
        if sign in _CLOSES and depth == 0:
            break
        depth += (sign in _OPENS) - (sign in _CLOSES)
        if sign == "," and depth == 0:
            found.append(text[begin:place])
            begin = place + 1
        place += 1
    return [*found, text[begin:place]], place + 1


def _rewritten(text: str, start: int, elements: list[str], end: int) -> tuple[int, str, int]:
    """Return where the array begins, how it is written, and where it ends, with a cast of the whole array."""
    plain = [plain_arrays(one.strip()) for one in elements]
    cast = _CAST_OF_ALL.match(text, end)
    in_brackets = cast is not None and cast["bracket"] == ")"
    if cast and (not in_brackets or text[start - 1 : start] == "("):
        return start - in_brackets, _written([_bare(one) for one in plain], cast["type"]), cast.end()
    casts = [found for found in map(_CAST.search, plain) if found]
    types = {found["type"] for found in casts}
    if len(casts) == len(plain) and len(types) == 1:
        return start, _written([_bare(found.string[: found.start()]) for found in casts], *types), end
    return start, f"{_ARRAY}{', '.join(plain)}]", end


def _written(elements: list[str], type_name: str) -> str:
    return f"{_ARRAY}{', '.join(elements)}]::{type_name}[]"


def _bare(element: str) -> str:
    """Return it without brackets around the whole."""
    while element.startswith("("):
        inner, end = _elements(element, 1)
        if len(inner) > 1 or end != len(element):
            return element
        [element] = inner
    return element

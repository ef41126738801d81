# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which types can hold every value of another type in the form in which logical replication writes it: as text."""

from __future__ import annotations

import re

_NARROWER = {
    "integer": ("smallint",),
    "bigint": ("smallint", "integer"),
    "numeric": ("smallint", "integer", "bigint"),
    "double precision": ("real",),
}
_TEXTS = ("text", "character varying")
# Of these a larger number in brackets takes more; a vector(4), for one, takes no vector(3).
_GROWING = re.compile(r"character(?: varying)?|bit varying|time(?:stamp)? with(?:out)? time zone|interval.*")
_PARTS = re.compile(r"(?P<base>[^(\[]+?)(?:\((?P<modifier>[\d, ]+)\))?(?P<rest>[^(\[]*)(?P<array>(?:\[\])*)")


def holds(target: str, source: str) -> bool:
    """Tell whether every value of type ``source`` fits into type ``target``, both as format_type() writes them."""
    if target == source:
        return True
    wide, narrow = _split(target), _split(source)
    if wide is None or narrow is None or wide[2] != narrow[2]:
        return False
    (wide_base, wide_modifier, array), (narrow_base, narrow_modifier, _same) = wide, narrow
    if wide_base in _TEXTS and not wide_modifier:
        return not array or narrow_base in _TEXTS
    if wide_base == narrow_base:
        return _modifier_holds(wide_base, wide_modifier, narrow_modifier)
    return narrow_base in _NARROWER.get(wide_base, ()) and not wide_modifier


def _split(type_name: str) -> tuple[str, tuple[int, ...], str] | None:
    match = _PARTS.fullmatch(type_name)
    if match is None:
        return None
    modifier = tuple(int(number) for number in (match["modifier"] or "").split(",") if number)
    return match["base"] + match["rest"], modifier, match["array"]


def _modifier_holds(base: str, wide: tuple[int, ...], narrow: tuple[int, ...]) -> bool:
    if not wide:
        return base not in ("character", "bit")
    if not narrow:
        return False
    if base == "numeric":
        digits = [(modifier[0], modifier[1] if len(modifier) > 1 else 0) for modifier in (wide, narrow)]
        (precision, scale), (least_precision, least_scale) = digits
        return scale >= least_scale and precision - scale >= least_precision - least_scale
    return bool(_GROWING.fullmatch(base)) and wide >= narrow

# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks every raw parameter before Ansible converts it, and refuses invalid texts, numbers and forms.

An error names the place of the value and never the value, which may be a secret.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any, Callable

from ansible.module_utils.common.text.formatters import human_to_bytes
from ansible.module_utils.common.validation import check_type_dict, check_type_list

from .._domain.errors import MigrationError
from .._domain.free_form import FREE_FORMS, shown_key, wrong_forms
from .._domain.ranges import ANY, RANGES, Range

LONGEST_TEXT = 2**20
DEEPEST = 30
_NOT_IN_TEXTS = re.compile("[\x00\ud800-\udfff]")
_LONGEST_NUMBER = 64
_NUMBERS: dict[str, Callable[[str], float]] = {"int": float, "float": float, "bytes": human_to_bytes}


def check_values(spec: Mapping[str, Any], given: Mapping[str, Any]) -> None:
    """Check the parameters of a module.

    :param spec: argument spec
    :param given: raw parameters, not converted yet
    :raises MigrationError: BG080 for texts, BG081 for numbers, BG082 for sizes, BG083 for
        forms; it names every place
    """
    faults = [fault for name, value in given.items() for fault in _faults(value, spec.get(name, {}), name, 0)]
    faults.sort(key=lambda fault: fault[0])
    if faults:
        what = "; ".join(dict.fromkeys(what for _code, what in faults))
        raise MigrationError(faults[0][0], what, "Nothing was read or changed", "Correct it where it is set")


def is_free_form(spec: Mapping[str, Any]) -> bool:
    """Tell whether a parameter is a dict that Ansible does not check inside."""
    return spec.get("type") == "dict" and not spec.get("options")


def _faults(value: Any, spec: Mapping[str, Any], path: str, depth: int) -> Iterator[tuple[str, str]]:
    if depth > DEEPEST:
        yield "BG082", f"{path} is nested more than {DEEPEST} deep"
        return
    if isinstance(value, str):
        yield from _faults_of_text(value, path)
    name = re.sub(r"\[\d+\]", "", path).rpartition(".")[2]
    allowed = RANGES[name] if spec.get("type") in _NUMBERS else ANY
    if not _fits(value, spec.get("type"), allowed):
        yield "BG081", f"{path} is not a number {allowed}"
    for place in _misshapen(value, spec, name, path):
        yield "BG083", f"{place} does not have the expected form"
    for key, inner, inner_spec in _parts(value, spec):
        yield from _faults(inner, inner_spec, f"{path}{key}", depth + 1)


def _misshapen(value: Any, spec: Mapping[str, Any], name: str, path: str) -> Iterator[str]:
    kind = spec.get("type")
    found = _as_structure(value, kind)
    if is_free_form(spec):
        yield from wrong_forms(found, FREE_FORMS[name], path)
    elif spec.get("options") and found is not None and not isinstance(found, Mapping if kind == "dict" else list):
        yield path  # Ansible would look for its options in any value


def _faults_of_text(text: str, path: str) -> Iterator[tuple[str, str]]:
    if len(text) > LONGEST_TEXT:
        yield "BG082", f"{path} is longer than {LONGEST_TEXT} characters"
    if _NOT_IN_TEXTS.search(text):
        yield "BG080", f"{path} holds a NUL character or half of a character (a lone surrogate)"


def _fits(value: Any, kind: str | None, allowed: Range) -> bool:
    """Tell whether a number, or a text that is one, is in range; anything else is left to Ansible."""
    if kind in _NUMBERS and isinstance(value, str):
        try:
            value = _NUMBERS[kind](value) if len(value) <= _LONGEST_NUMBER else math.inf
        except ValueError:
            return True
    if isinstance(value, bool):
        return kind not in _NUMBERS
    return not isinstance(value, (int, float)) or value in allowed


def _parts(value: Any, spec: Mapping[str, Any]) -> Iterator[tuple[str, Any, Mapping[str, Any]]]:
    """Return the parts of a list or dict, or of a text that is one: part of the path, value, spec."""
    value = _as_structure(value, spec.get("type"))
    options = spec.get("options") or {}
    if isinstance(value, Mapping):
        for number, (key, inner) in enumerate(value.items(), 1):
            shown = shown_key(key, number)
            yield f"{shown}, a key,", key, {}
            yield shown, inner, options.get(key, {})
    elif isinstance(value, (list, tuple)):
        for number, inner in enumerate(value):
            yield f"[{number}]", inner, {"type": spec.get("elements"), "options": options}


def _as_structure(value: Any, kind: str | None) -> Any:
    convert = {"dict": check_type_dict, "list": check_type_list}.get(kind or "")
    try:
        return convert(value) if convert and isinstance(value, str) else value
    except TypeError:
        return value  # Ansible refuses it

# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks that parameters that can hold a secret have the expected form, without showing their values."""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping
from typing import Any

from .endpoint import NOT_TAKEN
from .errors import MigrationError
from .secrets import MASK, holds_credentials, without_credentials

Spec = Mapping[str, Mapping[str, Any]]
# Keys of libpq, and common mistakes for ours; any other unknown key may be a misplaced secret.
_HABITS = ("pass", "pwd", "username", "database", "db", "hostname", "server", "uri", "url", "conninfo")

_INNER = ("options", "choices", "no_log")
_KINDS = (
    (bool, "yes or no"), (str, "text"), ((int, float), "a number"), (Mapping, "a dict"), ((list, tuple), "a list"),
)  # fmt: skip


def required_shape(spec: Spec, params: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``params`` with JSON texts parsed, if each parameter that can hold a secret has its form.

    Ansible hides a secret only where it expects one: it would print one in a malformed parameter.

    :raises MigrationError: BG070 at the first that has not, and at an unknown one
    """
    return _entries(spec, params, "", everything=False)


def shown(spec: Spec, params: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``params`` as they may be printed: each secret replaced at its place, and in every URI."""
    return {name: _shown(spec[name], value) for name, value in params.items() if name in spec}


def holds_secret(option: Mapping[str, Any]) -> bool:
    """Tell whether a parameter is hidden, or contains one that is."""
    return bool(option.get("no_log")) or any(holds_secret(inner) for inner in (option.get("options") or {}).values())


def _entries(spec: Spec, values: Mapping[str, Any], place: str, everything: bool) -> dict[str, Any]:
    for key in values:
        if key not in spec:
            raise _malformed(f"{_unknown(key, values[key], spec, place)}; known are {', '.join(sorted(spec))}")
        if "password" in spec and not spec[key].get("no_log") and holds_credentials(values[key]):
            raise _malformed(f"{place}{key} holds a connection string, which does not belong there")
    return {
        key: _value(spec[key], value, f"{place}{key}") if everything or holds_secret(spec[key]) else value
        for key, value in values.items()
    }


def _unknown(key: Any, value: Any, spec: Spec, place: str) -> str:
    where = f"{place[:-1]} has" if place else "There is"
    if "password" in spec and key in NOT_TAKEN:
        return f"{where} {key}, {NOT_TAKEN[key]}"
    likely = isinstance(key, str) and (key in _HABITS or difflib.get_close_matches(key, spec))
    # `{user: me, secret}` becomes a key without a value.
    named = f' "{key}"' if likely and value is not None else ", which is not shown since it may be a secret"
    return f"{where} an unknown key{named}"


def _value(option: Mapping[str, Any], value: Any, place: str) -> Any:
    if value is None:
        return None
    wanted = option.get("type", "str")
    if wanted == "dict":
        found = _mapping(value, place)
        return _entries(option["options"], found, f"{place}.", everything=True) if "options" in option else found
    if wanted == "list" and isinstance(value, str) and option.get("elements") == "str":
        return value  # Ansible splits it at commas
    if wanted == "list":
        element = {"type": option.get("elements", "str"), **{key: option[key] for key in _INNER if key in option}}
        return [_value(element, item, f"{place}[{number}]") for number, item in enumerate(_list(value, place))]
    _require_scalar(option, value, place)
    return value


def _mapping(value: Any, place: str) -> Mapping[str, Any]:
    found = _from_json(value)
    if not isinstance(found, Mapping):
        raise _malformed(f"{place} has to be a dict, and is {_kind(value)}")
    return found


def _list(value: Any, place: str) -> list[Any]:
    found = _from_json(value)
    if not isinstance(found, (list, tuple)):
        raise _malformed(f"{place} has to be a list, and is {_kind(value)}")
    return list(found)


def _from_json(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


def _require_scalar(option: Mapping[str, Any], value: Any, place: str) -> None:
    if isinstance(value, bool) and option.get("no_log"):
        raise _malformed(f"{place} has to be text, and is {_kind(value)}: put it into quotes")
    if not isinstance(value, (str, int, float)):
        raise _malformed(f"{place} has to be text, and is {_kind(value)}")
    if "choices" in option and value not in option["choices"]:
        raise _malformed(f"{place} has to be one of {', '.join(map(str, option['choices']))}")
    if option.get("type") in ("int", "float") and not _is_number(value):
        raise _malformed(f"{place} has to be a number")


def _is_number(value: Any) -> bool:
    try:
        float(value)
    except ValueError:
        return False
    except OverflowError:
        return True  # a port out of range
    return True


def _kind(value: Any) -> str:
    return next((name for kind, name in _KINDS if isinstance(value, kind)), "something else")


def _shown(option: Mapping[str, Any], value: Any) -> Any:
    if option.get("no_log"):
        return value if value is None else MASK
    if isinstance(value, Mapping):
        return shown(option["options"], value) if option.get("options") else without_credentials(value)
    if isinstance(value, (list, tuple)):
        return [_shown({key: option[key] for key in _INNER if key in option}, item) for item in value]
    return without_credentials(value)


def _malformed(what: str) -> MigrationError:
    return MigrationError(
        "BG070",
        what,
        "Nothing was changed, and no value is shown since it may hold a secret",
        "Give it the form that the module's documentation says",
    )

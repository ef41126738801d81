# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Entries of `routes` become routers, or are refused before anything is opened."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from ansible_collections.bluegreen.postgresql.plugins.doc_fragments.routes import ModuleDocFragment
from ansible_collections.bluegreen.postgresql.plugins.module_utils._entry.routes import route_options, routes
from ansible_collections.bluegreen.postgresql.plugins.module_utils._routers.contract import RouteError
from ansible_collections.bluegreen.postgresql.plugins.module_utils._routers.registry import ROUTERS, build_routers

ENTRIES: dict[str, dict[str, Any]] = {
    "pgbouncer": {
        "type": "pgbouncer",
        "console": {"host": "192.0.2.1", "port": 6432, "user": "admin", "password": "hidden", "dbname": "pgbouncer"},
        "databases": ["shop"],
        "live_file": "/nowhere/live.ini",
        "blue_file": "/nowhere/blue.ini",
        "green_file": "/nowhere/green.ini",
    },
    "haproxy": {
        "type": "haproxy",
        "socket": "/nowhere/admin.sock",
        "backend": "pg",
        "blue_server": "b",
        "green_server": "g",
    },
    "multihost": {"type": "multihost"},
    "hook": {"type": "hook", "observe": ["/nowhere/observe"], "switch": ["/nowhere/switch"]},
}
_FACTS: dict[str, Any] = {"type": "str", "required": False, "default": None, "choices": None, "elements": None}


def _never(*_arguments: Any, **_keywords: Any) -> tuple[int, str, str]:
    pytest.fail("making a router ran a command")


def _refusal(*entries: dict[str, Any]) -> str:
    with pytest.raises(RouteError) as refused:
        build_routers(entries, _never)
    assert refused.value.code == "BG601"
    assert refused.value.stands == "Nothing was changed"
    return str(refused.value)


@pytest.mark.parametrize("kind", ROUTERS)
def test_an_entry_becomes_a_router_and_nothing_is_opened(kind: str) -> None:
    absent = dict.fromkeys(route_options())
    (router,) = build_routers([{**absent, **ENTRIES[kind]}], _never)

    assert isinstance(router, ROUTERS[kind])
    assert router.name.startswith(kind)
    assert "hidden" not in router.name
    router.close()


@pytest.mark.parametrize("kind", ROUTERS)
def test_each_required_parameter_is_required(kind: str) -> None:
    for name in ROUTERS[kind].required:
        refusal = _refusal({key: value for key, value in ENTRIES[kind].items() if key != name})
        assert name in refusal


@pytest.mark.parametrize("kind", ROUTERS)
def test_a_parameter_of_another_type_is_refused(kind: str) -> None:
    others = {name for other in ROUTERS.values() for name in (*other.required, *other.optional)}
    for name in others - {*ROUTERS[kind].required, *ROUTERS[kind].optional}:
        assert name in _refusal({**ENTRIES[kind], name: "x"})


def test_an_unknown_type_is_refused() -> None:
    assert "'dns'" in _refusal({"type": "dns"})


def test_one_route_named_twice_is_refused() -> None:
    assert "Name each route once" in _refusal(ENTRIES["pgbouncer"], ENTRIES["pgbouncer"])


@pytest.mark.parametrize("verb", ["hold", "release"])
def test_a_hook_that_holds_must_release(verb: str) -> None:
    assert "only one of hold and release" in _refusal({**ENTRIES["hook"], verb: ["true"]})


def test_the_argument_spec_has_the_parameters_of_the_routers_and_no_other() -> None:
    known = {name for router in ROUTERS.values() for name in (*router.required, *router.optional)}

    assert set(route_options()) == {"type", *known}
    assert route_options()["type"]["choices"] == sorted(ROUTERS)


def test_the_password_of_a_console_is_hidden() -> None:
    assert route_options()["console"]["options"]["password"]["no_log"] is True


def _facts(options: dict[str, Any], nested: str) -> dict[str, Any]:
    return {
        name: {
            **{fact: option.get(fact, absent) for fact, absent in _FACTS.items()},
            "options": _facts(option.get(nested) or {}, nested),
        }
        for name, option in options.items()
    }


def test_the_fragment_equals_the_argument_spec() -> None:
    documented = yaml.safe_load(ModuleDocFragment.DOCUMENTATION)["options"]

    assert _facts(documented, "suboptions") == _facts({"routes": routes()}, "options")

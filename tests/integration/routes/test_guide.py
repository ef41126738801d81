# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`docs/adding_a_router.md`, followed to the letter: its router passes the contract."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest
import yaml

from ansible_collections.bluegreen.postgresql.plugins.module_utils._entry import routes
from ansible_collections.bluegreen.postgresql.plugins.module_utils._routers import registry
from demo.commands import PROJECT
from tests.integration.routes import rigs
from tests.integration.routes.rigs import Ground, Rig, built, give_ground
from tests.integration.routes.test_contract import (
    test_a_client_that_was_held_reaches_the_new_side,
    test_a_hold_keeps_clients_waiting_and_release_lets_them_go_on,
    test_a_switch_without_a_hold_and_without_arming,
    test_it_can_be_closed_and_used_again,
    test_it_tells_where_it_leads,
    test_there_and_back_and_every_verb_twice,
)

__all__ = [
    "give_ground",
    "test_a_client_that_was_held_reaches_the_new_side",
    "test_a_hold_keeps_clients_waiting_and_release_lets_them_go_on",
    "test_a_switch_without_a_hold_and_without_arming",
    "test_it_can_be_closed_and_used_again",
    "test_it_tells_where_it_leads",
    "test_there_and_back_and_every_verb_twice",
]
_BLOCK = re.compile(r"^`(?P<path>[\w/.]+)`[^\n]*:\n\n```\w+\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture
def blocks() -> dict[str, str]:
    """Give what the page says to write, by file."""
    page = (PROJECT / "docs" / "adding_a_router.md").read_text(encoding="utf-8")
    found = {match["path"]: match["text"] for match in _BLOCK.finditer(page)}
    # If a file that the page names has moved, the test would follow something else than a reader.
    assert all((PROJECT / path).exists() for path in found if not path.endswith("pointer.py"))
    return found


@pytest.fixture
def rig(blocks: dict[str, str], ground: Ground, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    """Give the rig of the router that the page describes."""
    package = registry.__name__.rpartition(".")[0]
    pointer = ModuleType(f"{package}.pointer")
    pointer.__package__ = package
    monkeypatch.setitem(sys.modules, pointer.__name__, pointer)
    _write_into(pointer, blocks["plugins/module_utils/_routers/pointer.py"])
    import_line, entry = blocks["plugins/module_utils/_routers/registry.py"].strip().split("\n\n")
    names: dict[str, Any] = {"__package__": package}
    exec(import_line, names)
    for name, router in eval(f"{{{entry}}}", names).items():
        monkeypatch.setitem(registry.ROUTERS, name, router)
    _write_into(rigs, blocks["tests/integration/routes/rigs.py"])
    monkeypatch.setitem(rigs.RIGS, "pointer", rigs.pointer_rig)  # type: ignore[attr-defined]
    yield from built("pointer", ground)


def _write_into(module: ModuleType, text: str) -> None:
    exec(compile(text, module.__name__, "exec", dont_inherit=True), module.__dict__)


def test_its_parameters_are_described_twice_alike(blocks: dict[str, str]) -> None:
    names = dict(vars(routes))
    exec(blocks["plugins/module_utils/_entry/routes.py"], names)
    documented = yaml.safe_load(blocks["plugins/doc_fragments/routes.py"])

    assert {name: option["type"] for name, option in documented.items()} == {
        name: option["type"] for name, option in names["_pointer"]().items()
    }

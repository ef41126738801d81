# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A malformed parameter that can hold a secret is told apart, and never printed."""

from __future__ import annotations

import pytest

from tests.fixtures.malformed import SECRET, malformed
from tests.fixtures.modules import ModuleRunner
from tests.fixtures.specs import MODULES, spec_of

# Between them they have every kind of parameter that can hold a secret.
_SHORT = {"archive_database", "cutover", "embedded_server", "prerequisites_info", "route_check", "send_mail"}


@pytest.mark.parametrize(
    "module", [name if name in _SHORT else pytest.param(name, marks=pytest.mark.soak) for name in MODULES]
)
def test_a_module_prints_no_malformed_parameter(module: str, run_module: ModuleRunner) -> None:
    printed = []
    for parameters in malformed(spec_of(module)):
        result = run_module(module, parameters)
        assert result["failed"], (parameters, result)
        if SECRET in str(result) or result.get("code") != "BG070":
            printed.append((parameters, result))
    assert not printed, (len(printed), printed[:10])

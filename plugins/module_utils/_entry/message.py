# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a module that only notifies people: without any database, so it works when none answers."""

from __future__ import annotations

from typing import Any, Callable

from .._domain.errors import MigrationError
from .module import CheckedModule


def run_message(send: Callable[..., dict[str, Any]], arguments: dict[str, Any]) -> None:
    """Send one message, or in check mode only check that it could be sent, and exit as Ansible expects.

    :param send: gets the parameters, run_command and ``really``; returns the result, or raises MigrationError
    :param arguments: argument spec
    """
    module = CheckedModule(argument_spec=arguments, supports_check_mode=True)
    try:
        module.exit_json(**send(module.params, module.run_command, really=not module.check_mode))
    except MigrationError as error:
        module.fail_json(msg=str(error), **error.as_result())

# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The AnsibleModule of every module: it checks parameters before Ansible does, and filters everything that it
prints."""

from __future__ import annotations

from typing import Any

from ansible.module_utils.basic import AnsibleModule

from .._domain.errors import MigrationError
from .._domain.parameter_shape import required_shape, shown
from .._domain.printable import printable
from .._domain.secrets import maskable
from .values import check_values

_INTERNAL = "_ansible_"


class CheckedModule(AnsibleModule):  # type: ignore[misc]
    """Refuses parameters that Ansible would print with their secrets or answer with a traceback; prints no controls."""

    params: dict[str, Any]
    argument_spec: dict[str, Any]
    no_log_values: set[str]

    def _load_params(self) -> None:
        super()._load_params()
        told = {name: value for name, value in self.params.items() if not name.startswith(_INTERNAL)}
        try:
            self.params.update(required_shape(self.argument_spec, told))
            check_values(self.argument_spec, told)
        except MigrationError as error:
            # Ansible does not know yet which parameters are secrets, and would return them all.
            self.fail_json(msg=str(error), invocation={"module_args": {}}, **error.as_result())

    def exit_json(self, **result: Any) -> None:
        """Print a result without secrets and terminal control characters."""
        super().exit_json(**self._safe(result))

    def fail_json(self, msg: str, **result: Any) -> None:
        """Print a failure the same way."""
        super().fail_json(**self._safe({"msg": msg, **result}))

    def warn(self, warning: str, **more: Any) -> None:
        """Record a warning, filtered the same way."""
        super().warn(printable(warning), **more)

    def _safe(self, result: dict[str, Any]) -> dict[str, Any]:
        self.no_log_values = {secret for secret in self.no_log_values if maskable(secret)}
        invocation = {"module_args": shown(self.argument_spec, self.params)}
        return dict(printable({"invocation": invocation, **result}))

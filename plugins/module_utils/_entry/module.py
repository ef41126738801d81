# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The AnsibleModule of every module: it looks at its parameters before Ansible makes anything of them."""

from __future__ import annotations

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.errors import MigrationError

from .values import check_values


class CheckedModule(AnsibleModule):  # type: ignore[misc]
    """Refuses what no text and no number can be, which Ansible's own conversions answer with a traceback."""

    def _load_params(self) -> None:
        super()._load_params()
        try:
            check_values(self.argument_spec, self.params)
        except MigrationError as error:
            # Ansible does not know yet which parameters are secrets, and would return them all.
            self.fail_json(msg=str(error), invocation={"module_args": {}}, **error.as_result())

# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One module of the collection in a separate process: `python -m tests.live.module_process`.

Its request is JSON on standard input, because it holds passwords: `module`, `parameters`, `check`.
"""

from __future__ import annotations

import importlib
import json
import sys

from demo.commands import COLLECTIONS
from tests.fixtures.module_arguments import given

_MODULES = "ansible_collections.bluegreen.postgresql.plugins.modules"


sys.path.insert(0, str(COLLECTIONS))


def main() -> None:
    """Run the module; it prints its result and exits as it does under Ansible."""
    request = json.load(sys.stdin)
    module = importlib.import_module(f"{_MODULES}.{request['module']}")
    with given({**request["parameters"], "_ansible_check_mode": request["check"]}):
        module.main()


if __name__ == "__main__":
    main()

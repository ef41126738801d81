# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How findings are accepted."""

from __future__ import annotations


class ModuleDocFragment:
    """Code, object, reason, last day."""

    DOCUMENTATION = r"""
options:
  accepted:
    description:
      - Preflight findings that you accept. M(bluegreen.postgresql.preflight_info) returns them separately, and they do
        not block. M(bluegreen.postgresql.write_gate) and M(bluegreen.postgresql.cutover) use acceptances of V(BG706),
        and the latter also of V(BG152), V(BG216) to V(BG219), V(BG248), V(BG255), V(BG256), V(BG560) and V(BG562);
        M(bluegreen.postgresql.materialized_views) leaves views alone that are accepted with V(BG560).
    type: list
    elements: dict
    default: []
    suboptions:
      code:
        description: Code of the finding, such as V(BG152).
        type: str
        required: true
      object:
        description: One of the finding's objects, written as the finding writes it; without it, all of them.
        type: str
      reason:
        description: Why it is accepted; it goes into the result.
        type: str
        required: true
      expires:
        description: Last day of the acceptance in UTC, as C(YYYY-MM-DD). It no longer counts from the next day on.
        type: str
"""

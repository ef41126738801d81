# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a trigger function in the catalog is the one that our own statement creates."""

from __future__ import annotations

from ..._domain.session_settings import SEARCH_PATH


def is_trusted(owner: str) -> str:
    """Return the condition that ``owner`` is our own role or a superuser; nobody else may change our objects."""
    return f"""({owner} = (SELECT o.oid FROM pg_catalog.pg_roles o WHERE o.rolname = session_user)
                OR EXISTS (SELECT FROM pg_catalog.pg_roles o WHERE o.oid = {owner} AND o.rolsuper))"""


def stands_as_created(function: str, body: str) -> str:
    """Return the condition that this function is ours, has that body, and is pinned as all of ours are."""
    return f"""
    EXISTS (SELECT FROM pg_catalog.pg_proc p
            JOIN pg_catalog.pg_namespace h ON h.oid = p.pronamespace
            JOIN pg_catalog.pg_language l ON l.oid = p.prolang
            WHERE p.oid = pg_catalog.to_regprocedure('{function}') AND l.lanname = 'plpgsql' AND p.prosecdef
              AND p.proconfig = ARRAY['search_path={SEARCH_PATH}'] AND p.prosrc = $ours${body.replace("%", "%%")}$ours$
              AND {is_trusted("p.proowner")} AND {is_trusted("h.nspowner")})
    """

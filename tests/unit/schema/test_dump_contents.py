# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is removed from a dump's contents together with objects that a role cannot restore."""

from __future__ import annotations

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.schema.dump_contents import (
    LeftOut,
    without_what_needs,
)

_CONTENTS = """\
;
; Archive created at 2026-11-29
;
2; 3079 16400 EXTENSION - file_fdw 
4100; 0 0 COMMENT - EXTENSION file_fdw 
;	depends on: 2
230; 1417 16410 SERVER - files postgres
;	depends on: 2
4101; 0 0 USER MAPPING - USER MAPPING postgres SERVER files postgres
240; 1255 16500 FUNCTION public sealed(text) postgres
215; 1259 16510 TABLE public leaning owner
;	depends on: 240
4102; 0 0 ACL public TABLE leaning owner
;	depends on: 215
4000; 0 16510 TABLE DATA public leaning owner
;	depends on: 215
216; 1259 16520 TABLE public child owner
3990; 2606 16530 FK CONSTRAINT public child child_parent_fkey owner
;	depends on: 216 3989 215
"""  # noqa: W291


def test_what_depends_on_it_goes_too() -> None:
    cut = without_what_needs(_CONTENTS, [LeftOut(1255, 16500)])
    assert cut.away == {(1255, 16500), (1259, 16510), (0, 0), (0, 16510), (2606, 16530)}
    assert "TABLE public child owner" in cut.contents
    assert "leaning" not in cut.contents
    assert "USER MAPPING" in cut.contents


def test_mappings_go_with_the_servers() -> None:
    cut = without_what_needs(_CONTENTS, [LeftOut(3079, 16400)])
    assert "file" not in cut.contents
    assert "leaning" in cut.contents


def test_nothing_else_is_touched() -> None:
    assert without_what_needs(_CONTENTS, []).contents == _CONTENTS

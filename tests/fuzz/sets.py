# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sets of parameters for a module: working ones, with some parts replaced, left out or added."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import strategies as st

from tests.fuzz.values import values

_ENDS = ("blue", "green")


@st.composite
def parameter_sets(draw: st.DrawFn, spec: dict[str, Any], base: dict[str, Any]) -> dict[str, Any]:
    """Return one set of parameters for a module.

    :param spec: argument spec
    :param base: parameters that work
    """
    chosen = copy.deepcopy(base)
    own = sorted(set(spec) - set(_ENDS))
    ends = sorted(set(spec) & set(_ENDS))
    for name in draw(st.lists(st.sampled_from([*own, *own, *ends]), min_size=1, max_size=3, unique=True)):
        if name in _ENDS and isinstance(chosen.get(name), dict) and draw(st.booleans()):
            keyword = draw(st.sampled_from(sorted(spec[name]["options"])))
            chosen[name][keyword] = draw(values(keyword, spec[name]["options"][keyword]))
        else:
            chosen[name] = draw(values(name, spec[name]))
    if draw(st.integers(0, 19)) == 0:
        chosen.pop(draw(st.sampled_from(sorted(chosen))))
    if draw(st.integers(0, 19)) == 0:
        chosen[draw(st.sampled_from(["", "hots", "\0", "ü", "%s"]))] = draw(st.sampled_from([None, 1, "x", {}]))
    return chosen

# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values that somebody could write for a parameter: right ones, nearly right ones, and nonsense."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.ranges import RANGES

# Part of every value where a secret may be: no result may contain it.
PLANTED = "planted-and-never-to-be-seen"
_LONG = 300
_NUMBERS = ("int", "float", "bytes")
_LONGEST_WAIT = 2.0
_HOSTILE_TEXTS = (
    "", " ", "\0", "a\0b", "\ud800", "a\udcffb", "\n", "a\nb", "\r\n# done", "\x1b[31m", "'", '"', "\\", '\\"', "%",
    "%s", "%(x)s", "{}", "{0}", "{{ x }}", "$$", "; DROP TABLE users; --", "🐘", "Größe 数据库", "a,b", "a=b c=d", "-",
    "--version", "-oProxyCommand=touch${IFS}pwned", "..", ".", "null", "nan", "inf", "-1", "1e400", "0x10", "true", "(",
    "x" * _LONG, "ü" * _LONG, "[", "*", "public.users", '"Odd ""Name"."Täble 1"', "a.b.c", 'public."', "public.nobody",
    "\u202e",
)  # fmt: skip
_HOSTILE_NUMBERS = (
    math.nan, math.inf, -math.inf, -1, -0.5, 0, 1e-12, 1e30, 1e308, 2**31, 2**63, 2**64, 10**40, "nan", "inf", "1e400",
    "-5", "1_0", "٣", "0x10", "", " 1", "1 ", "9" * 50, True, False,
)  # fmt: skip
_URLS = (
    "http://127.0.0.1:1/", "http://127.0.0.1:99999/", "http://[::1", "http://", "file:///nowhere", "ftp://127.0.0.1:1/",
    "nonsense:", "http://a b/", "http://127.0.0.1:1/\n", "https://127.0.0.1:1/é", "http://x:y@127.0.0.1:1/",
)  # fmt: skip
_COMMANDS: tuple[list[str], ...] = (
    ["/bin/true"], ["/bin/false"], ["/bin/echo", "1000000"], ["/bin/printf", "\\377"], ["no-such-program"], ["."], [],
)  # fmt: skip
_TIMES = ("2026-01-01", "2026-01-01T00:00:00+00:00", "9999-12-31T23:59:59+14:00", "0001-01-01", "2026-13-01", "now")
_SQL = (
    "true", "SELECT true", "SELECT 1", "SELECT", "SELECT pg_catalog.now()", "SELECT 1; SELECT 2", "name", "upper(name)",
    "SELECT '%s'", "SELECT 1/0", "SELECT NULL", "DELETE FROM public.users", "COPY public.users TO STDOUT",
)  # fmt: skip
_LSNS = ("0/0", "0/1", "FFFFFFFF/FFFFFFFF", "0/FFFFFFFFF", "1/", "-1/1", "0/G")
_TABLES = ("public.users", '"Odd ""Name"."Täble 1"', "public.events", "public.events_2026", "public.nobody")
_PATHS = ("reports", "reports/deep/er", "a file", "a file/below", "ü", "$HOME/x", "~/x", "x" * _LONG)
_BY_NAME: dict[str, tuple[Any, ...]] = {
    **dict.fromkeys(("url",), _URLS),
    **dict.fromkeys(("command", "free_disk_command", "observe", "hold", "switch", "release"), _COMMANDS),
    **dict.fromkeys(("start", "end", "expires"), _TIMES),
    **dict.fromkeys(("sql", "pause_query", "where"), _SQL),
    **dict.fromkeys(("lsn", "start_lsn"), _LSNS),
    **dict.fromkeys(("tables", "exclude_tables", "table", "to"), _TABLES),
    **dict.fromkeys(("rows",), ("0", "10", "all", "1%", "100%", "-1", "1e9", "101%", "%")),
    **dict.fromkeys(("word", "backup_waived"), ("Ada, 2026-11-20", "Ada, 9999-99-99", "Ada", ", 2026-11-20")),
    **dict.fromkeys(("port",), (1, 0, 65535, 65536, "1,2")),
    **dict.fromkeys(("host", "hostaddr"), ("127.0.0.1", "/nowhere", "127.0.0.1,127.0.0.1", "300.1.1.1", "[::1", "a b")),
    **dict.fromkeys(("body",), ("ok", "(", "(?P<x", "[", "a{99999999}")),
}  # fmt: skip
# Free-form: what another run returned, or what the user calls by names of his own.
_LEAVES = (None, True, 0, 1, -1, 2**62, 1.5, math.nan, "", "x", "\0", "public.users", "id", "upper(name)")
_KEYS = ("", "x", "id", "name", "public.users", "\0", "ü", "forward")
_TREES = st.recursive(
    st.sampled_from(_LEAVES),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_KEYS), inner, max_size=3),
    max_leaves=6,
)


def values(name: str, option: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Return values for one parameter."""
    return st.one_of(_right(name, option), _right(name, option), _wrong(name, option))


def _right(name: str, option: dict[str, Any]) -> st.SearchStrategy[Any]:
    kind = option.get("type", "str")
    if kind == "list":
        return st.lists(_right(name, {**option, "type": option.get("elements", "str")}), max_size=2)
    if kind == "dict":
        return _dicts(option) if option.get("options") else _TREES
    return st.sampled_from(_few_right_ones(name, option, kind))


def _few_right_ones(name: str, option: dict[str, Any], kind: str) -> Sequence[Any]:
    if kind in _NUMBERS:
        allowed = RANGES[name]
        few = [allowed.lowest, allowed.lowest + 1, allowed.lowest + _LONGEST_WAIT]
        return [*few, *map(str, few)] if kind == "float" else [int(each) for each in few]
    plain = (PLANTED,) if option.get("no_log") else ("x", "shop", "2", "id")
    return option.get("choices") or _BY_NAME.get(name) or {"bool": (True, False), "path": _PATHS}.get(kind, plain)


def _wrong(name: str, option: dict[str, Any]) -> st.SearchStrategy[Any]:
    texts = st.sampled_from(_HOSTILE_TEXTS)
    if holds_a_secret(option):
        return st.one_of(texts.map(lambda text: f"{PLANTED}{text}"), st.sampled_from(_misshapen()))
    anything = st.one_of(texts, st.sampled_from(_HOSTILE_NUMBERS), st.just([]), st.just({}), _TREES)
    return st.one_of(anything, st.lists(anything, max_size=2)) if option.get("type") == "list" else anything


def _misshapen() -> list[Any]:
    secret = PLANTED
    return [
        secret, [secret], {"pass": secret}, {"password": [secret]}, {"password": {"x": secret}}, {secret: 1},
        f"host=x passwd={secret}", f"postgresql://u:{secret}@127.0.0.1:1/x", f'{{"pass": "{secret}"}}',
        [{"console": secret}], [[secret]],
    ]  # fmt: skip


def holds_a_secret(option: dict[str, Any]) -> bool:
    """Tell whether this parameter may hold a secret, at any depth."""
    return bool(option.get("no_log")) or any(map(holds_a_secret, (option.get("options") or {}).values()))


@st.composite
def _dicts(draw: st.DrawFn, option: dict[str, Any]) -> dict[str, Any]:
    options = option["options"]
    needed = [name for name, each in options.items() if each.get("required")]
    more = draw(st.lists(st.sampled_from(sorted(options)), max_size=4, unique=True))
    wrong = draw(st.sampled_from([*more, "", "", ""]))
    return {
        name: draw(values(name, options[name]) if name == wrong else _right(name, options[name]))
        for name in dict.fromkeys([*needed, *more])
    }

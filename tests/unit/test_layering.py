# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The architecture, read from the syntax trees of the plugins: each rule holds here, and catches planted violations."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from demo.commands import PROJECT, run_command
from scripts import draw_rooms
from tests.unit.rooms import ROOMS

PLUGINS = "plugins"
COLLECTION = ("ansible_collections", "bluegreen", "postgresql")
MAY_IMPORT: dict[str, frozenset[str]] = {
    "modules": frozenset({"_entry", "_workflows", "_domain"}),
    "action": frozenset({"plugin_utils", "_files", "_domain"}),
    "plugin_utils": frozenset({"_files", "_domain"}),
    "callback": frozenset({"_domain"}),
    "filter": frozenset({"_domain"}),
    "inventory": frozenset({"_workflows", "_domain"}),
    "doc_fragments": frozenset(),
    "_entry": frozenset({"_workflows", "_postgres", "_routers", "_embedded", "_domain"}),
    "_workflows": frozenset({"_postgres", "_routers", "_embedded", "_files", "_domain"}),
    "_routers": frozenset({"_postgres", "_domain"}),
    "_postgres": frozenset({"_domain"}),
    "_embedded": frozenset({"_domain"}),
    "_files": frozenset({"_domain"}),
    "_domain": frozenset(),
}
CLIENTS = {
    "psycopg": Path("plugins/module_utils/_postgres/driver.py"),
    "boto": Path("plugins/module_utils/_files/bucket.py"),
}
# SQL that preflight tells a person to paste is only text there: the domain cannot run it.
SQL_FOLDERS = {Path("plugins/module_utils/_postgres/sql"), Path("plugins/module_utils/_domain/preflight")}
SQL = re.compile(
    r"""\s*(SELECT\s|INSERT\s+INTO\s|UPDATE\s.+\sSET\s|DELETE\s+FROM\s|TRUNCATE\s|COPY\s|WITH\s.+\sAS\s|LOCK\s+TABLE\s
    |(CREATE|ALTER|DROP)\s+(OR\s+REPLACE\s+)?(TABLE|SCHEMA|FUNCTION|TRIGGER|PUBLICATION|SUBSCRIPTION|ROLE|DATABASE|EVENT)\s
    |(SET|RESET)\s+(LOCAL|SESSION)\s|COMMENT\s+ON\s|(GRANT|REVOKE)\s.+\s(TO|FROM|ON)\s)""",
    re.VERBOSE | re.DOTALL,
)
INPUT_AND_OUTPUT = """
    asyncio ctypes fcntl fileinput ftplib glob http io logging mmap multiprocessing os pathlib pty random secrets select
    selectors shelve shutil signal smtplib socket socketserver sqlite3 ssl subprocess syslog tempfile threading urllib
"""
WITH_ROOMS = ("plugins/module_utils/_workflows", "plugins/module_utils/_domain", "plugins/module_utils/_postgres")

Rule = Callable[[Path], Iterator[str]]


@cache
def _parsed(source: str) -> ast.Module:
    return ast.parse(source)


def _sources(root: Path) -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted((root / PLUGINS).rglob("*.py")):
        yield path.relative_to(root), _parsed(path.read_text(encoding="utf-8"))


def _layer(parts: tuple[str, ...]) -> str | None:
    """Return the layer of a path or dotted name below the collection, None outside of `plugins`."""
    if parts[:1] != (PLUGINS,) or len(parts) < 3:
        return None
    return parts[2] if parts[1] == "module_utils" else parts[1]


def _imported(path: Path, tree: ast.Module) -> Iterator[tuple[str, ...]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (tuple(alias.name.split(".")) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            package = (*COLLECTION, *path.parts[: -node.level]) if node.level else ()
            base = (*package, *(node.module.split(".") if node.module else ()))
            yield from ((*base, alias.name) for alias in node.names)


def upward_imports(root: Path) -> Iterator[str]:
    """Imports go from modules down to the domain."""
    for path, tree in _sources(root):
        layer = _layer(path.parts)
        for name in _imported(path, tree):
            target = _layer(name[len(COLLECTION) :]) if name[: len(COLLECTION)] == COLLECTION else None
            if layer is not None and target not in {None, layer} and target not in MAY_IMPORT.get(layer, frozenset()):
                yield f"{path} ({layer}) imports {'.'.join(name)}"


def unknown_layers(root: Path) -> Iterator[str]:
    """Every folder with code is a layer with a place in the order."""
    for path, _tree in _sources(root):
        layer = _layer(path.parts)
        if layer is not None and layer not in MAY_IMPORT and path.parent != Path("plugins/module_utils"):
            yield f"{path} is in no layer"


def drivers_elsewhere(root: Path) -> Iterator[str]:
    """Only one file knows the driver, and one the bucket's client, and so their errors."""
    for path, tree in _sources(root):
        names = {name[0] for name in _imported(path, tree)}
        for client, home in CLIENTS.items():
            yield from (f"{path} imports {name}" for name in names if path != home and name.startswith(client))


def impure_domain(root: Path) -> Iterator[str]:
    """The domain uses only the standard library, without input and output."""
    for path, tree in _sources(root):
        if _layer(path.parts) == "_domain":
            for name in _imported(path, tree):
                foreign = name[0] not in sys.stdlib_module_names and name[: len(COLLECTION)] != COLLECTION
                if foreign or name[0] in INPUT_AND_OUTPUT.split():
                    yield f"{path} imports {'.'.join(name)}"
            for node in ast.walk(tree):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"open", "input"}:
                    yield f"{path}:{node.lineno} calls {node.func.id}()"


def sql_elsewhere(root: Path) -> Iterator[str]:
    """Statements live in one folder, where quoting can be read at a glance."""
    for path, tree in _sources(root):
        if SQL_FOLDERS.isdisjoint(path.parents):
            for node in ast.walk(tree):
                if isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL.match(node.value):
                    yield f"{path}:{node.lineno} holds SQL: {node.value.strip()[:50]!r}"


def composed_names(root: Path) -> Iterator[str]:
    """A verb is a callable: no type checker sees a lookup by a composed name."""
    for path, tree in _sources(root):
        for node in ast.walk(tree):
            match node:
                case ast.Call(func=ast.Name(id="getattr"), args=[_, ast.JoinedStr() | ast.BinOp(), *_]):
                    yield f"{path}:{node.lineno} looks up a composed name"


def absolute_imports(root: Path) -> Iterator[str]:
    """Within module_utils imports are relative."""
    for path, tree in _sources(root):
        if path.parts[1] == "module_utils":
            for node in ast.walk(tree):
                names = [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
                names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                yield from (f"{path} imports {name}" for name in names if name.startswith(COLLECTION[0]))


def _room(parts: tuple[str, ...]) -> str | None:
    """Return the room of a path or dotted name below the collection, None on the floor of a layer and elsewhere."""
    if "/".join(parts[:3]) not in WITH_ROOMS:
        return None
    below = parts[4:] if parts[3:4] == ("sql",) else parts[3:]
    return below[0] if below and below[0] in ROOMS else None


def arrows(root: Path) -> dict[tuple[str | None, str], list[str]]:
    """Return the imports between rooms by both rooms, ``None`` for the floor."""
    found: dict[tuple[str | None, str], list[str]] = {}
    for path, tree in _sources(root):
        if path.as_posix().startswith(WITH_ROOMS):
            for name in _imported(path, tree):
                target = _room(name[len(COLLECTION) :])
                if target not in {None, _room(path.parts)}:
                    found.setdefault((_room(path.parts), str(target)), []).append(f"{path} imports {'.'.join(name)}")
    return found


def doors_that_are_shut(root: Path) -> Iterator[str]:
    """A room imports only from the rooms that the map allows, and the floor from none."""
    for (room, target), who in arrows(root).items():
        if room is None or target not in ROOMS[room].may_import:
            yield from who


def unknown_rooms(root: Path) -> Iterator[str]:
    """Every folder of a layer, and of its tests, is a room."""
    for folder in (*WITH_ROOMS, f"{WITH_ROOMS[-1]}/sql", "tests/unit", "tests/integration"):
        for path in sorted((root / folder).glob("*/*.py")):
            if path.parent.name not in {*ROOMS, "sql"}:
                yield f"{path.relative_to(root)} is in no room"


def circles(root: Path) -> Iterator[str]:
    """No file imports itself through others."""
    files = {path: set(_files_imported(root, path, tree)) - {path} for path, tree in _sources(root)}
    while free := [path for path, needed in files.items() if not needed & files.keys()]:
        for path in free:
            del files[path]
    importers = {each for needed in files.values() for each in needed}
    yield from (f"{path} is in a circle, or imports one" for path in files if path in importers)


def _files_imported(root: Path, path: Path, tree: ast.Module) -> Iterator[Path]:
    for name in _imported(path, tree):
        if name[: len(COLLECTION)] == COLLECTION:
            parts = name[len(COLLECTION) :]
            files = (Path(*parts[:end]).with_suffix(".py") for end in (len(parts), len(parts) - 1) if end)
            yield from (file for file in files if (root / file).is_file())


def foreign_references(root: Path) -> Iterator[str]:
    """Nothing refers to material outside the project, or to folders of the machine that it was written on."""
    outside = re.compile(rf"\bshared[/]|{re.escape(str(PROJECT))}\b|{re.escape(str(Path.home()))}/")
    for path in _project_files(root):
        text = path.read_bytes().decode("utf-8", errors="replace")
        yield from (f"{path.relative_to(root)}: {found.group()}" for found in outside.finditer(text))


def _project_files(root: Path) -> list[Path]:
    status, names, error = run_command(["git", "ls-files", "-z", "-co", "--exclude-standard"], cwd=root)
    assert status == 0, error
    return [root / name for name in names.split("\0") if (root / name).is_file()]


RULES: dict[str, Rule] = {
    rule.__name__: rule
    for rule in (
        upward_imports, unknown_layers, drivers_elsewhere, impure_domain, sql_elsewhere, composed_names,
        foreign_references, absolute_imports, doors_that_are_shut, unknown_rooms, circles,
    )
}  # fmt: skip
UTILS = "plugins/module_utils"
ABSOLUTE = "ansible_collections.bluegreen.postgresql.plugins.module_utils"
PLANTED = [
    ("upward_imports", f"{UTILS}/_domain/bad.py", "from .._postgres import driver"),
    ("upward_imports", f"{UTILS}/_domain/bad.py", "from .. import _workflows"),
    ("upward_imports", f"{UTILS}/_domain/bad.py", "from .._entry import runner"),
    ("upward_imports", f"{UTILS}/_postgres/switch/bad.py", "from ..._workflows.switch import cutover"),
    ("upward_imports", f"{UTILS}/_postgres/sql/bad.py", "from ..._routers import hook"),
    ("upward_imports", f"{UTILS}/_workflows/bad.py", "def f():\n    from .._entry import runner"),
    ("upward_imports", "plugins/modules/bad.py", f"from {ABSOLUTE}._postgres import session"),
    ("upward_imports", "plugins/modules/bad.py", f"import {ABSOLUTE}._postgres.session"),
    ("unknown_layers", f"{UTILS}/_helpers/bad.py", "x = 1"),
    ("drivers_elsewhere", f"{UTILS}/_postgres/session.py", "from psycopg2 import sql"),
    ("drivers_elsewhere", "plugins/modules/bad.py", "try:\n    import psycopg2.extras\nexcept ImportError:\n    raise"),
    ("drivers_elsewhere", f"{UTILS}/_workflows/bad.py", "def f():\n    import boto3"),
    ("impure_domain", f"{UTILS}/_domain/bad.py", "from os import environ"),
    ("impure_domain", f"{UTILS}/_domain/bad.py", "import yaml"),
    ("impure_domain", f"{UTILS}/_domain/bad.py", "text = open('x').read()"),
    ("sql_elsewhere", f"{UTILS}/_postgres/bad.py", "q = 'SELECT 1 FROM pg_class'"),
    ("sql_elsewhere", f"{UTILS}/_workflows/bad.py", "q = f'ALTER TABLE {name} ENABLE TRIGGER x'"),
    ("sql_elsewhere", f"{UTILS}/_workflows/bad.py", 'q = """\n  UPDATE accounts\n  SET balance = 0\n"""'),
    ("composed_names", f"{UTILS}/_workflows/bad.py", "def f(x, verb):\n    getattr(x, f'_{verb}')()"),
    ("absolute_imports", f"{UTILS}/_workflows/switch/bad.py", f"from {ABSOLUTE}._domain import clock"),
    ("absolute_imports", f"{UTILS}/_entry/bad.py", f"import {ABSOLUTE}._domain.clock"),
    ("doors_that_are_shut", f"{UTILS}/_workflows/schema/bad.py", "from ..switch import cutover"),
    ("doors_that_are_shut", f"{UTILS}/_workflows/lanes/bad.py", "from ..._domain.copy.first_copy import CopyFacts"),
    ("doors_that_are_shut", f"{UTILS}/_postgres/service/bad.py", "from ..sql.copy import first_copy"),
    ("doors_that_are_shut", f"{UTILS}/_postgres/sql/schema/bad.py", "from ..lanes import link"),
    ("doors_that_are_shut", f"{UTILS}/_domain/bad.py", "from .service.journal import Entry"),
    ("unknown_rooms", f"{UTILS}/_domain/helpers/bad.py", "x = 1"),
    ("unknown_rooms", f"{UTILS}/_postgres/sql/helpers/bad.py", "x = 1"),
    ("unknown_rooms", "tests/unit/helpers/test_bad.py", "x = 1"),
    ("circles", f"{UTILS}/_domain/bad.py", "from . import worse"),
    ("circles", f"{UTILS}/_workflows/switch/bad.py", "if TYPE_CHECKING:\n    from .worse import Worse"),
    ("foreign_references", "README.md", "see ../shared" + "/design.md"),
    ("foreign_references", "README.md", f"cd {PROJECT}"),
]


def test_every_module_that_works_on_databases_has_an_action_that_ends_it_when_its_run_is_cancelled() -> None:
    modules, actions = (
        {path.name for path in (PROJECT / PLUGINS / kind).glob("*.py")} for kind in ("modules", "action")
    )
    assert modules == actions


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES.keys())
def test_the_project_keeps_the_rule(rule: Rule) -> None:
    assert list(rule(PROJECT)) == []


@pytest.mark.parametrize(("rule", "path", "source"), PLANTED)
def test_the_rule_catches_what_is_planted(rule: str, path: str, source: str, tmp_path: Path) -> None:
    run_command(["git", "init", "--quiet", str(tmp_path)])
    planted = tmp_path / path
    planted.parent.mkdir(parents=True, exist_ok=True)
    planted.write_text(source + "\n", encoding="utf-8")
    planted.with_name("worse.py").write_text("from . import bad\n", encoding="utf-8")
    assert [name for name, check in RULES.items() if list(check(tmp_path))] == [rule]


def test_no_way_through_the_rooms_leads_back() -> None:
    left = dict(ROOMS)
    while free := [name for name, room in left.items() if room.may_import.isdisjoint(left)]:
        for name in free:
            del left[name]
    assert left == {}


def test_every_door_is_used() -> None:
    assert {(name, other) for name, room in ROOMS.items() for other in room.may_import} <= set(arrows(PROJECT))


def test_the_drawing_of_the_rooms_is_up_to_date() -> None:
    assert draw_rooms.drawn(draw_rooms.PAGE.read_text(encoding="utf-8")) == draw_rooms.PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize("source", ["text = 'Select a table'", '"""Docs: SELECT is read."""', "t = 'DROP it'"])
def test_prose_is_not_taken_for_sql(source: str, tmp_path: Path) -> None:
    prose = tmp_path / UTILS / "_workflows" / "prose.py"
    prose.parent.mkdir(parents=True)
    prose.write_text(source + "\n", encoding="utf-8")
    assert list(sql_elsewhere(tmp_path)) == []


def test_no_file_of_the_artifact_is_a_link() -> None:
    """antsibull-docs takes a linked action for a renamed module, whose options are then those of the other one."""
    shipped = [
        path for name in ("plugins", "roles", "playbooks", "docs", "meta") for path in Path(PROJECT / name).rglob("*")
    ]
    assert [str(path) for path in shipped if path.is_symlink()] == []

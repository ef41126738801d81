# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes each role's README.md from its argument specs and defaults."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

ROLES = Path(__file__).resolve().parent.parent / "roles"
_OURS = re.compile(r"\{\{ (?P<from>bluegreen_\w+) \| default\((?P<default>.*?)\)(?: \| .*)? \}\}")
_FOOTER = """
## License

GPL-3.0-or-later. `PYTHONPATH=collections:. python -m scripts.write_role_readmes` generates this page from
`meta/argument_specs.yml` and `defaults/main.yml`.
"""


def roles() -> list[str]:
    """Return the names of all roles."""
    return sorted(path.parent.parent.name for path in ROLES.glob("*/meta/argument_specs.yml"))


def readme(role: str) -> str:
    """Return the text of a role's README.md.

    :param role: its name without the collection's
    """
    specs = _load(role, "meta/argument_specs.yml")["argument_specs"]
    about = _load(role, "meta/main.yml")["galaxy_info"]["description"]
    head = f"# bluegreen.postgresql.{role}\n\n{about}.{_playbook(role)}\n"
    entries = "".join(_entry(role, name, spec) for name, spec in specs.items())
    return f"{head}{entries}{_options(role, specs)}{_FOOTER}"


def example(role: str, entry: str, title: str) -> str:
    """Return a play that runs an entry point of a role where its playbook does, or on every migration."""
    hosts = "localhost" if "hosts: localhost" in _playbook_text(role) else "migrations"
    return f"""---
- name: {title}
  hosts: {hosts}
  gather_facts: false
  tasks:
    - name: {title}
      ansible.builtin.import_role:
        name: bluegreen.postgresql.{role}
""" + ("" if entry == "main" else f"        tasks_from: {entry}\n")


def _load(role: str, path: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROLES / role / path).read_text(encoding="utf-8"))
    return loaded


def _playbook_text(role: str) -> str:
    playbook = ROLES.parent / "playbooks" / f"{role}.yml"
    return playbook.read_text(encoding="utf-8") if playbook.exists() else ""


def _playbook(role: str) -> str:
    text = _playbook_text(role)
    if not text:
        return ""
    tells = ", tells people when it fails, and says how it ended" if "notifications" in text else ""
    return f" The playbook `bluegreen.postgresql.{role}` runs it{tells}."


def _entry(role: str, name: str, spec: Mapping[str, Any]) -> str:
    title = spec["short_description"]
    return f"\n## {title} (`{name}`)\n\n{_text(spec['description'])}\n\n```yaml\n{example(role, name, title)}```\n"


def _options(role: str, specs: Mapping[str, Any]) -> str:
    """Return one table: an option that several entry points share is there once."""
    options = {name: option for spec in specs.values() for name, option in spec.get("options", {}).items()}
    if not options:
        return ""
    defaults = _load(role, "defaults/main.yml")
    rows = "".join(_rows(options, defaults))
    where = "[variables.md](../../docs/variables.md) says more of them. The inventory sets the second column's."
    head = "| Option | Taken from | Default | Type | Meaning |\n|---|---|---|---|---|\n"
    return f"\n## Options\n\n{where}\n\n{head}{rows}"


def _rows(options: Mapping[str, Any], defaults: Mapping[str, Any]) -> Iterator[str]:
    for name, option in options.items():
        source, default = _default(name, option, defaults)
        cells = (f"`{name}`", source, default, _type(option), _text(option["description"]).replace("|", "\\|"))
        yield f"| {' | '.join(cells)} |\n"


def _default(name: str, option: Mapping[str, Any], defaults: Mapping[str, Any]) -> tuple[str, str]:
    if name not in defaults:
        return "", "required" if option.get("required") else "none"
    value = defaults[name]
    taken = _OURS.fullmatch(value) if isinstance(value, str) else None
    shown = taken["default"] if taken else _shown(value)
    return f"`{taken['from']}`" if taken else "", f"`{shown}`".replace("|", "\\|")


def _shown(value: object) -> str:
    return yaml.safe_dump(value, default_flow_style=True, width=1000).removesuffix("\n").removesuffix("\n...")


def _type(option: Mapping[str, Any]) -> str:
    words = f"{option['type']} of {option['elements']}" if "elements" in option else str(option["type"])
    choices: Iterable[object] = option.get("choices", ())
    named = ", ".join(f"`{choice}`" for choice in choices)
    return f"{words}: {named}" if named else words


def _text(description: str | list[str]) -> str:
    lines = [description] if isinstance(description, str) else description
    return re.sub(r"[CVOM]\(([^)]*)\)", r"`\1`", " ".join(line.strip() for line in lines))


if __name__ == "__main__":
    for one in roles():
        (ROLES / one / "README.md").write_text(readme(one), encoding="utf-8")

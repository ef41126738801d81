# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory is read back as it was meant, whatever names are in it; a line that is only shown stays a comment."""

from __future__ import annotations

from typing import Any

import yaml
from ansible.parsing.dataloader import DataLoader
from hypothesis import example, given
from hypothesis import strategies as st

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.init.found import (
    Found,
    LeftBehind,
    Owner,
    Side,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.init.inventory import host_name, inventory
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.init.script import granted, shown
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.preflight.grants import Due
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side as Where
from tests.fixtures.hostile_names import identifiers


def _side(name: str = "shop", major: int = 17, **changes: Any) -> Side:
    told: dict[str, Any] = {
        "version": f"{major}.1",
        "major": major,
        "database": name,
        "exists": True,
        "user": "ada",
        "connection": {"host": "db.example.com", "sslkey": "/home/ada/key", "dbname": name},
        "asks_for": (),
        "due": frozenset({Due.ALWAYS}),
    }
    return Side(**{**told, **changes})


def _found(name: str = "shop", major: int = 17, **changes: Any) -> Found:
    told: dict[str, Any] = {
        "blue": _side(name, major),
        "green": _side(name, 18, exists=False),
        "wal_levels": {"blue": "logical", "green": "replica"},
        "owners": (Owner("shop_owner", superuser=False), Owner("root", superuser=True)),
        "writers": ("shop_app",),
    }
    return Found(**{**told, **changes})


def _read(found: Found, migrator: str = "bluegreen_migrator", host: str = "shop") -> dict[str, Any]:
    read: dict[str, Any] = DataLoader().load(inventory(found, host, migrator))["migrations"]
    return read


@given(identifiers)
@example("{{ lookup('ansible.builtin.pipe', 'id') }}")
@example("{% raw")
@example("a\x85b\u2028c\U0001f418")
def test_every_name_is_read_back_as_it_is(name: str) -> None:
    found = _found(name, writers=(name,), left_behind=(LeftBehind(name, f"belongs to {name}"),), bindir=name)
    read = _read(found, migrator=name)
    assert set(read) == {"hosts", "vars"}
    host = read["hosts"]["shop"]
    assert (host["bluegreen_blue"]["dbname"], host["bluegreen_green"]["user"]) == (name, name)
    assert host["bluegreen_application_roles"] == [name]
    assert host["bluegreen_exclude_tables"] == []
    assert host["bluegreen_pg_bindir"] == name
    tagged = inventory(found, "shop", name).count("!unsafe")
    assert bool(tagged) == any(mark in name for mark in ("{{", "{%", "{#"))


@given(st.text())
def test_a_host_has_a_plain_name(database: str) -> None:
    assert yaml.safe_load(host_name(database) + ":") is not None
    assert set(host_name(database)) <= set("abcdefghijklmnopqrstuvwxyz0123456789_-")


def test_what_belongs_to_the_role_that_looked_is_left_out() -> None:
    host = _read(_found())["hosts"]["shop"]
    assert "sslkey" not in host["bluegreen_blue"]
    assert "sslkey, " not in inventory(_found(), "shop", "ada")
    assert _read(_found(), migrator="ada")["hosts"]["shop"]["bluegreen_blue"]["sslkey"] == "/home/ada/key"


def test_secrets_are_named_and_never_there() -> None:
    found = _found(blue=_side(user="me", asks_for=("password", "sslpassword")))
    read = _read(found, migrator="me")
    assert read["hosts"]["shop"]["bluegreen_blue"]["sslpassword"] == "{{ blue_sslpassword }}"
    assert "BLUEGREEN_BLUE_SSLPASSWORD" in read["vars"]["blue_sslpassword"]
    assert "BLUEGREEN_PASSWORD" in read["vars"]["migrator_password"]


def test_a_pooler_that_answered_is_named() -> None:
    text = inventory(_found(console={"host": "db.example.com", "port": "6432"}), "shop", "me")
    assert "PgBouncer answered at db.example.com:6432" in text
    assert "No console" in inventory(_found(), "shop", "me")


def test_before_16_a_superuser_is_made_and_from_16_on_none() -> None:
    def awake(major: int) -> list[str]:
        lines = granted(_found(major=major), Where.BLUE, "me")
        return [line.statement for line in lines if not line.asleep]

    assert "ALTER ROLE {migrator} SUPERUSER" in awake(15)
    assert not [line for line in awake(16) if "SUPERUSER" in line]
    assert "GRANT pg_create_subscription TO {migrator}" in awake(16)


def test_nobody_becomes_a_member_of_a_superuser_without_a_word() -> None:
    lines = granted(_found(), Where.BLUE, "me")
    asleep = {line.names["owner"]: line.asleep for line in lines if "owner" in line.names}
    assert asleep == {"shop_owner": False, "root": True}


@given(identifiers)
def test_a_line_that_is_only_shown_cannot_leave_its_comment(name: str) -> None:
    text = shown("a reason", f'GRANT "{name}" TO me;', asleep=True)
    assert all(line.startswith("-- ") for line in text.replace("\r", "\n").split("\n") if line)

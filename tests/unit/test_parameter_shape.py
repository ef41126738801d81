# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A malformed parameter is named without its value, and no secret is ever shown."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.errors import MigrationError
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.parameter_shape import (
    holds_secret,
    required_shape,
    shown,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.secrets import MASK

SECRET = "hunter2hunter2"
SIDE: dict[str, Any] = {
    "type": "dict",
    "options": {
        "host": {"type": "str"},
        "port": {"type": "int"},
        "sslmode": {"type": "str", "choices": ["disable", "require"]},
        "password": {"type": "str", "no_log": True},
        "words": {"type": "list", "elements": "str"},
    },
}
SPEC: dict[str, Any] = {
    "blue": SIDE,
    "routes": {"type": "list", "elements": "dict", "options": SIDE["options"]},
    "free": {"type": "dict", "no_log": True},
    "migration": {"type": "str"},
}


def refused(params: dict[str, Any]) -> MigrationError:
    """Return the refusal, which shows no value."""
    with pytest.raises(MigrationError) as error:
        required_shape(SPEC, params)
    assert (error.value.code, SECRET in str(error.value)) == ("BG070", False)
    return error.value


@pytest.mark.parametrize(
    ("params", "what"),
    [
        ({"blue": SECRET}, "blue has to be a dict, and is text"),
        ({"blue": [SECRET]}, "blue has to be a dict, and is a list"),
        ({"blue": True}, "blue has to be a dict, and is yes or no"),
        ({"blue": 5}, "blue has to be a dict, and is a number"),
        ({"blue": {"password": {"x": SECRET}}}, "blue.password has to be text, and is a dict"),
        ({"blue": {"password": True}}, "blue.password has to be text, and is yes or no: put it into quotes"),
        ({"blue": {"host": [SECRET]}}, "blue.host has to be text, and is a list"),
        ({"blue": {"sslmode": SECRET}}, "blue.sslmode has to be one of disable, require"),
        ({"blue": {"port": SECRET}}, "blue.port has to be a number"),
        ({"blue": {"words": {"x": SECRET}}}, "blue.words has to be a list, and is a dict"),
        ({"blue": {"words": [{"x": SECRET}]}}, "blue.words[0] has to be text, and is a dict"),
        ({"routes": [{}, SECRET]}, "routes[1] has to be a dict, and is text"),
        ({"routes": SECRET}, "routes has to be a list, and is text"),
        ({"blue": {"host": f"postgres://me:{SECRET}@blue/shop"}}, "blue.host holds a connection string"),
        ({"blue": object()}, "blue has to be a dict, and is something else"),
    ],
)
def test_each_malformed_parameter_is_named_by_its_place(params: dict[str, Any], what: str) -> None:
    assert refused(params).what.startswith(what)


@pytest.mark.parametrize(
    ("values", "what"),
    [
        ({"pass": SECRET}, 'blue has an unknown key "pass"; known are host, password'),
        ({"passwort": SECRET}, 'blue has an unknown key "passwort"; known are host'),
        ({SECRET: "x"}, "blue has an unknown key, which is not shown since it may be a secret; known"),
        ({"pass": None}, "blue has an unknown key, which is not shown since it may be a secret; known"),
        ({7: "x"}, "blue has an unknown key, which is not shown"),
    ],
)
def test_an_unknown_key_is_shown_only_where_it_is_a_likely_slip(values: dict[Any, Any], what: str) -> None:
    assert refused({"blue": values}).what.startswith(what)


def test_an_unknown_parameter_is_told_of() -> None:
    assert refused({"blu": {}}).what.startswith('There is an unknown key "blu"; known are blue, free')


@pytest.mark.parametrize(
    ("given_", "read"),
    [
        ({"blue": '{"host": "a"}'}, {"blue": {"host": "a"}}),
        ({"blue": {"port": "5432"}}, {"blue": {"port": "5432"}}),
        ({"blue": {"port": 5432.0}}, {"blue": {"port": 5432.0}}),
        ({"blue": {"port": 10**400}}, {"blue": {"port": 10**400}}),
        ({"blue": {"words": "a,b"}}, {"blue": {"words": "a,b"}}),
        ({"blue": {"words": ["a", 1]}}, {"blue": {"words": ["a", 1]}}),
        ({"blue": {"sslmode": "require", "host": None}}, {"blue": {"sslmode": "require", "host": None}}),
        ({"routes": '[{"host": "a"}]'}, {"routes": [{"host": "a"}]}),
        ({"free": '{"a": [1]}'}, {"free": {"a": [1]}}),
        ({"migration": ["whatever"]}, {"migration": ["whatever"]}),
        ({"blue": None}, {"blue": None}),
    ],
)
def test_what_has_its_form_passes_and_json_is_read(given_: dict[str, Any], read: dict[str, Any]) -> None:
    assert required_shape(SPEC, given_) == read


def test_a_parameter_holds_a_secret_itself_or_within() -> None:
    assert [name for name, option in SPEC.items() if holds_secret(option)] == ["blue", "routes", "free"]
    assert not holds_secret({"type": "dict", "options": {"host": {}}})


def test_each_secret_is_replaced_at_its_place_and_nothing_else_is() -> None:
    params = {
        "blue": {"host": "a", "password": SECRET},
        "routes": [{"host": f"postgres://me:{SECRET}@b", "password": None}],
        "free": {"x": SECRET},
        "migration": f"password={SECRET}",
        "unknown": SECRET,
    }
    assert shown(SPEC, params) == {
        "blue": {"host": "a", "password": MASK},
        "routes": [{"host": f"postgres://me:{MASK}@b", "password": None}],
        "free": MASK,
        "migration": f"password={MASK}",
    }


_JUNK = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.just(SECRET)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["host", "password", "port", "x", SECRET]), inner, max_size=3),
    ),
    max_leaves=8,
)


@given(st.sampled_from(["blue", "routes", "free", "secret"]), _JUNK)
def test_whatever_is_given_no_value_is_told(name: str, value: Any) -> None:
    told = ""
    try:
        required_shape(SPEC, {name: value})
    except MigrationError as error:
        told = str(error)
    assert SECRET not in told


def test_a_keyword_of_libpq_that_is_not_taken_is_refused_with_the_reason() -> None:
    with pytest.raises(MigrationError, match="blue has replication, which we ask for where we need it"):
        required_shape(SPEC, {"blue": {"host": "h", "replication": SECRET}})
    with pytest.raises(MigrationError, match="There is an unknown key"):
        required_shape(SPEC, {"replication": SECRET})

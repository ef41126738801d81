# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The day after: what green took before an emergency is brought to blue by its keys, all of it or nothing."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from psycopg2 import sql

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.capabilities import Capability
from tests.fixtures.migrations import Pair, PairFactory

SCHEMA = """
SET ROLE {};
CREATE TABLE shops (id int PRIMARY KEY, name text UNIQUE, at timestamptz DEFAULT now());
CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, shop int REFERENCES shops, note text);
CREATE TABLE log (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, what text);
CREATE TABLE keyless (what text);
ALTER TABLE keyless REPLICA IDENTITY FULL;
CREATE FUNCTION noted() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN INSERT INTO public.log (what) VALUES (TG_OP); RETURN NULL; END $$;
CREATE TRIGGER noted AFTER INSERT OR UPDATE OR DELETE ON orders EXECUTE FUNCTION noted();
"""
SHOPS = "INSERT INTO shops SELECT g, 'shop ' || g, '2026-01-01' FROM generate_series(1, 9) g"
# What green takes while nothing of it arrives; blue changes 4 too, and deletes 5.
ON_GREEN = """
INSERT INTO shops VALUES (10, 'new', '2026-01-02'); INSERT INTO orders (shop, note) VALUES (10, 'first'), (1, 'second');
UPDATE shops SET name = 'renamed' WHERE id = 2; DELETE FROM shops WHERE id = 3;
UPDATE shops SET name = 'by green', at = '2026-01-03' WHERE id = 4;
UPDATE shops SET name = 'kept by green', at = '2026-01-03' WHERE id = 5;
UPDATE shops SET id = 60 WHERE id = 6;
INSERT INTO events (day) VALUES ('2026-05-05'); UPDATE users SET name = 'longer than before' WHERE id = 1;
SELECT setval('users_id_seq', 50000000);
"""
ON_BLUE = """
UPDATE shops SET name = 'by blue', at = '2026-01-02' WHERE id = 4; DELETE FROM shops WHERE id = 5;
INSERT INTO shops VALUES (100, 'only blue'); UPDATE shops SET name = 'blue''s own' WHERE id = 7;
"""
Stricken = Callable[..., Pair]


@pytest.fixture
def stricken(pair: PairFactory) -> Stricken:
    """Give a pair in which an emergency opened blue: green took ``on_green``, of which nothing arrived."""

    def make(folder: Path, on_green: str = ON_GREEN, on_blue: str = ON_BLUE, blue: int = 17, green: int = 18) -> Pair:
        made = pair(blue, green, alone=True)
        for side in (made.blue, made.green):
            side.query(sql.SQL(SCHEMA).format(sql.Identifier(side.roles["owner"].name)))
        allow(made)
        made.blue.query(SHOPS)
        made.replicate()
        made.succeed("cutover", target="green")
        made.green.query("UPDATE shops SET name = 'arrived' WHERE id = 8")
        made.succeed("canary")
        made.succeed("replication_link", direction="reverse", state="disabled")
        made.green.query(on_green)
        made.green.server.embedded.stop("immediate")
        wish: dict[str, Any] = {"file": str(folder / "missing.json"), "patience": 0.0, "accept_loss": True}
        made.succeed("emergency_rollback", **wish)
        made.blue.query(on_blue)
        made.green.server.embedded.start()
        return made

    return make


def allow(made: Pair) -> None:
    """Give our role what it needs on blue, where it is no superuser."""
    if Capability.PARAMETER_PRIVILEGES.of(made.blue.server.major):
        role = sql.Identifier(made.blue.roles["migrator"].name)
        made.blue.query(sql.SQL("GRANT SET ON PARAMETER session_replication_role TO {}").format(role))
        made.blue.query(sql.SQL("GRANT EXECUTE ON FUNCTION pg_show_replication_origin_status() TO {}").format(role))


def shops(made: Pair) -> dict[int, str]:
    """Return blue's shops."""
    return dict(made.blue.query("SELECT id, name FROM shops"))


@pytest.mark.parametrize(("blue", "green"), [(17, 18), (14, 17)])
def test_what_green_took_comes_over_once_and_blue_loses_nothing(
    stricken: Stricken, tmp_path: Path, blue: int, green: int
) -> None:
    made = stricken(tmp_path, blue=blue, green=green)
    wish: dict[str, Any] = {"file": str(tmp_path / "reconciled.json")}
    assert made.run("reconcile", **wish)["code"] == "BG547", "green could still take writes"
    made.succeed("cutover", target="blue")
    before = shops(made)
    refused = made.run("reconcile", **wish, check=True)
    assert (refused["code"], Path(wish["file"]).exists()) == ("BG548", False), refused["msg"]
    refused = made.run("reconcile", **wish)
    assert (refused["code"], refused["details"]["undecided"], shops(made)) == ("BG548", 2, before)
    shows_both_versions(Path(wish["file"]))
    wish.update(rule="newest", newest_by="at")
    wish["decisions"] = [{"table": "public.shops", "key": {"id": "5"}, "take": "ours"}]
    would = made.succeed("reconcile", **wish, check=True)
    assert (would["changed"], shops(made)) == (True, before)
    done = made.succeed("reconcile", **wish)
    assert (done["brought"], done["kept"], done["undecided"]) == (would["brought"], 1, 0)
    has_everything(made)
    made.blue.query("UPDATE shops SET name = 'later' WHERE id = 10")
    again = made.succeed("reconcile", **{**wish, "rule": "theirs"})
    assert (again["changed"], again["rows"], shops(made)[10]) == (False, [], "later")


def shows_both_versions(report: Path) -> None:
    assert stat.S_IMODE(report.stat().st_mode) == 0o600
    rows = {
        row["key"]["id"]: row for row in json.loads(report.read_text(encoding="utf-8"))["rows"] if row["both_changed"]
    }
    assert set(rows) == {"4", "5"}
    assert (rows["4"]["blue"]["name"], rows["4"]["green"]["name"]) == ("by blue", "by green")
    assert (rows["5"]["blue"], rows["5"]["green"]["name"]) == (None, "kept by green")


def has_everything(made: Pair) -> None:
    expected = {
        1: "shop 1", 2: "renamed", 4: "by green", 60: "shop 6", 7: "blue's own", 8: "arrived", 9: "shop 9", 10: "new",
        100: "only blue",
    }  # fmt: skip
    assert shops(made) == expected
    assert made.blue.query("SELECT shop, note FROM orders ORDER BY id") == [(10, "first"), (1, "second")]
    assert made.blue.query("SELECT count(*) FROM events WHERE day = '2026-05-05'") == [(1,)]
    assert made.blue.query("SELECT total FROM users WHERE id = 1") == [(len("longer than before"),)]
    assert made.blue.query("SELECT last_value >= 50000000 FROM users_id_seq") == [(True,)]
    assert made.blue.query("SELECT count(*) FROM log") == [(1,)], "triggers did it on green, and not again here"


OBSTACLES = {
    "a unique value": ("INSERT INTO shops VALUES (11, 'taken')", "INSERT INTO shops VALUES (12, 'taken')"),
    "a row that is referred to": ("DELETE FROM shops WHERE id = 9", "INSERT INTO orders (shop) VALUES (9)"),
    "a row without the one it refers to": ("INSERT INTO orders (shop) VALUES (9)", "DELETE FROM shops WHERE id = 9"),
    "a table without a primary key": ("INSERT INTO keyless VALUES ('x')", ""),
    "a table emptied": ("TRUNCATE orders", ""),
}


@pytest.mark.parametrize("name", OBSTACLES)
def test_what_blue_cannot_take_is_named_and_nothing_is_written(stricken: Stricken, tmp_path: Path, name: str) -> None:
    on_green, on_blue = OBSTACLES[name]
    made = stricken(tmp_path, f"UPDATE shops SET name = 'harmless' WHERE id = 1; {on_green}", on_blue or "SELECT 1")
    made.succeed("cutover", target="blue")
    before = shops(made), made.blue.query("SELECT * FROM orders ORDER BY id")
    refused = made.run("reconcile", file=str(tmp_path / "reconciled.json"))
    assert refused["code"] == "BG549", refused["msg"]
    assert any(word in refused["msg"] for word in ("'11'", "(9)", "public.keyless", "public.orders")), refused["msg"]
    assert (shops(made), made.blue.query("SELECT * FROM orders ORDER BY id")) == before


def test_without_an_emergency_or_without_the_slot_it_says_so(stricken: Stricken, tmp_path: Path, gated: Pair) -> None:
    wish: dict[str, Any] = {"file": str(tmp_path / "reconciled.json")}
    assert gated.run("reconcile", **wish)["code"] == "BG547"
    made = stricken(tmp_path)
    made.succeed("cutover", target="blue")
    wrong = [{"table": "public.shops", "key": {"id": "7"}, "take": "ours"}]
    assert made.run("reconcile", **wish, decisions=wrong)["code"] == "BG771"
    assert made.run("reconcile", **wish, rule="ours", max_rows=2)["code"] == "BG772"
    assert made.run("reconcile", file="/proc/nowhere/file", rule="ours")["code"] == "BG773"
    made.green.query("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots")
    assert made.run("reconcile", **wish, rule="ours")["code"] == "BG770"

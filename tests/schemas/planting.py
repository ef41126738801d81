# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plants faults, asks the collection, and takes them back: it has to tell each of them, and nothing else."""

from __future__ import annotations

from random import Random

from tests.fixtures.databases import Database
from tests.schemas.faults import plant_in_schema, schema_held_against, undo_in_schema
from tests.schemas.journey import Journey
from tests.schemas.words import as_told
from tests.schemas.wrong_rows import plant_rows, rows_held_against, take_back

# Two tables that differ by nothing but their names and rows, as SQL writes them.
_TWINS = """
WITH alike AS (
    SELECT quote_ident(n.nspname) AS schema, quote_ident(c.relname) AS name, c.relowner,
           ARRAY(SELECT (a.attname, a.atttypid, a.atttypmod)::text FROM pg_attribute a
                 WHERE a.attrelid = c.oid AND a.attnum > 0 ORDER BY a.attnum) AS columns
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'r' AND NOT c.relispartition AND c.oid >= 16384 AND n.nspname <> 'bluegreen'
)
SELECT schema, one.name, other.name FROM alike one JOIN alike other USING (schema, columns, relowner)
WHERE one.name < other.name LIMIT 1
"""
_DRIFT = "CREATE VIEW public.planted_drift AS SELECT 1 AS one"
# A repair writes as a table's owner, whom this stops.
_FORCED = "SELECT FROM pg_class WHERE relforcerowsecurity AND oid >= 16384"


def plant_on_green(journey: Journey, chance: Random) -> None:
    """Plant wrong rows and a wrong schema on green, which only the forward link leads to."""
    opened, other = journey.green.connect("superuser"), journey.green.connect("superuser")
    rows = plant_rows(other, chance)
    schema = plant_in_schema(opened, chance)
    journey.planted += [fault.what for fault in rows] + [fault.what for fault in schema]
    result = journey.compare("blue")
    journey.wrong += [f"faults: {one}" for one in rows_held_against(rows, result["tables"])]
    told = [
        title for kind in result["objects"].values() for how in ("missing", "different", "extra") for title in kind[how]
    ]
    journey.wrong += [f"faults: {one}" for one in schema_held_against(schema, told)]
    repaired = journey.role == "superuser" and chance.random() < 0.5 and not journey.green.query(_FORCED)
    if not repaired:
        take_back(other, rows)  # before a change of the schema moves them
    undo_in_schema(opened, schema)
    if repaired:
        journey.succeed("consistency_repair", reference="blue", timeout=60)
        take_back(other, [fault for fault in rows if not fault.keyed])  # a repair needs a key
    opened.close()
    other.close()


def drift(journey: Journey) -> None:
    """Change blue's schema, and exchange tables of green by their names: go/no-go names either, and nothing else."""
    journey.blue.query(_DRIFT)
    _expect_one_reason(journey, "BG518", ["planted_drift"])
    journey.blue.query("DROP VIEW public.planted_drift")
    for schema, one, other in journey.green.query(_TWINS):
        journey.planted.append("two tables are exchanged")
        _exchange(journey.green, schema, one, other)
        _expect_one_reason(journey, "BG537", [one, other])
        _exchange(journey.green, schema, one, other)
        journey.expect_equal("after tables were exchanged and back")  # what was renamed counts once it is compared


def _expect_one_reason(journey: Journey, code: str, names: list[str]) -> None:
    result = journey.ask("cutover", target="green", accepted=journey.accepted)
    reasons = result.get("details", {}).get("reasons", [])
    told = " ".join(text for reason in reasons for text in (reason["what"], *reason["objects"]))
    if [reason["code"] for reason in reasons] != [code] or not all(as_told(name) in as_told(told) for name in names):
        journey.wrong.append(f"{code} for {names} was planted, told {reasons or result.get('msg', result)}")


def _exchange(side: Database, schema: str, one: str, other: str) -> None:
    for old, new in ((one, "planted_between"), (other, one), ("planted_between", other)):
        side.query(f"ALTER TABLE {schema}.{old} RENAME TO {new}")

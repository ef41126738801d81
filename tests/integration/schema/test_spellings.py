# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What majors, or a restore, write differently means the same: a copy of it is no difference."""

from __future__ import annotations

from itertools import pairwise

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.versions import majors_of
from tests.fixtures.chosen import chosen
from tests.fixtures.databases import DatabaseFactory
from tests.fixtures.modules import ModuleRunner
from tests.fixtures.schema_pairs import Pair, load

_WRITTEN_DIFFERENTLY = """
SET ROLE {owner};
CREATE TABLE public.a (id integer PRIMARY KEY, x xml, j jsonb, t text, d timestamptz);
CREATE VIEW public.v1 AS SELECT xmlserialize(content a.x AS text) AS s FROM public.a;
CREATE VIEW public.v2 AS SELECT xmlserialize(document a.x AS character varying(20)) AS s,
    extract(year from d) y,
    trim(both 'x' from t) tt,
    overlay(t placing 'a' from 2) o,
    position('a' in t) p,
    d at time zone 'UTC' z,
    normalize(t, nfc) n,
    t is normalized nn,
    substring(t from 2 for 3) su,
    collation for (t) c
    FROM public.a;
CREATE VIEW public.v3 AS SELECT xmlelement(name foo, xmlattributes(t as b), x) e,
    xmlforest(t as q, id) f,
    xmlpi(name php, t) pi,
    xmlroot(x, version '1.0', standalone yes) r,
    xmlconcat(x,x) cc,
    xmlexists('/a' passing by value x) ex
    FROM public.a;
CREATE VIEW public.v4 AS SELECT q.id FROM public.a q JOIN public.a r USING (id)
    WHERE q.id IN (SELECT id FROM public.a)
    AND (q.id, r.id) IN (SELECT 1, 2) AND EXISTS (SELECT FROM public.a z WHERE z.id = q.id);
CREATE VIEW public.v5 AS SELECT g.n, row_number() OVER (PARTITION BY g.n ORDER BY g.n DESC)
    FROM generate_series(1, 3) WITH ORDINALITY AS g(n, o),
    LATERAL (SELECT g.n * 2) AS l(m);
CREATE VIEW public.v6 AS WITH RECURSIVE r(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM r WHERE n < 3)
    SELECT n, grouping(n), count(*) FILTER (WHERE n > 1) FROM r
    GROUP BY GROUPING SETS ((n), ());
CREATE VIEW public.v7 AS SELECT * FROM xmltable('/a' PASSING (SELECT x FROM public.a LIMIT 1)
    COLUMNS id int PATH 'id', o FOR ORDINALITY);
CREATE FUNCTION public.f(n integer) RETURNS bigint LANGUAGE sql
    BEGIN ATOMIC SELECT a.id + f.n FROM public.a WHERE a.id > f.n; END;
CREATE FUNCTION public.h() RETURNS bigint LANGUAGE sql
    BEGIN ATOMIC SELECT max(id) FROM public.a WHERE id > 0; END;
CREATE FUNCTION public.g(n integer) RETURNS text LANGUAGE sql
    RETURN xmlserialize(content xmlparse(content 'x') AS text);
CREATE VIEW public.v8 (a, b) AS VALUES (1, 'a'), (2, 'b');
CREATE VIEW public.v9 AS SELECT a.* FROM public.a WHERE a.d = ANY (ARRAY['2020-01-01'::timestamptz])
    AND a.j ->> 'x' IS NOT NULL
    ORDER BY 1 FETCH FIRST 3 ROWS WITH TIES;
CREATE TABLE public.states (s varchar(10), n int,
    g varchar GENERATED ALWAYS AS (CASE WHEN s IN ('a', 'b') THEN 'x' END) STORED,
    CHECK (s NOT IN ('it''s', 'b') AND n > 0), CHECK (CASE WHEN s IN ('q', lower('R')) THEN n BETWEEN 1 AND 2 END));
CREATE INDEX ON public.states (n) WHERE s IN ('a', 'b');
CREATE INDEX ON public.states ((s IN ('a', 'b')));
CREATE VIEW public.v10 AS SELECT s FROM public.states WHERE s IN ('a', 'b');
CREATE POLICY p ON public.states USING (s IN ('a', 'b'));
CREATE DOMAIN public.state AS varchar CHECK (VALUE IN ('a', 'b'));
CREATE STATISTICS public.st ON (s IN ('a', 'b')), n FROM public.states;
CREATE FUNCTION public.t() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER tr BEFORE UPDATE ON public.states FOR EACH ROW WHEN (NEW.s IN ('a', 'b')) EXECUTE FUNCTION public.t();
CREATE RULE r AS ON DELETE TO public.states WHERE OLD.s IN ('a', 'b') DO INSTEAD NOTHING;
RESET ROLE;
"""


@pytest.mark.parametrize(
    ("blue", "green"),
    chosen([(14, 18), *pairwise(majors_of(Side.GREEN))], (14, 18)),
)
def test_what_majors_write_differently_is_no_difference(
    database: DatabaseFactory, run_module: ModuleRunner, blue: int, green: int
) -> None:
    pair = Pair(database(blue), database(green), run_module)
    load(pair.blue, _WRITTEN_DIFFERENTLY)
    copied = pair.copy()
    assert (copied["missing"], copied["different"], copied["extra"]) == ([], [], [])
    assert pair.copy()["changed"] is False


_OPERATORS = """
SET ROLE {owner};
CREATE FUNCTION public.close(integer, integer) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT abs($1 - $2) < 3';
CREATE OPERATOR public.~== (FUNCTION = public.close, LEFTARG = integer, RIGHTARG = integer,
    COMMUTATOR = OPERATOR(public.==~),
    NEGATOR = OPERATOR(public.!~==));
CREATE OPERATOR public.<~> (FUNCTION = public.close, LEFTARG = integer, RIGHTARG = integer,
    COMMUTATOR = OPERATOR(public.<~~>));
DROP OPERATOR public.<~> (integer, integer);
RESET ROLE;
"""


@pytest.mark.parametrize("blue", [17, pytest.param(14, marks=pytest.mark.soak)])
def test_operators_that_are_only_mentioned_are_no_difference(
    database: DatabaseFactory, run_module: ModuleRunner, blue: int
) -> None:
    pair = Pair(database(blue), database(18), run_module)
    load(pair.blue, _OPERATORS)
    copied = pair.copy()
    assert (copied["missing"], copied["different"], copied["extra"]) == ([], [], [])
    left = {one["title"] for one in copied["not_copied"] if one["title"].startswith("operator ")}
    assert left == {
        "operator public.<~~>(integer,integer)",
        "operator public.==~(integer,integer)",
        "operator public.!~==(integer,integer)",
    }
    assert pair.copy()["changed"] is False

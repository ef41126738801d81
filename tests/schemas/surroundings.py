# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Draws what hangs on tables, and what stands beside them: indexes, functions, triggers, rules, policies, views."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.schemas.drawn import Column, Table
from tests.schemas.words import literal, quoted

if TYPE_CHECKING:
    from tests.schemas.draw import Drawing

_COMMENTS = ("plain", "it's \\ odd", "100% {0}", "two\nlines", "数据库 🐘", "--", "$$")
_TEXTS = ("text", 'text COLLATE "C"', "varchar(20)", "name")


def surround(drawing: Drawing) -> None:
    """Add some of each."""
    tables = list(drawing.result.tables)
    log = _log(drawing)
    for table in tables:
        for make, share in _ON_TABLES:
            if drawing.some(share):
                make(drawing, table)
        for make_writing in (_before, _after, _rule):
            if drawing.some(0.25):
                make_writing(drawing, table, log)
    for make_loose in (_function, _sequence, _aggregate, _collation, _search):
        for _time in range(drawing.chance.randint(0, 2)):
            make_loose(drawing)


def _log(drawing: Drawing) -> str:
    """Add a table that triggers and rules write to."""
    name = drawing.new("log_")
    drawing.add(
        f"CREATE TABLE {name} (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, what text NOT NULL)",
        f"GRANT ALL ON {name} TO {{app}}",
    )
    return name


def _any(drawing: Drawing, table: Table) -> Column | None:
    return drawing.chance.choice(table.columns) if table.columns else None


def _sorted(drawing: Drawing, table: Table) -> Column | None:
    found = [each for each in table.columns if each.kind.sorted]
    return drawing.chance.choice(found) if found else None


def _index(drawing: Drawing, table: Table) -> None:
    column = _sorted(drawing, table)
    if column is None:
        return
    name, of = quoted(drawing.words.name("i_")), quoted(column.name)
    other = next((f" INCLUDE ({quoted(each.name)})" for each in table.columns if each is not column), "")
    form = drawing.chance.choice((
        f"CREATE INDEX {name} ON {table.title} ({of} DESC NULLS LAST)",
        f"CREATE INDEX {name} ON {table.title} USING hash ((pg_catalog.md5({of}::text)))" if column.kind.type in _TEXTS
        else f"CREATE INDEX {name} ON {table.title} ({of}) WHERE {of} IS NOT NULL",
        f"CREATE INDEX {name} ON {table.title} USING btree (({of} IS NULL), {of}) WITH (fillfactor = 70)",
        f"CREATE INDEX {name} ON {table.title} ({of}){other}",
    ))  # fmt: skip
    drawing.add(form)


def _check(drawing: Drawing, table: Table) -> None:
    column = _any(drawing, table)
    if column is None:
        return
    of, name = quoted(column.name), quoted(drawing.words.name("check_"))
    late = drawing.chance.choice(("", "", " NOT VALID", " NO INHERIT"))
    late = "" if table.partitioned and late == " NO INHERIT" else late
    condition = f"{of} IS NULL OR pg_catalog.length({of}::text) >= 0"
    drawing.add(f"ALTER TABLE {table.title} ADD CONSTRAINT {name} CHECK ({condition}){late}")


def _unique(drawing: Drawing, table: Table) -> None:
    column = _sorted(drawing, table)
    if column is None or table.partitioned or column.kind.type == "boolean":
        return
    name = quoted(drawing.words.name("unique_"))
    how = drawing.chance.choice(("", " DEFERRABLE", " DEFERRABLE INITIALLY DEFERRED"))
    nulls = " NULLS NOT DISTINCT" if drawing.major >= 15 and drawing.some(0.2) else ""
    drawing.add(f"ALTER TABLE {table.title} ADD CONSTRAINT {name} UNIQUE{nulls} ({quoted(column.name)}){how}")


def _statistics(drawing: Drawing, table: Table) -> None:
    columns = [quoted(each.name) for each in table.columns if each.kind.sorted][:3]
    if len(columns) > 1:
        name = drawing.new("stats_")
        drawing.add(f"CREATE STATISTICS {name} ON {', '.join(columns)} FROM {table.title}")


def _comment(drawing: Drawing, table: Table) -> None:
    drawing.add(f"COMMENT ON TABLE {table.title} IS {literal(drawing.chance.choice(_COMMENTS))}")
    if table.columns:
        column = quoted(drawing.chance.choice(table.columns).name)
        drawing.add(f"COMMENT ON COLUMN {table.title}.{column} IS {literal(drawing.chance.choice(_COMMENTS))}")


def _default(drawing: Drawing, table: Table) -> None:
    if table.changeable:
        column = drawing.chance.choice(table.changeable)
        if not column.refers_to:
            value = column.kind.value(drawing.chance)
            drawing.add(f"ALTER TABLE {table.title} ALTER {quoted(column.name)} SET DEFAULT {value}")


def _column_grant(drawing: Drawing, table: Table) -> None:
    column = _any(drawing, table)
    if column is not None:
        drawing.add(f"GRANT SELECT ({quoted(column.name)}) ON {table.title} TO PUBLIC")


def _storage(drawing: Drawing, table: Table) -> None:
    if not table.partitioned:
        drawing.add(f"ALTER TABLE {table.title} SET (fillfactor = 60, autovacuum_enabled = false)")
    texts = [each for each in table.columns if each.kind.type in ("text", "jsonb", "bytea")]
    if texts:
        drawing.add(f"ALTER TABLE {table.title} ALTER {quoted(texts[0].name)} SET STORAGE EXTERNAL")


def _before(drawing: Drawing, table: Table, log: str) -> None:
    """Add a trigger that changes what is written."""
    function, name = drawing.new("wash_"), quoted(drawing.words.name("before_"))
    texts = [each for each in table.changeable if each.kind.type == "text"]
    work = "NULL;"
    if texts:
        column = f"NEW.{quoted(texts[0].name)}"
        work = f"{column} := pg_catalog.left({column}, 2000) || '.';"
    drawing.add(
        f"CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $body$ BEGIN {work} RETURN NEW; END $body$",
        f"CREATE TRIGGER {name} BEFORE INSERT OR UPDATE ON {table.title} FOR EACH ROW EXECUTE FUNCTION {function}()",
    )


def _after(drawing: Drawing, table: Table, log: str) -> None:
    """Add a trigger that writes elsewhere."""
    function, name = drawing.new("note_"), quoted(drawing.words.name("after_"))
    when = drawing.chance.choice(("INSERT", "INSERT OR UPDATE OR DELETE", "UPDATE", "DELETE"))
    each = drawing.chance.choice(("ROW", "STATEMENT"))
    work = f"INSERT INTO {log} (what) VALUES (TG_OP); RETURN NULL;"
    drawing.add(
        f"CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $body$ BEGIN {work} END $body$",
        f"CREATE TRIGGER {name} AFTER {when} ON {table.title} FOR EACH {each} EXECUTE FUNCTION {function}()",
    )
    if drawing.some(0.2):
        drawing.add(f"ALTER TABLE {table.title} DISABLE TRIGGER {name}")


def _rule(drawing: Drawing, table: Table, log: str) -> None:
    name, when = quoted(drawing.words.name("rule_")), drawing.chance.choice(("UPDATE", "DELETE"))
    what = literal(drawing.chance.choice(_COMMENTS))
    drawing.add(f"CREATE RULE {name} AS ON {when} TO {table.title} DO ALSO INSERT INTO {log} (what) VALUES ({what})")


def _policies(drawing: Drawing, table: Table) -> None:
    one, two = (quoted(drawing.words.name("policy_")) for _time in range(2))
    drawing.add(
        f"ALTER TABLE {table.title} ENABLE ROW LEVEL SECURITY",
        f"CREATE POLICY {one} ON {table.title} TO {{app}} USING (pg_catalog.now() > '2000-01-01')",
        f"CREATE POLICY {two} ON {table.title} AS RESTRICTIVE FOR DELETE TO PUBLIC USING (CURRENT_USER <> 'nobody')",
    )
    if drawing.some(0.05):
        drawing.add(f"ALTER TABLE {table.title} FORCE ROW LEVEL SECURITY")


def _view(drawing: Drawing, table: Table) -> None:
    columns = [quoted(each.name) for each in table.columns]
    if not columns:
        return
    options = drawing.chance.choice(("", " WITH (security_barrier)", " WITH (check_option = local)"))
    if drawing.major >= 15 and not options and drawing.some(0.5):
        options = " WITH (security_invoker)"
    view, kept = drawing.new("view_"), ", ".join(f"t.{name} AS {name}" for name in columns)
    drawing.add(
        f"CREATE VIEW {view}{options} AS SELECT {kept} FROM {table.title} AS t WHERE t.{columns[0]} IS NOT NULL",
        f"GRANT ALL ON {view} TO {{app}}",
    )
    if drawing.some(0.4):
        other = drawing.new("view_")
        drawing.add(
            f"CREATE VIEW {other} AS SELECT pg_catalog.count(*) AS {quoted(drawing.words.name('n_'))}, x.{columns[0]}"
            f" FROM {view} x LEFT JOIN {table.title} y ON x.{columns[0]}::text = y.{columns[0]}::text"
            f" GROUP BY x.{columns[0]}::text, x.{columns[0]}" if table.columns[0].kind.sorted else
            f"CREATE VIEW {other} AS SELECT (SELECT pg_catalog.count(*) FROM {view}) AS n"
        )  # fmt: skip


def _materialized(drawing: Drawing, table: Table) -> None:
    view = drawing.new("sums_")
    empty = drawing.chance.choice(("", "", " WITH NO DATA"))
    drawing.add(f"CREATE MATERIALIZED VIEW {view} AS SELECT pg_catalog.count(*) AS n FROM {table.title}{empty}")
    if drawing.some(0.5):
        drawing.add(f"CREATE UNIQUE INDEX {quoted(drawing.words.name('mi_'))} ON {view} (n)")


def _function(drawing: Drawing) -> None:
    name, text = drawing.new("f_"), literal(drawing.chance.choice(_COMMENTS))
    kind = drawing.chance.choice(("sql", "plpgsql", "standard", "procedure"))
    if kind == "procedure":
        drawing.add(
            f"CREATE PROCEDURE {name}(a integer, INOUT b text DEFAULT {text}) LANGUAGE plpgsql"
            " AS $body$ BEGIN b := a::text; END $body$"
        )
    elif kind == "standard":
        drawing.add(
            f"CREATE FUNCTION {name}(a integer, VARIADIC b text[]) RETURNS text LANGUAGE sql"
            f" BEGIN ATOMIC SELECT a::text || b[1] || {text}; END"
        )
    else:
        body = f"SELECT {text}" if kind == "sql" else f"BEGIN RETURN {text}; END"
        drawing.add(
            f"CREATE FUNCTION {name}(a integer DEFAULT 1) RETURNS text LANGUAGE {kind} STABLE PARALLEL SAFE COST 7"
            f" SET search_path = 'pg_catalog' AS {literal(body)}",
            f"REVOKE ALL ON FUNCTION {name}(integer) FROM PUBLIC",
            f"GRANT EXECUTE ON FUNCTION {name}(integer) TO {{app}}",
        )


def _sequence(drawing: Drawing) -> None:
    name = drawing.new("s_")
    options = drawing.chance.choice(
        ("", "AS smallint", "INCREMENT -2 MAXVALUE 100 MINVALUE -100 START 50 CYCLE", "CACHE 20")
    )
    drawing.add(
        f"CREATE SEQUENCE {name} {options}",
        f"SELECT pg_catalog.nextval({literal(name)})",
        f"GRANT ALL ON {name} TO {{app}}",
    )


def _aggregate(drawing: Drawing) -> None:
    name = drawing.new("total_")
    drawing.add(f"CREATE AGGREGATE {name}(integer) (SFUNC = int4pl, STYPE = integer, INITCOND = '0')")


def _collation(drawing: Drawing) -> None:
    drawing.add(f"CREATE COLLATION {drawing.new('sort_')} (provider = libc, locale = 'C')")


def _search(drawing: Drawing) -> None:
    dictionary, config = drawing.new("words_"), drawing.new("search_")
    drawing.add(
        f"CREATE TEXT SEARCH DICTIONARY {dictionary} (TEMPLATE = pg_catalog.simple)",
        f"CREATE TEXT SEARCH CONFIGURATION {config} (COPY = pg_catalog.simple)",
        f"ALTER TEXT SEARCH CONFIGURATION {config} ALTER MAPPING FOR asciiword WITH {dictionary}",
    )


_ON_TABLES = (
    (_index, 0.6), (_check, 0.35), (_unique, 0.35), (_statistics, 0.35), (_comment, 0.35), (_default, 0.35),
    (_column_grant, 0.35), (_storage, 0.35), (_policies, 0.15), (_view, 0.3), (_materialized, 0.2),
)  # fmt: skip

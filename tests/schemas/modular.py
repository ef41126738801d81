# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A business application made of modules: each is installed, and upgraded, by statements of its own.

Its tables come as Odoo's do: an id, then one column after the other with those of every mixin, comments, foreign keys;
indexes and constraints by raw SQL; relation tables, external ids, translated texts, sequences, a report as a view.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field

from tests.fixtures.databases import Database, run_statement
from tests.schemas.words import literal, quoted

_TYPES = {
    "char": "varchar", "text": "text", "html": "text", "integer": "int4", "float": "float8", "money": "numeric",
    "boolean": "bool", "date": "date", "moment": "timestamp", "binary": "bytea", "selection": "varchar",
    "json": "jsonb", "translated": "jsonb",
}  # fmt: skip
_LOG = {"create_date": "moment", "write_date": "moment", "create_uid": "res.users", "write_uid": "res.users"}
_MIXINS: dict[str, dict[str, str]] = {
    "mail.thread": {"message_main_attachment_id": "ir.attachment", "email_cc": "char"},
    "mail.activity": {"activity_user_id": "res.users", "activity_date_deadline": "date"},
    "portal": {"access_token": "char", "access_warning": "text"},
    "image": {"image_1920": "binary", "image_128": "binary"},
    "active": {"active": "boolean", "sequence": "integer"},
    "company": {"company_id": "res.company", "currency_id": "res.currency"},
}


@dataclass(frozen=True)
class Model:
    """A table; a field's type is one of ours or the model that it refers to, with a `!` where it must have a value."""

    name: str
    fields: dict[str, str] = field(default_factory=dict)
    mixins: tuple[str, ...] = ()
    related: dict[str, str] = field(default_factory=dict)  # many to many, by field
    sql: str = ""

    @property
    def table(self) -> str:
        """Its name in SQL, unquoted."""
        return self.name.replace(".", "_")


@dataclass(frozen=True)
class Module:
    """Models, new columns of models of other modules, and statements: of the installation, and of a later version."""

    name: str
    models: tuple[Model, ...] = ()
    extended: tuple[Model, ...] = ()
    data: str = ""
    upgrade: str = ""


_BASE = Module(
    "base",
    (
        Model("res.users", {"login": "char!", "password": "char", "share": "boolean"}, ("active",),
              sql="ALTER TABLE res_users ADD CONSTRAINT res_users_login_key UNIQUE (login)"),
        Model("res.currency", {"name": "char!", "symbol": "char!", "rounding": "money"}, ("active",)),
        Model("res.company", {"name": "char!", "parent_id": "res.company", "parent_path": "char"}),
        Model("ir.attachment", {"name": "char!", "res_model": "char", "res_id": "integer", "db_datas": "binary",
                                "checksum": "char"}, ("company",),
              sql="CREATE INDEX ir_attachment_res_idx ON ir_attachment (res_model, res_id)"),
        Model("ir.model", {"model": "char!", "name": "translated!", "state": "selection"}),
        Model("ir.model.data", {"module": "char!", "name": "char!", "model": "char!", "res_id": "integer",
                                "noupdate": "boolean"}, sql="""
            CREATE UNIQUE INDEX ir_model_data_module_name_uniq_index ON ir_model_data (module, name);
            CREATE INDEX ir_model_data_model_res_id_index ON ir_model_data (model, res_id);
            ALTER TABLE ir_model_data ADD CONSTRAINT ir_model_data_name_nospaces CHECK (name NOT LIKE '% %')"""),
        Model("ir.sequence", {"code": "char", "prefix": "char", "number_next": "integer!"}, ("company",)),
        Model("res.groups", {"name": "translated!", "color": "integer"}, related={"users": "res.users"}),
        Model("res.partner.category", {"name": "translated!", "parent_id": "res.partner.category"}),
        Model("res.partner", {"name": "char", "complete_name": "char", "parent_id": "res.partner", "ref": "char",
                              "email": "char", "lang": "selection", "partner_latitude": "float", "comment": "html",
                              "properties": "json"}, ("active", "company"), {"category_id": "res.partner.category"}, """
            ALTER TABLE res_partner ADD CONSTRAINT res_partner_check_name
                CHECK ((parent_id IS NULL AND name IS NOT NULL) OR parent_id IS NOT NULL);
            CREATE INDEX res_partner_ref_trim ON res_partner (btrim(lower(ref))) WHERE ref IS NOT NULL"""),
    ),
    data="""
        CREATE SEQUENCE base_registry_signaling INCREMENT BY 1 START WITH 1;
        CREATE SEQUENCE ir_sequence_001 INCREMENT BY 1 START WITH 1000;
        SELECT nextval('base_registry_signaling'), nextval('ir_sequence_001');
        CREATE FUNCTION unaccented(text) RETURNS text LANGUAGE sql IMMUTABLE AS
            $$ SELECT pg_catalog.translate($1, 'äöüé', 'aoue') $$;
        CREATE INDEX res_partner_name_unaccented ON res_partner (unaccented(name));
        INSERT INTO res_currency (name, symbol, rounding) VALUES ('EUR', '€', 0.01), ('USD', '$', 0.010);
        INSERT INTO res_company (name, parent_path) VALUES ('My Company', '1/');
        INSERT INTO res_users (login, active) SELECT 'user' || n, true FROM generate_series(1, 8) n;
        INSERT INTO res_partner (name, ref, company_id, create_uid, properties)
            SELECT 'Pärtner ' || n, ' R' || n, 1, 1, '{"a": 1.50}' FROM generate_series(1, 30) n;
        INSERT INTO res_partner_category (name) VALUES ('{"en_US": "Gold", "de_DE": "Gold ä"}');
        INSERT INTO res_partner_res_partner_category_rel SELECT id, 1 FROM res_partner WHERE id < 9""",
    upgrade="""
        ALTER TABLE res_currency ADD COLUMN full_name varchar;
        ALTER TABLE res_currency ALTER COLUMN symbol TYPE jsonb USING jsonb_build_object('en_US', symbol);
        ALTER TABLE res_partner RENAME COLUMN comment TO note;
        ALTER TABLE res_partner ALTER COLUMN lang SET DEFAULT 'en_US';
        CREATE INDEX ir_attachment_checksum ON ir_attachment USING hash (checksum)""",
)  # fmt: skip
_MAIL = Module(
    "mail",
    (
        Model("mail.message", {"subject": "char", "body": "html", "model": "char", "res_id": "integer",
                               "author_id": "res.partner", "parent_id": "mail.message", "message_type": "selection!"},
              related={"partner_ids": "res.partner", "attachment_ids": "ir.attachment"},
              sql="CREATE INDEX mail_message_model_res_id_idx ON mail_message (model, res_id)"),
        Model("mail.followers", {"res_model": "char!", "res_id": "integer", "partner_id": "res.partner!"},
              sql="CREATE UNIQUE INDEX mail_followers_uniq ON mail_followers (res_model, res_id, partner_id)"),
    ),
    (
        Model("res.partner", mixins=("mail.thread", "mail.activity")),
        Model("res.users", {"notification_type": "selection"}),
    ),
    """
        INSERT INTO mail_message (subject, message_type, author_id, body)
            SELECT NULLIF('s' || n, 's3'), 'comment', n, repeat('<p>x</p>', n * 90) FROM generate_series(1, 20) n;
        INSERT INTO mail_message_res_partner_rel SELECT id, author_id FROM mail_message;
        ALTER TABLE res_users ALTER COLUMN notification_type SET DEFAULT 'email'""",
    "UPDATE mail_message SET parent_id = id - 1 WHERE id > 10",
)  # fmt: skip
_SALE = Module(
    "sale",
    (
        Model("product.template", {"name": "translated!", "description": "translated", "list_price": "money",
                                   "weight": "float", "type": "selection!"},
              ("active", "company", "mail.thread", "image"), sql="""
            CREATE INDEX product_template_name_index ON product_template
                USING gin ((jsonb_path_query_array(name, '$.*')))"""),
        Model("sale.order", {"name": "char!", "state": "selection", "partner_id": "res.partner!",
                             "date_order": "moment!", "amount_total": "money", "signature": "binary"},
              ("company", "mail.thread", "mail.activity", "portal"), {"tag_ids": "res.partner.category"}, """
            ALTER TABLE sale_order ADD CONSTRAINT sale_order_date_order_conditional_required
                CHECK (state NOT IN ('sale', 'done') OR date_order IS NOT NULL);
            CREATE UNIQUE INDEX sale_order_unique_name ON sale_order (name, company_id) WHERE state = 'sale'"""),
        Model("sale.order.line", {"order_id": "sale.order!", "product_id": "product.template", "name": "text!",
                                  "price_unit": "money!", "product_uom_qty": "float", "display_type": "selection"},
              ("company",), sql="""
            ALTER TABLE sale_order_line DROP CONSTRAINT sale_order_line_order_id_fkey,
                ADD CONSTRAINT sale_order_line_order_id_fkey
                    FOREIGN KEY (order_id) REFERENCES sale_order ON DELETE CASCADE;
            CREATE INDEX sale_order_line_order ON sale_order_line (order_id, id DESC) WHERE display_type IS NULL"""),
    ),
    (Model("res.partner", {"sale_warn": "selection", "sale_warn_msg": "text"}),),
    """
        CREATE SEQUENCE ir_sequence_002 INCREMENT BY 1 START WITH 1;
        INSERT INTO product_template (name, list_price, type, weight)
            SELECT jsonb_build_object('en_US', 'P' || n), n * 1.10, 'consu', n / 3.0 FROM generate_series(1, 15) n;
        INSERT INTO sale_order (name, partner_id, date_order, amount_total, state)
            SELECT 'S' || lpad(nextval('ir_sequence_002')::text, 5, '0'), n, '2026-01-01', n * 9.990, 'draft'
            FROM generate_series(1, 25) n;
        INSERT INTO sale_order_line (order_id, product_id, name, price_unit)
            SELECT n, 1 + n % 15, 'l', 1.0 FROM generate_series(1, 25) n""",
    """
        ALTER TABLE sale_order ADD COLUMN amount_tax numeric;
        UPDATE sale_order SET amount_tax = amount_total * 0.19;
        ALTER TABLE sale_order ALTER COLUMN amount_tax SET NOT NULL;
        CREATE VIEW sale_report AS
            SELECT min(l.id) AS id, s.partner_id, p.name ->> 'en_US' AS product, count(*) AS nbr,
                   sum(l.price_unit * COALESCE(l.product_uom_qty, 1)::numeric) AS total
            FROM sale_order_line l LEFT JOIN sale_order s ON s.id = l.order_id
            LEFT JOIN product_template p ON p.id = l.product_id GROUP BY s.partner_id, p.id""",
)  # fmt: skip
_MODULES = (_BASE, _MAIL, _SALE)
_LEDGER = "CREATE TABLE ir_module_module (name varchar PRIMARY KEY, state varchar, latest_version varchar)"


def install_modules(side: Database) -> None:
    """Install all modules as the owner, one transaction each, and bring them to their next version."""
    with closing(side.connect("owner")) as opened:
        run_statement(opened, _LEDGER)
        for statements in (*map(_installation, _MODULES), *map(_upgrade, _MODULES)):
            run_statement(opened, "BEGIN")
            for statement in statements:
                run_statement(opened, statement)
            run_statement(opened, "COMMIT")


def _installation(module: Module) -> Iterator[str]:
    yield f"INSERT INTO ir_module_module VALUES ({literal(module.name)}, 'to install')"
    for model in module.models:
        yield f"CREATE TABLE {model.table} (id SERIAL NOT NULL, PRIMARY KEY (id))"
        yield f"COMMENT ON TABLE {model.table} IS {literal(model.name)}"
    for model in (*module.models, *module.extended):
        yield from _columns(model, module)
    for model in module.models:
        yield from _relations(model)
        if model.sql:
            yield model.sql
    yield module.data
    for model in module.models:
        name = literal(f"model_{model.table}")
        yield f"INSERT INTO ir_model (model, name) VALUES ({literal(model.name)}, jsonb_build_object('en_US', {name}))"
        yield (
            "INSERT INTO ir_model_data (module, name, model, res_id)"
            f" SELECT {literal(module.name)}, {name}, 'ir.model', max(id) FROM ir_model"
        )
    yield f"UPDATE ir_module_module SET state = 'installed', latest_version = '1.0' WHERE name = {literal(module.name)}"


def _columns(model: Model, module: Module) -> Iterator[str]:
    inherited = [_MIXINS[mixin] for mixin in model.mixins] + ([_LOG] if model in module.models else [])
    for fields in (model.fields, *inherited):
        for name, kind in fields.items():
            yield from _column(model.table, name, kind)


def _column(table: str, name: str, kind: str) -> Iterator[str]:
    bare = kind.rstrip("!")
    target = None if bare in _TYPES else bare.replace(".", "_")
    yield f"ALTER TABLE {table} ADD COLUMN {quoted(name)} {'int4' if target else _TYPES[bare]}"
    yield f"COMMENT ON COLUMN {table}.{quoted(name)} IS {literal(name.replace('_', ' ').title())}"
    if kind.endswith("!"):
        yield f"ALTER TABLE {table} ALTER COLUMN {quoted(name)} SET NOT NULL"
    if target:
        gone = "restrict" if kind.endswith("!") else "set null"
        yield f"ALTER TABLE {table} ADD FOREIGN KEY ({quoted(name)}) REFERENCES {target} (id) ON DELETE {gone}"
        yield f"CREATE INDEX {table}__{name}_index ON {table} ({quoted(name)}) WHERE {quoted(name)} IS NOT NULL"


def _relations(model: Model) -> Iterator[str]:
    for target in model.related.values():
        other = target.replace(".", "_")
        table = f"{model.table}_{other}_rel"
        keys = [f"{one}_id int4 NOT NULL REFERENCES {one} ON DELETE CASCADE" for one in (model.table, other)]
        both = f"{model.table}_id, {other}_id"
        yield f"CREATE TABLE {table} ({', '.join(keys)}, PRIMARY KEY ({both}))"
        yield f"COMMENT ON TABLE {table} IS {literal(f'RELATION BETWEEN {model.table} AND {other}')}"
        yield f"CREATE INDEX ON {table} ({other}_id, {model.table}_id)"


def _upgrade(module: Module) -> Iterator[str]:
    yield module.upgrade
    yield f"UPDATE ir_module_module SET latest_version = '1.1' WHERE name = {literal(module.name)}"

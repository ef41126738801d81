-- Copyright (c) 2026 bluegreen contributors
-- GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- What came with 15.
CREATE TABLE zoo.nulls (id integer PRIMARY KEY, a text, b text, UNIQUE NULLS NOT DISTINCT (a, b));
CREATE TABLE zoo.tenants (tenant integer, id integer, PRIMARY KEY (tenant, id));
CREATE TABLE zoo.posts (tenant integer, id integer PRIMARY KEY, author integer,
    FOREIGN KEY (tenant, author) REFERENCES zoo.tenants ON DELETE SET NULL (author));
CREATE VIEW zoo.invoked WITH (security_invoker) AS SELECT * FROM zoo.nulls;
CREATE FUNCTION zoo.merge() RETURNS void LANGUAGE sql BEGIN ATOMIC
    MERGE INTO zoo.nulls n USING (VALUES (1)) AS v(id) ON n.id = v.id
    WHEN MATCHED AND n.a IS NULL THEN UPDATE SET a = 'merged' WHEN NOT MATCHED THEN INSERT (id) VALUES (v.id);
END;
INSERT INTO zoo.nulls SELECT n, n::text, NULL FROM generate_series(1, 9) n;
INSERT INTO zoo.tenants SELECT 1, n FROM generate_series(1, 9) n;
INSERT INTO zoo.posts SELECT 1, n, n FROM generate_series(1, 9) n;

-- Copyright (c) 2026 bluegreen contributors
-- GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- What came with 18.
CREATE TABLE zoo.virtual (id integer PRIMARY KEY, a integer, doubled integer GENERATED ALWAYS AS (a * 2) VIRTUAL,
    CONSTRAINT wished CHECK (a > 0) NOT ENFORCED);
CREATE TABLE zoo.not_null (id integer PRIMARY KEY, a text, b text CONSTRAINT b_is_there NOT NULL);
ALTER TABLE zoo.not_null ADD CONSTRAINT a_is_there NOT NULL a NOT VALID;
CREATE TABLE zoo.ordered (id uuid DEFAULT uuidv7() PRIMARY KEY, other integer REFERENCES zoo.virtual NOT ENFORCED);
CREATE TABLE zoo.stays (room int4range, during tstzrange, guest text, PRIMARY KEY (room, during WITHOUT OVERLAPS));
CREATE TABLE zoo.bills (room int4range, during tstzrange, PRIMARY KEY (room, during WITHOUT OVERLAPS),
    FOREIGN KEY (room, PERIOD during) REFERENCES zoo.stays (room, PERIOD during));
CREATE FUNCTION zoo.before() RETURNS SETOF integer LANGUAGE sql BEGIN ATOMIC
    UPDATE zoo.virtual SET a = a + 1 RETURNING old.a;
END;
CREATE INDEX ON zoo.not_null (pg_catalog.casefold(a));
INSERT INTO zoo.virtual SELECT n, n FROM generate_series(1, 9) n;
INSERT INTO zoo.not_null SELECT n, 'a', 'b' FROM generate_series(1, 9) n;
INSERT INTO zoo.ordered SELECT FROM generate_series(1, 9);
INSERT INTO zoo.stays SELECT int4range(n, n + 1), '[2026-01-01+00,2026-02-01+00)', 'x' FROM generate_series(1, 9) n;
INSERT INTO zoo.bills SELECT int4range(n, n + 1), '[2026-01-05+00,2026-01-07+00)' FROM generate_series(1, 9) n;

-- Copyright (c) 2026 bluegreen contributors
-- GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- What came with 16.
CREATE TABLE zoo.stored (id integer PRIMARY KEY, body text STORAGE EXTERNAL COMPRESSION pglz, checked text CHECK (checked IS JSON OBJECT WITH UNIQUE KEYS),
    flags bigint DEFAULT 0x00FF, who name DEFAULT SYSTEM_USER);
CREATE STATISTICS ON id, flags FROM zoo.stored;
CREATE VIEW zoo.json AS SELECT JSON_ARRAYAGG(id ORDER BY id) AS ids, JSON_OBJECTAGG(id : flags ABSENT ON NULL) AS flags, ANY_VALUE(body) AS body FROM zoo.stored;
CREATE TABLE zoo."system_user" (id integer PRIMARY KEY, "json" text, "json_array" integer);
INSERT INTO zoo.stored SELECT n, repeat('x', 5000), '{"a": 1}' FROM generate_series(1, 9) n;
INSERT INTO zoo."system_user" SELECT n, 'x', n FROM generate_series(1, 9) n;

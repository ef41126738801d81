-- Copyright (c) 2026 bluegreen contributors
-- GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- 305,000 rows, each table by one statement; the trigger on orders adds their events.
SET ROLE shop_owner;
BEGIN;

INSERT INTO users (username, email, created_at)
SELECT 'user ' || n, CASE WHEN n % 10 > 0 THEN 'user' || n || '@example.com' END, '2024-01-01'::timestamp + n * interval '10 minutes'
FROM generate_series(1, 50000) AS n;

INSERT INTO products (name, price, tags, attributes, thumbnail)
SELECT
    'Öl & Käse № ' || n,
    n % 500 + 0.99,
    ARRAY['tag ' || n % 7, 'Tag "' || n % 11 || '"'],
    jsonb_build_object('weight', n % 40, 'colours', jsonb_build_array('blue', 'green'), 'note', NULL),
    decode(md5(n::text), 'hex')
FROM generate_series(1, 5000) AS n;

INSERT INTO orders (user_id, product_id, status, quantity, details, created_at)
SELECT
    n * 7 % 50000 + 1,
    n * 3 % 5000 + 1,
    (enum_range(NULL::order_status))[n % 4 + 1],
    n % 5 + 1,
    jsonb_build_object('channel', CASE WHEN n % 2 = 0 THEN 'web' ELSE 'shop' END, 'gift', n % 9 = 0),
    '2024-01-01'::timestamptz + n * interval '10 minutes'
FROM generate_series(1, 100000) AS n;

INSERT INTO sessions (user_id, token, roles)
SELECT n, sha256(n::text::bytea), CASE WHEN n % 100 = 0 THEN '{customer,staff}'::text[] ELSE '{customer}' END
FROM generate_series(1, 30000) AS n;

INSERT INTO accounts (user_id, opening_balance, balance)
SELECT n, 1000 + n, 1000 + n FROM generate_series(1, 10000) AS n;

INSERT INTO "Sales ""Archive"""."Closed Orders" ("Order Id", "Customer's Name", "Grand Total")
SELECT -n, 'O''Brien ' || n, n * 1.25 FROM generate_series(1, 10000) AS n;

REFRESH MATERIALIZED VIEW product_sales;
COMMIT;
ANALYZE;

-- Copyright (c) 2026 bluegreen contributors
-- GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- The roles of an application and the least role that migrates it. A superuser runs this with psql on both servers.
-- Passwords come from the environment, since arguments show in `ps`; they must stay out of the server's log too.
\getenv application_password SHOP_APP_PASSWORD
\getenv migrator_password BLUEGREEN_PASSWORD
SET log_statement = 'none';
SET log_min_error_statement = 'panic';
SET log_min_duration_statement = -1;

-- Owns the database and all in it; nobody logs in as it.
CREATE ROLE shop_owner NOLOGIN;

-- What the application connects as. It must not be the migrator: the fence is for this role.
CREATE ROLE shop_app LOGIN PASSWORD :'application_password';

-- REPLICATION: a subscription on the other server makes and reads a replication slot here.
CREATE ROLE bluegreen_migrator LOGIN REPLICATION PASSWORD :'migrator_password';

-- Owner by membership: reads every table, publishes it, sets triggers on it, creates the schema `bluegreen`, restores
-- objects in the owner's name, sets the database's signpost; subscriptions write as each table's owner by SET ROLE.
GRANT shop_owner TO bluegreen_migrator;

-- Before PostgreSQL 16 the server lets nobody but a superuser make a subscription.
SELECT current_setting('server_version_num')::integer >= 160000 AS plain_roles_may_subscribe \gset
\if :plain_roles_may_subscribe
GRANT pg_create_subscription TO bluegreen_migrator;
\else
ALTER ROLE bluegreen_migrator SUPERUSER;
\endif

-- Sees long transactions and sessions of other roles; without it they are unknown, and unknown stops a switch.
GRANT pg_monitor TO bluegreen_migrator;

-- Ends the sessions that clients still have on the side out of service after a switch.
GRANT pg_signal_backend TO bluegreen_migrator;

CREATE DATABASE shop OWNER shop_owner;
REVOKE CONNECT ON DATABASE shop FROM PUBLIC;
GRANT CONNECT ON DATABASE shop TO shop_app, bluegreen_migrator;

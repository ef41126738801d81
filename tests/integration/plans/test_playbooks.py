# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole migration by playbooks: no view is unpopulated at the end, trees have statistics, what was left is named."""

from __future__ import annotations

import re

import pytest

from tests.integration.conftest import UP_TO_SYNC, Migration, MigrationFactory

_SCHEMA = """
CREATE MATERIALIZED VIEW sums AS SELECT count(*) AS users FROM users;
CREATE MATERIALIZED VIEW above AS SELECT users + 1 AS more FROM sums;
CREATE TABLE visits (id int, kind int, PRIMARY KEY (id)) PARTITION BY RANGE (id);
CREATE TABLE visits_1 PARTITION OF visits DEFAULT;
INSERT INTO visits SELECT n, n % 5 FROM generate_series(1, 5000) n;
ANALYZE;
"""
_UNPOPULATED = "SELECT relname FROM pg_class WHERE relkind = 'm' AND NOT relispopulated"
_OBSERVED = "SELECT details -> 'observations' FROM bluegreen.journal WHERE details ->> 'phase' = 'setup'"
_TREES = "SELECT DISTINCT tablename FROM pg_stats WHERE inherited AND schemaname = 'public'"


def planted(migration: Migration) -> Migration:
    """Give blue views, a tree and a publication of somebody else."""
    migration.blue.query(_SCHEMA, role="owner")
    migration.blue.query("CREATE PUBLICATION reports FOR TABLE visits")
    return migration


def runbook(migration: Migration) -> str:
    """Return the runbook."""
    return (migration.reports / "runbook.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(("blue", "green"), [(17, 18)])
def test_a_migration_with_views_goes_there_and_back(new_migration: MigrationFactory, blue: int, green: int) -> None:
    made = planted(new_migration(blue, green))
    made.advance(*UP_TO_SYNC)
    assert made.green.query(_UNPOPULATED) == []
    assert made.green.query(_TREES) == [("visits",)]
    told = runbook(made)
    assert "refresh public.sums on green" in told
    assert "materialized views of green: 2 of 2 populated; 2 refreshed by us" in told
    assert "not copied: publication reports: publications do not move by themselves" in told
    [(observed,)] = made.green.query(_OBSERVED)
    assert any("publication reports" in line for line in observed)
    assert "BG217 blue: plans are not compared: this database has no extension pg_stat_statements" in told
    assert made.changed_by("sync") == 0
    for side in (made.blue, made.green):
        side.query("CREATE EXTENSION pg_buffercache; CREATE EXTENSION pg_prewarm")

    made.green.query("REFRESH MATERIALIZED VIEW above WITH NO DATA", role="owner")
    for arguments in (["--check"], []):
        refused = made.play("cutover", *arguments, bluegreen_refresh_views="never")
        assert refused.status == 2
        assert "BG560 green: materialized views are not populated there" in refused.output
        assert "(public.above)" in refused.output
        assert "BG562 green: setup could not copy this" in refused.output
        assert "(publication reports)" in refused.output

    made.green.query("CREATE PUBLICATION reports FOR TABLE visits")
    made.blue.query("INSERT INTO users (name) VALUES ('late')", role="app")
    made.changed_by("cutover", bluegreen_refresh_views="before_switch")
    assert made.green.query("SELECT more FROM above") == [(202,)]
    assert re.search(r"read .* into the cache of green in", runbook(made))
    status = made.play("status")
    assert "materialized views of blue: 2 of 2 populated" in status.output

    made.green.query("INSERT INTO users (name) VALUES ('on green')", role="app")
    made.changed_by("rollback", bluegreen_refresh_views="before_switch")
    assert made.blue.query("SELECT more FROM above") == [(203,)]
    assert "materialized views of blue: 2 of 2 populated; 2 refreshed by us" in runbook(made)
    assert re.search(r"read .* into the cache of blue in", runbook(made))

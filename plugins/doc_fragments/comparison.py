# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options that all modules that compare have in common."""

from __future__ import annotations


class ModuleDocFragment:
    """What is compared, how long that may take, and how much load it may cause."""

    DOCUMENTATION = r"""
options:
  reference:
    description: The side in service, whose rows count as correct.
    type: str
    choices: [blue, green]
    default: blue
  tables:
    description:
      - Tables to compare, as C(schema.table), quoted where SQL needs it. For a partitioned table, name its root.
      - If empty, all user tables on O(reference).
    type: list
    elements: str
    default: []
  exclude_tables:
    description: Tables to leave out, as C(schema.table), quoted where SQL needs it.
    type: list
    elements: str
    default: []
  mapping:
    description: Tables and columns that have other names on green than on blue.
    type: list
    elements: dict
    default: []
    suboptions:
      table:
        description: Blue's table, as C(schema.table).
        type: str
        required: true
      to:
        description: Green's table; the same name when not given.
        type: str
      columns:
        description: Green's names of columns, by blue's. Columns of the same name need no entry.
        type: dict
        default: {}
  objects:
    description:
      - What else to compare, by fingerprints, after the tables. An object that the other side lacks or has in another
        form is not consistent; additional objects are only listed.
      - V(schema) is every schema object with its definition, owner and grants, and extensions with their versions.
      - V(roles) is attributes and memberships of the roles that own objects or have privileges in the database.
      - V(sequences) is their definitions; their values are carried over by the switch.
      - V(materialized_views) is the contents of those that are populated; V(large_objects) is their contents.
    type: list
    elements: str
    choices: [schema, roles, sequences, materialized_views, large_objects]
    default: []
  mode:
    description:
      - V(full) compares all rows; only this mode proves anything.
      - V(sample) compares O(sample_percent) of them.
      - V(count) compares the numbers of rows.
    type: str
    choices: [full, sample, count]
    default: full
  sample_percent:
    description: How much of each table O(mode=sample) compares.
    type: float
    default: 10
  max_differences:
    description: How many differences to describe for each table; all are counted.
    type: int
    default: 100
  show_values:
    description: Whether to show the values of differing columns, and not only their names.
    type: bool
    default: false
  secret_columns:
    description: Names of columns, in any table and on either side, whose values must never appear in a result.
    type: list
    elements: str
    default: []
  at_rest:
    description:
      - Declares that nothing writes to either side, so rows may be compared although no link replicates them.
      - Rows that change nevertheless are C(undecided).
    type: bool
    default: false
  timeout:
    description:
      - How long the comparison may take, in seconds. Rows that are not decided by then are C(undecided).
      - The next run continues from there.
    type: float
    default: 3600
  range_timeout:
    description:
      - How long one statement may take, in seconds, not counting rests (O(busy_percent)).
      - A table with a slower one is C(undecided).
    type: float
    default: 300
  row_timeout:
    description: Seconds after which a row that keeps changing is C(undecided).
    type: float
    default: 60
  resume_within:
    description: How old, in seconds, an unfinished run may be to be continued; 0 never continues one.
    type: float
    default: 86400
  range_megabytes:
    description: About how much of a table one statement reads, where the table can be cut into ranges.
    type: float
    default: 32
  buckets:
    description:
      - Number of buckets of a table that is one range, rounded up to a power of two, at most 65536.
      - With more buckets fewer rows are read again after a difference, but the servers send more hashes.
    type: int
    default: 4096
  busy_percent:
    description:
      - The share of time that a hashing statement works, on either side, while other processes need the CPU. It works
        for part of a millisecond, then rests for one.
      - Others need the CPU if they were active on O(reference) within the last second, and interrupt one of our
        processes on either side more than fifty times a second; this is measured every 30 seconds, for a fifth of a
        second. With spare cores, or without other activity, a comparison never rests.
      - 100 never rests.
    type: float
    default: 8
  max_megabytes_per_second:
    description: How much may be read on average, both sides together; 0 is no limit.
    type: float
    default: 0
  max_lag_megabytes:
    description: The comparison waits while the link is further behind; 0 is no limit.
    type: float
    default: 256
  max_active_sessions:
    description: The comparison waits while more sessions of others are active on either side; 0 is no limit.
    type: int
    default: 0
  pause_query:
    description:
      - Your own query, run on O(reference) between ranges. The comparison waits while its first value is true.
      - It runs with an empty search_path and may not write.
    type: str
"""

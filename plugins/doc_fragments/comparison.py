# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the modules that compare share."""

from __future__ import annotations


class ModuleDocFragment:
    """What is compared, how long that may take, and how gently it is done."""

    DOCUMENTATION = r"""
options:
  reference:
    description: The side in service, whose rows are taken for right.
    type: str
    choices: [blue, green]
    default: blue
  tables:
    description:
      - Tables to compare, as C(schema.table), quoted where SQL needs it. Of a partitioned table, its root.
      - All of the user's tables on O(reference) when empty.
    type: list
    elements: str
    default: []
  exclude_tables:
    description: Tables to leave out, as C(schema.table), quoted where SQL needs it.
    type: list
    elements: str
    default: []
  mapping:
    description: Tables and columns that green calls by another name than blue.
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
        form is not consistent; what it has beyond is only listed.
      - V(schema) is every schema object with its definition, owner and grants, and extensions with their versions.
      - V(roles) is attributes and memberships of the roles that own something or have rights in the database.
      - V(sequences) is their definitions; their values are carried over by the switch.
      - V(materialized_views) is the contents of those that are populated; V(large_objects) is their contents.
    type: list
    elements: str
    choices: [schema, roles, sequences, materialized_views, large_objects]
    default: []
  mode:
    description:
      - V(full) compares all rows, and alone proves anything.
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
    description: How many differences are described for each table; all are counted.
    type: int
    default: 100
  show_values:
    description: Whether differences are described with their values, and not only with the names of their columns.
    type: bool
    default: false
  secret_columns:
    description: Names of columns, in any table and on either side, whose values no result may hold.
    type: list
    elements: str
    default: []
  at_rest:
    description:
      - Nothing writes to either side, so rows may be compared although no link replicates them.
      - Rows that are seen to change all the same are C(undecided).
    type: bool
    default: false
  timeout:
    description:
      - How long the comparison may take, in seconds. What is not decided by then is C(undecided).
      - The next run goes on from there.
    type: float
    default: 3600
  range_timeout:
    description:
      - How long one statement may take, in seconds, rests not counted (O(busy_percent)).
      - A table with a slower one is C(undecided).
    type: float
    default: 300
  row_timeout:
    description: Seconds after which a row that never holds still is C(undecided).
    type: float
    default: 60
  resume_within:
    description: How old, in seconds, a run may be that did not come to its end and is gone on with; 0 is never.
    type: float
    default: 86400
  range_megabytes:
    description: About how much of a table one statement reads, where the table can be cut into ranges.
    type: float
    default: 32
  buckets:
    description:
      - Number of buckets of a table that is one range, rounded up to a power of two, at most 65536.
      - More buckets make fewer rows to be read again after a difference, and more to be sent by the servers.
    type: int
    default: 4096
  busy_percent:
    description:
      - How much of its time a statement that hashes rows works, on either side, while others need the CPU. It works for
        a part of a millisecond and rests for one.
      - Others need it when they have been at work on O(reference) within the last second, and take the CPU of either
        side from a process of ours more than fifty times a second; that is tried every 30 seconds, for a fifth of one.
        With cores to spare, or without others, a comparison never rests.
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
      - A query of yours, run on O(reference) between ranges. The comparison waits while its first value is true.
      - It runs with an empty search_path and may not write.
    type: str
"""

# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of checks: a permanent code, a severity, and the function that checks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Callable

from ..confirmation import NOBODY_CONFIRMS
from ..consumers.said import UNSAID
from ..findings import BLOCKS, INFORMS, WARNS, Finding
from ..schema.full_search import UNFIT_INDEX
from ..service.beginnings import OVERLOOKS_SIGNPOST, PASSES_FENCE
from ..session_settings import CHANGES_ROWS
from . import (
    capacity_checks,
    code_checks,
    consumer_checks,
    extension_checks,
    file_checks,
    forecast_checks,
    identity_checks,
    locale_checks,
    object_checks,
    privilege_checks,
    reach_checks,
    replication_checks,
    rule_checks,
    schema_checks,
    server_checks,
    session_checks,
    statistics_checks,
    trial_checks,
    tried_checks,
)
from .facts import Facts
from .reasons import Reason
from .unread import as_far_as_read


@dataclass(frozen=True)
class Check:
    """One check, and the meaning of a reason that it finds."""

    code: str
    severity: str
    look: Callable[[Facts], Iterator[Reason]]


# A retired code is never reused.
CHECKS = (
    Check("BG007", BLOCKS, server_checks.untried),
    Check("BG025", BLOCKS, session_checks.begins_as_another),
    Check("BG026", WARNS, session_checks.libraries_of_others),
    Check("BG100", BLOCKS, forecast_checks.disk_full),
    Check("BG101", WARNS, forecast_checks.slot_lost),
    Check("BG102", WARNS, capacity_checks.server_connections),
    Check("BG103", BLOCKS, server_checks.green_is_older),
    Check("BG104", BLOCKS, server_checks.standby),
    Check("BG105", BLOCKS, server_checks.wal_level),
    Check("BG106", BLOCKS, capacity_checks.slots),
    Check("BG107", BLOCKS, capacity_checks.senders),
    Check("BG108", BLOCKS, capacity_checks.logical_workers),
    Check("BG109", BLOCKS, capacity_checks.worker_processes),
    Check("BG110", BLOCKS, capacity_checks.origins),
    Check("BG111", BLOCKS, capacity_checks.no_copy_workers),
    Check("BG112", BLOCKS, capacity_checks.connections),
    Check("BG113", BLOCKS, capacity_checks.lock_table),
    Check("BG114", WARNS, server_checks.short_sender_timeout),
    Check("BG115", WARNS, server_checks.limited_slots),
    Check("BG116", WARNS, server_checks.statement_limits),
    Check("BG117", WARNS, server_checks.autovacuum_off),
    Check("BG118", WARNS, server_checks.wraparound),
    Check("BG119", WARNS, server_checks.different_settings),
    Check("BG120", BLOCKS, reach_checks.peer_incomplete),
    Check("BG121", BLOCKS, reach_checks.unreachable),
    Check("BG122", BLOCKS, reach_checks.another_database),
    Check("BG123", WARNS, reach_checks.untested),
    Check("BG124", BLOCKS, reach_checks.no_password),
    Check("BG125", BLOCKS, session_checks.prepared_transactions),
    Check("BG126", WARNS, session_checks.long_transactions),
    Check("BG127", BLOCKS, session_checks.unseen_transactions),
    Check("BG128", WARNS, session_checks.decoding_spills),
    Check("BG129", BLOCKS, forecast_checks.vacuum_trouble),
    Check("BG130", BLOCKS, privilege_checks.no_replication),
    Check("BG131", BLOCKS, privilege_checks.no_subscriptions),
    Check("BG132", BLOCKS, privilege_checks.no_create),
    Check("BG133", BLOCKS, privilege_checks.not_database_owner),
    Check("BG134", BLOCKS, privilege_checks.not_owner),
    Check("BG135", BLOCKS, privilege_checks.no_set_role),
    Check("BG136", BLOCKS, privilege_checks.missing_roles),
    Check("BG137", WARNS, privilege_checks.missing_tablespaces),
    Check("BG138", BLOCKS, privilege_checks.strange_names),
    Check("BG139", BLOCKS, privilege_checks.hidden_rows),
    Check("BG140", BLOCKS, privilege_checks.forced_row_security),
    Check("BG141", WARNS, privilege_checks.unknown_application_roles),
    Check("BG142", BLOCKS, privilege_checks.application_is_migrator),
    Check("BG143", WARNS, privilege_checks.application_passes_gate),
    Check("BG145", BLOCKS, identity_checks.no_identity),
    Check("BG146", BLOCKS, identity_checks.deferrable_key),
    Check("BG147", BLOCKS, identity_checks.dangling_identity),
    Check("BG148", WARNS, identity_checks.full_without_key),
    Check("BG149", BLOCKS, identity_checks.full_without_equality),
    Check("BG280", WARNS, identity_checks.full_with_equals),
    Check("BG150", BLOCKS, identity_checks.full_with_column_list),
    Check("BG151", BLOCKS, object_checks.unlogged_tables),
    Check("BG152", BLOCKS, object_checks.large_objects),
    Check("BG153", WARNS, object_checks.foreign_tables),
    Check("BG154", INFORMS, object_checks.materialized_views),
    Check("BG155", BLOCKS, object_checks.triggers_twice),
    Check("BG156", WARNS, object_checks.event_triggers),
    Check("BG157", WARNS, object_checks.unvalidated_checks),
    Check("BG158", INFORMS, object_checks.unvalidated_references),
    Check("BG159", INFORMS, object_checks.partitioned_tables),
    Check("BG282", BLOCKS, object_checks.hidden_oids),
    Check("BG281", WARNS, object_checks.values_too_large),
    Check("BG160", BLOCKS, replication_checks.all_tables_published),
    Check("BG161", INFORMS, replication_checks.other_publications),
    Check("BG162", BLOCKS, replication_checks.other_subscriptions),
    Check(UNSAID, BLOCKS, consumer_checks.unsaid),
    Check("BG284", INFORMS, consumer_checks.said),
    Check("BG288", WARNS, consumer_checks.without_a_slot),
    Check("BG338", BLOCKS, consumer_checks.without_a_publication),
    Check("BG164", WARNS, replication_checks.slots_keeping_wal),
    Check("BG165", BLOCKS, replication_checks.own_slot_lost),
    Check("BG166", WARNS, replication_checks.left_over_sync_slots),
    Check("BG167", WARNS, replication_checks.own_link_stopped),
    Check("BG168", INFORMS, replication_checks.still_copying),
    Check("BG169", INFORMS, replication_checks.slot_dies_with_primary),
    Check("BG170", BLOCKS, extension_checks.missing_extensions),
    Check("BG171", WARNS, extension_checks.older_extensions),
    Check("BG172", WARNS, extension_checks.outdated_extensions),
    Check("BG173", WARNS, extension_checks.schedulers),
    Check("BG174", INFORMS, extension_checks.extension_data),
    Check("BG175", WARNS, extension_checks.missing_libraries),
    Check("BG176", BLOCKS, locale_checks.different_encoding),
    Check("BG177", WARNS, locale_checks.different_locale),
    Check("BG178", WARNS, locale_checks.drifted_collations),
    Check("BG179", WARNS, locale_checks.lost_defaults),
    Check("BG180", BLOCKS, schema_checks.rows_on_green),
    Check("BG181", BLOCKS, schema_checks.missing_relations),
    Check("BG182", BLOCKS, schema_checks.missing_columns),
    Check("BG183", BLOCKS, schema_checks.demanding_columns),
    Check("BG184", INFORMS, schema_checks.only_on_green),
    Check("BG185", BLOCKS, schema_checks.no_column_lists),
    Check("BG186", BLOCKS, schema_checks.narrower_types),
    Check("BG187", WARNS, schema_checks.wider_types),
    Check("BG188", BLOCKS, schema_checks.generated_differently),
    Check("BG189", BLOCKS, schema_checks.stricter_nulls),
    Check("BG190", WARNS, schema_checks.lost_column_defaults),
    Check("BG191", BLOCKS, schema_checks.different_keys),
    Check("BG192", WARNS, rule_checks.stricter_rules),
    Check("BG193", BLOCKS, schema_checks.missing_labels),
    Check("BG194", WARNS, schema_checks.new_labels),
    Check("BG195", WARNS, schema_checks.different_domains),
    Check("BG196", BLOCKS, rule_checks.different_partitioning),
    Check("BG197", WARNS, schema_checks.different_collations),
    Check("BG198", WARNS, statistics_checks.exhausted_sequences),
    Check("BG199", WARNS, statistics_checks.no_statistics),
    Check("BG144", INFORMS, extension_checks.no_prewarm),
    # All of BG1xx is in use.
    Check("BG257", BLOCKS, rule_checks.hashed_by_oid),
    Check(NOBODY_CONFIRMS, BLOCKS, server_checks.standbys_that_confirm),
    Check("BG238", BLOCKS, code_checks.applied_as_us),
    Check("BG239", BLOCKS, code_checks.planned_as_superuser),
    Check("BG240", WARNS, code_checks.planned_as_us),
    Check(PASSES_FENCE, BLOCKS, session_checks.passing_sessions),
    Check(OVERLOOKS_SIGNPOST, BLOCKS, session_checks.overlooking_sessions),
    Check("BG254", BLOCKS, file_checks.refused),
    Check("BG270", BLOCKS, trial_checks.not_to_the_end),
    Check("BG271", BLOCKS, trial_checks.owners),
    Check("BG272", BLOCKS, trial_checks.privileges),
    Check("BG273", BLOCKS, trial_checks.extensions),
    Check("BG274", BLOCKS, trial_checks.collations),
    Check("BG275", BLOCKS, trial_checks.foreign),
    Check("BG276", BLOCKS, trial_checks.others),
    Check("BG277", INFORMS, trial_checks.untried),
    Check("BG278", INFORMS, trial_checks.what_setup_makes),
    Check("BG290", BLOCKS, tried_checks.programs),
    Check("BG291", BLOCKS, tried_checks.routes_that_stop),
    Check("BG292", WARNS, tried_checks.routes_that_worry),
    Check("BG293", BLOCKS, tried_checks.application),
    Check("BG289", BLOCKS, tried_checks.window_that_never_opens),
    Check("BG294", BLOCKS, tried_checks.unproven_backup),
    Check("BG295", WARNS, tried_checks.old_backup),
    Check("BG296", INFORMS, tried_checks.not_tried),
    Check("BG285", INFORMS, server_checks.out_of_support),
    Check("BG298", BLOCKS, tried_checks.checks_without_an_answer),
    Check("BG299", WARNS, tried_checks.checks_that_say_no),
    Check("BG286", INFORMS, tried_checks.blue_alone),
    Check("BG287", WARNS, replication_checks.left_over_early_slots),
    Check(CHANGES_ROWS, BLOCKS, session_checks.rows_changed_by_settings),
    Check(UNFIT_INDEX, BLOCKS, identity_checks.full_by_unfit_index),
    Check("BG705", BLOCKS, extension_checks.extension_tables),
    Check("BG706", BLOCKS, privilege_checks.out_of_reach),
    Check("BG901", WARNS, replication_checks.not_carried),
    Check("BG902", INFORMS, privilege_checks.application_changes_schema),
    Check("BG903", WARNS, privilege_checks.ends_no_sessions),
    Check("BG904", WARNS, replication_checks.conflicts_met),
    Check("BG905", WARNS, rule_checks.crossing_references),
    Check("BG906", BLOCKS, rule_checks.different_bounds),
    Check("BG907", BLOCKS, identity_checks.generated_identity),
    Check("BG908", WARNS, rule_checks.different_formulas),
    Check("BG909", WARNS, rule_checks.looser_rules),
    Check("BG920", WARNS, forecast_checks.held_snapshot),
)
CODES = frozenset(check.code for check in CHECKS)
# What a link refuses as well, so that no acceptance helps.
FINAL = frozenset({"BG145", "BG146", "BG147", "BG907"})
_BY_GRAVITY = (BLOCKS, WARNS, INFORMS)


def examine(facts: Facts) -> list[Finding]:
    """Return every finding, the most serious first; of a side that was not read only that it was not."""
    findings = [
        Finding(check.code, check.severity, str(reason.side), reason.what, reason.fix, reason.objects)
        for check in CHECKS
        for reason in as_far_as_read(check.look(facts))
    ]
    return sorted(findings, key=_gravity)


def _gravity(finding: Finding) -> tuple[int, str, str, tuple[str, ...]]:
    return (_BY_GRAVITY.index(finding.severity), finding.code, finding.side, finding.objects)

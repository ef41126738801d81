# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every setting of every major version has a class: pinned by us, equal on both sides, or without a say in rows.

A setting that a new version brings belongs to one of them by somebody's decision, or this test fails.
"""

from __future__ import annotations

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.session_settings import (
    EQUAL_ON_BOTH_SIDES,
    LINKS,
    OURS,
    REPLICATION_ROLE,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.versions import majors_of
from tests.fixtures.chosen import chosen
from tests.fixtures.databases import DatabaseFactory

# A session of ours begins with OURS, a worker of a link with LINKS; the others are set where they are needed.
_PINNED = {
    *OURS,
    *LINKS,
    REPLICATION_ROLE,
    "client_connection_check_interval",
    "tcp_keepalives_count",
    "tcp_keepalives_idle",
    "tcp_keepalives_interval",
    "tcp_user_timeout",
}
# Without a say in what a row is on the other side, each group with the reason.
_NO_SAY_IN_ROWS = {
    "what a server writes down, archives, recovers and sends; preflight looks at what a link needs of it": """
        archive_cleanup_command archive_command archive_library archive_mode archive_timeout
        checkpoint_completion_target checkpoint_flush_after checkpoint_timeout checkpoint_warning commit_delay
        commit_siblings fsync full_page_writes hot_standby hot_standby_feedback idle_replication_slot_timeout
        max_active_replication_origins max_logical_replication_workers max_parallel_apply_workers_per_subscription
        max_replication_slots max_slot_wal_keep_size max_standby_archive_delay max_standby_streaming_delay
        max_sync_workers_per_subscription max_wal_senders max_wal_size min_wal_size output_plugin_libraries
        primary_conninfo primary_slot_name promote_trigger_file recovery_end_command recovery_min_apply_delay
        recovery_prefetch recovery_target recovery_target_action recovery_target_inclusive recovery_target_lsn
        recovery_target_name recovery_target_time recovery_target_timeline recovery_target_xid restore_command
        summarize_wal sync_replication_slots synchronized_standby_slots synchronous_commit
        synchronous_standby_names track_commit_timestamp vacuum_defer_cleanup_age wal_buffers wal_compression
        wal_decode_buffer_size wal_init_zero wal_keep_size wal_level wal_log_hints wal_receiver_create_temp_slot
        wal_receiver_status_interval wal_receiver_timeout wal_recycle wal_retrieve_retry_interval
        wal_sender_timeout wal_skip_threshold wal_summary_keep_time wal_sync_method wal_writer_delay
        wal_writer_flush_after
    """,
    "where a server finds its files and how it is reached": """
        authentication_timeout bonjour bonjour_name data_directory db_user_namespace external_pid_file
        gss_accept_delegation hba_file ident_file krb_caseins_users krb_server_keyfile listen_addresses
        max_connections md5_password_warnings oauth_validator_libraries password_encryption port
        reserved_connections scram_iterations ssl ssl_ca_file ssl_cert_file ssl_ciphers ssl_crl_dir ssl_crl_file
        ssl_dh_params_file ssl_ecdh_curve ssl_groups ssl_key_file ssl_max_protocol_version
        ssl_min_protocol_version ssl_passphrase_command ssl_passphrase_command_supports_reload
        ssl_prefer_server_ciphers ssl_tls13_ciphers superuser_reserved_connections unix_socket_directories
        unix_socket_group unix_socket_permissions
    """,
    "when a server cleans up": """
        autovacuum autovacuum_analyze_scale_factor autovacuum_analyze_threshold autovacuum_freeze_max_age
        autovacuum_max_workers autovacuum_multixact_freeze_max_age autovacuum_naptime autovacuum_vacuum_cost_delay
        autovacuum_vacuum_cost_limit autovacuum_vacuum_insert_scale_factor autovacuum_vacuum_insert_threshold
        autovacuum_vacuum_max_threshold autovacuum_vacuum_scale_factor autovacuum_vacuum_threshold
        autovacuum_worker_slots vacuum_cost_delay vacuum_cost_limit vacuum_cost_page_dirty vacuum_cost_page_hit
        vacuum_cost_page_miss vacuum_failsafe_age vacuum_freeze_min_age vacuum_freeze_table_age
        vacuum_max_eager_freeze_failure_rate vacuum_multixact_failsafe_age vacuum_multixact_freeze_min_age
        vacuum_multixact_freeze_table_age vacuum_truncate
    """,
    "how much a server may use, and how it plans": """
        autovacuum_work_mem backend_flush_after bgwriter_delay bgwriter_flush_after bgwriter_lru_maxpages
        bgwriter_lru_multiplier commit_timestamp_buffers constraint_exclusion cpu_index_tuple_cost
        cpu_operator_cost cpu_tuple_cost cursor_tuple_fraction default_statistics_target
        dynamic_shared_memory_type effective_cache_size effective_io_concurrency enable_async_append
        enable_bitmapscan enable_distinct_reordering enable_gathermerge enable_group_by_reordering enable_hashagg
        enable_hashjoin enable_incremental_sort enable_indexonlyscan enable_indexscan enable_material
        enable_memoize enable_mergejoin enable_nestloop enable_parallel_append enable_parallel_hash
        enable_partition_pruning enable_partitionwise_aggregate enable_partitionwise_join
        enable_presorted_aggregate enable_self_join_elimination enable_seqscan enable_sort enable_tidscan
        file_copy_method file_extend_method from_collapse_limit geqo geqo_effort geqo_generations geqo_pool_size
        geqo_seed geqo_selection_bias geqo_threshold hash_mem_multiplier huge_page_size huge_pages
        io_combine_limit io_max_combine_limit io_max_concurrency io_method io_workers jit jit_above_cost
        jit_inline_above_cost jit_optimize_above_cost join_collapse_limit logical_decoding_work_mem
        maintenance_io_concurrency maintenance_work_mem max_files_per_process max_notify_queue_pages
        max_parallel_maintenance_workers max_parallel_workers max_parallel_workers_per_gather
        max_prepared_transactions max_stack_depth max_worker_processes min_dynamic_shared_memory
        min_parallel_index_scan_size min_parallel_table_scan_size multixact_member_buffers
        multixact_offset_buffers notify_buffers old_snapshot_threshold parallel_leader_participation
        parallel_setup_cost parallel_tuple_cost plan_cache_mode random_page_cost recursive_worktable_factor
        seq_page_cost serializable_buffers shared_buffers shared_memory_type subtransaction_buffers temp_buffers
        temp_file_limit transaction_buffers vacuum_buffer_usage_limit work_mem
    """,
    "what a server tells of itself": """
        cluster_name compute_query_id debug_pretty_print debug_print_parse debug_print_plan debug_print_rewritten
        event_source log_autovacuum_min_duration log_checkpoints log_connections log_destination log_directory
        log_disconnections log_duration log_error_verbosity log_executor_stats log_file_mode log_filename
        log_hostname log_line_prefix log_lock_failures log_lock_waits log_min_duration_sample
        log_min_duration_statement log_min_error_statement log_min_messages log_parameter_max_length
        log_parameter_max_length_on_error log_parser_stats log_planner_stats log_recovery_conflict_waits
        log_replication_commands log_rotation_age log_rotation_size log_startup_progress_interval log_statement
        log_statement_sample_rate log_statement_stats log_temp_files log_timezone log_transaction_sample_rate
        log_truncate_on_rotation logging_collector stats_fetch_consistency stats_temp_directory syslog_facility
        syslog_ident syslog_sequence_numbers syslog_split_messages track_activities track_activity_query_size
        track_cost_delay_timing track_counts track_functions track_io_timing track_wal_io_timing
        update_process_title
    """,
    "how long something may take, and how many locks there are: preflight and deadlines look after it": """
        deadlock_timeout idle_in_transaction_session_timeout idle_session_timeout max_locks_per_transaction
        max_pred_locks_per_page max_pred_locks_per_relation max_pred_locks_per_transaction statement_timeout
        transaction_timeout
    """,
    "what a server does after an error or a crash": """
        data_sync_retry exit_on_error recovery_init_sync_method remove_temp_files_after_crash restart_after_crash
        send_abort_for_crash send_abort_for_kill
    """,
    "what a superuser chooses, who is trusted, and libraries, which preflight names": """
        allow_alter_system allow_in_place_tablespaces allow_system_table_mods createrole_self_grant
        dynamic_library_path event_triggers extension_control_path jit_provider lo_compat_privileges
        restrict_nonsystem_relation_kind session_preload_libraries shared_preload_libraries
    """,
    "messages, and how a value is stored, never which": """
        application_name client_min_messages default_toast_compression escape_string_warning
        gin_pending_list_limit icu_validation_level lc_messages synchronize_seqscans
    """,
    "for developers of the server": """
        backtrace_functions debug_discard_caches debug_io_direct debug_logical_replication_streaming
        debug_parallel_query ignore_invalid_pages ignore_system_indexes jit_debugging_support jit_dump_bitcode
        jit_expressions jit_profiling_support jit_tuple_deforming post_auth_delay pre_auth_delay
        trace_connection_negotiation trace_notify trace_recovery_messages trace_sort wal_consistency_checking
    """,
    "what a server is, and a transaction's own": """
        block_size config_file data_checksums data_directory_mode debug_assertions huge_pages_status
        in_hot_standby integer_datetimes max_function_args max_identifier_length max_index_keys num_os_semaphores
        segment_size server_encoding server_version server_version_num shared_memory_size
        shared_memory_size_in_huge_pages ssl_library transaction_deferrable transaction_isolation
        transaction_read_only wal_block_size wal_segment_size
    """,
}


@pytest.mark.parametrize("major", chosen(majors_of(Side.GREEN), 17, 18))
def test_every_setting_of_a_server_has_a_class(database: DatabaseFactory, major: int) -> None:
    without = {name for names in _NO_SAY_IN_ROWS.values() for name in names.split()}
    assert without.isdisjoint({*_PINNED, *EQUAL_ON_BOTH_SIDES})
    # Settings with a point are an extension's.
    known = "SELECT name FROM pg_settings WHERE name !~ '[.]'"
    assert {name for (name,) in database(major).query(known)} - without - _PINNED - {*EQUAL_ON_BOTH_SIDES} == set()

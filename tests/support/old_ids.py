"""Which test replaces a test of the time before the code was ordered by areas.

    python -m tests.support.old_ids OLD NEW      two lists as `pytest --collect-only -q` prints them

Prints how many old ids have a successor, and each that has none. `OLD` is of commit ca6e40e.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

# Files that moved as a whole.
MOVED = {
    "tests/api/store_down/test_rescues.py": (
        "tests/integration/photos/store_down/test_rescue_import.py"
    ),
    "tests/api/store_down/test_uploads.py": "tests/integration/photos/store_down/test_uploads.py",
    "tests/api/test_annotations.py": "tests/integration/tasks/test_annotations.py",
    "tests/api/test_base_map.py": "tests/integration/registry/test_base_map.py",
    "tests/api/test_board.py": "tests/integration/reporting/test_board.py",
    "tests/api/test_calendar.py": "tests/integration/registry/test_calendar.py",
    "tests/api/test_case_desk.py": "tests/integration/tasks/test_console_moves.py",
    "tests/api/test_case_walks.py": "tests/integration/tasks/test_random_walks.py",
    "tests/api/test_channels.py": "tests/integration/notifications/test_channels.py",
    "tests/api/test_dates.py": "tests/integration/tasks/test_date_filters.py",
    "tests/api/test_desk.py": "tests/integration/operations/test_pages.py",
    "tests/api/test_doubts.py": "tests/integration/tasks/test_review_flags.py",
    "tests/api/test_exports.py": "tests/integration/tasks/test_export.py",
    "tests/api/test_filters.py": "tests/integration/tasks/test_saved_filters.py",
    "tests/api/test_imports.py": "tests/integration/registry/test_imports.py",
    "tests/api/test_notices.py": "tests/integration/notifications/test_inbox.py",
    "tests/api/test_photo_links.py": "tests/integration/photos/test_links.py",
    "tests/api/test_photos.py": "tests/integration/photos/test_photos.py",
    "tests/api/test_registers.py": "tests/integration/registry/test_registers.py",
    "tests/api/test_rescues_races.py": "tests/integration/sync/test_rescue_import_races.py",
    "tests/api/test_rescues_zip.py": "tests/integration/sync/test_rescue_zip.py",
    "tests/api/test_routing.py": "tests/integration/registry/test_routing.py",
    "tests/api/test_screening.py": "tests/integration/photos/test_screening.py",
    "tests/api/test_search.py": "tests/integration/tasks/test_search.py",
    "tests/api/test_second_look.py": "tests/integration/sync/test_review_findings.py",
    "tests/api/test_sessions.py": "tests/integration/identity/test_sessions.py",
    "tests/api/test_stock_clients.py": "tests/integration/photos/test_stock_clients.py",
    "tests/api/test_sync_bodies.py": "tests/integration/sync/test_bodies.py",
    "tests/api/test_sync_moves.py": "tests/integration/sync/test_moves.py",
    "tests/api/test_sync_own_records.py": "tests/integration/sync/test_own_records.py",
    "tests/api/test_sync_pull.py": "tests/integration/sync/test_pull.py",
    "tests/api/test_sync_races.py": "tests/integration/sync/test_races.py",
    "tests/api/test_sync_receipts.py": "tests/integration/sync/test_receipts.py",
    "tests/api/test_sync_visits.py": "tests/integration/sync/test_visits.py",
    "tests/api/test_tasks_lists.py": "tests/integration/tasks/test_lists.py",
    "tests/api/test_trends.py": "tests/integration/reporting/test_trends.py",
    "tests/api/test_tus_protocol.py": "tests/integration/photos/test_tus_protocol.py",
    "tests/api/test_uploads_faults.py": "tests/integration/photos/test_uploads_faults.py",
    "tests/api/test_visits.py": "tests/integration/tasks/test_visits.py",
    "tests/browser/test_capture.py": "tests/e2e/test_capture.py",
    "tests/browser/test_goodput.py": "tests/e2e/test_goodput.py",
    "tests/browser/test_journey.py": "tests/e2e/test_journey.py",
    "tests/browser/test_kills.py": "tests/e2e/test_kills.py",
    "tests/browser/test_map.py": "tests/e2e/test_map.py",
    "tests/browser/test_pages.py": "tests/e2e/test_pages.py",
    "tests/browser/test_registers.py": "tests/e2e/test_registers.py",
    "tests/browser/test_rescue.py": "tests/e2e/test_rescue.py",
    "tests/browser/test_review.py": "tests/e2e/test_review.py",
    "tests/browser/test_store.py": "tests/e2e/test_store.py",
    "tests/browser/test_twin.py": "tests/e2e/test_record_replica.py",
    "tests/browser/test_visits.py": "tests/e2e/test_visits.py",
    "tests/contract/test_description.py": "tests/contract/test_description.py",
    "tests/contract/test_golden.py": "tests/contract/test_golden.py",
    "tests/contract/test_version1.py": "tests/contract/test_version1.py",
    "tests/faults/test_batches.py": "tests/reliability/test_batches.py",
    "tests/faults/test_checker.py": "tests/reliability/test_checker.py",
    "tests/faults/test_histories.py": "tests/reliability/test_histories.py",
    "tests/faults/test_histories_node.py": "tests/reliability/test_histories_node.py",
    "tests/faults/test_processes.py": "tests/reliability/test_processes.py",
    "tests/faults/test_proxy.py": "tests/reliability/test_proxy.py",
    "tests/faults/test_restore.py": "tests/reliability/test_restore.py",
    "tests/faults/test_teeth.py": "tests/reliability/test_mutations.py",
    "tests/house/test_arrows.py": "tests/architecture/test_imports.py",
    "tests/house/test_doors.py": "tests/architecture/test_routes.py",
    "tests/house/test_failpoints.py": "tests/architecture/test_failpoints.py",
    "tests/house/test_names.py": "tests/architecture/test_names.py",
    "tests/house/test_papers.py": "tests/architecture/test_docs.py",
    "tests/house/test_schema.py": "tests/architecture/test_schema.py",
    "tests/house/test_sizes.py": "tests/architecture/test_sizes.py",
    "tests/jobs/test_backfill.py": "tests/integration/photos/test_fingerprints.py",
    "tests/jobs/test_claims.py": "tests/integration/worker/test_claims.py",
    "tests/jobs/test_worker.py": "tests/integration/worker/test_worker.py",
    "tests/jobs/test_worker_faults.py": "tests/integration/worker/test_worker_faults.py",
    "tests/media/test_derive.py": "tests/unit/media/test_derive.py",
    "tests/media/test_likeness.py": "tests/unit/media/test_likeness.py",
    "tests/media/test_probe.py": "tests/unit/media/test_probe.py",
    "tests/media/test_store_requests.py": "tests/unit/media/test_store_requests.py",
    "tests/operator/test_backups.py": "tests/integration/operations/test_backups.py",
    "tests/operator/test_commands.py": "tests/integration/operations/test_commands.py",
    "tests/operator/test_doctor.py": "tests/integration/operations/test_doctor.py",
    "tests/rules/test_access.py": "tests/unit/core/test_access.py",
    "tests/rules/test_alarms.py": "tests/unit/tasks/test_alarms.py",
    "tests/rules/test_deadlines.py": "tests/unit/registry/test_working_time.py",
    "tests/rules/test_doubts.py": "tests/unit/tasks/test_review_flags.py",
    "tests/rules/test_evidence.py": "tests/unit/tasks/test_evidence.py",
    "tests/rules/test_responsibility.py": "tests/unit/registry/test_routing.py",
    "tests/rules/test_screening.py": "tests/unit/photos/test_screening.py",
    "tests/rules/test_task_flow.py": "tests/unit/tasks/test_flow.py",
    "tests/schemas/test_annotations.py": "tests/unit/schemas/test_annotations.py",
    "tests/schemas/test_wording.py": "tests/unit/schemas/test_wording.py",
    "tests/starter/test_demo.py": "tests/integration/operations/test_demo.py",
    "tests/starter/test_starter_files.py": "tests/unit/operations/test_starter_files.py",
    "tests/starter/test_starter_load.py": "tests/integration/operations/test_starter_load.py",
    "tests/stores/test_embedded_store.py": "tests/integration/stores/test_embedded_store.py",
    "tests/stores/test_object_store.py": "tests/integration/stores/test_object_store.py",
    "tests/up/test_lan.py": "tests/integration/launcher/test_lan_tls.py",
    "tests/up/test_up.py": "tests/integration/launcher/test_up.py",
}

# A file that was cut: its tests are looked for in each of these.
CUT = {
    "tests/api/test_rescues.py": (
        "tests/integration/sync/test_rescue_import.py",
        "tests/integration/sync/test_rescue_import_authors.py",
        "tests/integration/sync/test_rescue_import_damage.py",
    ),
    "tests/api/test_sync_push.py": (
        "tests/integration/sync/test_push.py",
        "tests/integration/sync/test_push_photos.py",
        "tests/integration/sync/test_push_quarantine.py",
        "tests/integration/sync/test_push_repeats.py",
    ),
    "tests/api/test_tasks_flow.py": (
        "tests/integration/tasks/test_deadlines.py",
        "tests/integration/tasks/test_flow.py",
        "tests/integration/tasks/test_move_requests.py",
        "tests/integration/tasks/test_permissions.py",
    ),
    "tests/api/test_uploads.py": (
        "tests/integration/photos/test_uploads.py",
        "tests/integration/photos/test_uploads_interrupted.py",
        "tests/integration/photos/test_uploads_stored.py",
    ),
    "tests/jobs/test_deliveries.py": (
        "tests/integration/notifications/test_deliveries.py",
        "tests/integration/notifications/test_messages.py",
        "tests/integration/notifications/test_transports.py",
    ),
}
# Functions with another name, by the end of the old one.
RENAMED = {
    "test_a_case_at_the_desk_is_accessible_and_quiet": (
        "test_a_case_on_the_console_is_accessible_and_quiet"
    ),
    "test_a_correction_by_other_hands_shows_on_a_record_the_phone_sent_itself": (
        "test_an_imported_correction_is_marked_on_a_record_the_phone_sent"
    ),
    "test_a_creation_of_a_declared_photo_can_be_asked_for": (
        "test_the_upload_of_a_declared_photo_answers_head"
    ),
    "test_a_creation_without_bytes_stands_at_nought": (
        "test_a_creation_without_bytes_has_offset_zero"
    ),
    "test_a_desk_page_is_accessible_and_quiet": "test_a_console_page_is_accessible_and_quiet",
    "test_a_dropped_reply_is_of_a_deed_that_was_done": (
        "test_a_dropped_reply_is_of_a_request_that_was_executed"
    ),
    "test_a_file_is_developed_like_its_bytes": "test_a_file_is_rendered_like_its_bytes",
    "test_a_file_no_record_names_is_listed_and_left_alone": (
        "test_a_file_without_a_record_is_listed_and_not_imported"
    ),
    "test_a_letter_names_no_reporter": "test_a_message_names_no_reporter",
    "test_a_library_is_touched_only_where_it_belongs": (
        "test_a_library_is_imported_only_in_its_place"
    ),
    "test_a_link_into_the_desk_leads_there_after_signing_in": (
        "test_a_link_into_the_console_leads_there_after_signing_in"
    ),
    "test_a_look_shuts_out_a_writer_that_is_still_at_it": (
        "test_head_ends_the_turn_of_a_writer_that_is_still_sending"
    ),
    "test_a_look_that_is_refused_for_now_sends_no_photo_again": (
        "test_a_head_request_answered_503_sends_no_photo_again"
    ),
    "test_a_malformed_op_is_quarantined_and_told_where_it_is_wrong": (
        "test_a_malformed_op_is_quarantined_with_the_place_of_its_error"
    ),
    "test_a_phone_at_rest_that_knows_of_no_visit_did_not_hear": (
        "test_a_visit_missing_on_an_idle_phone_is_unpublished"
    ),
    "test_a_phone_at_rest_that_would_walk_for_nothing_did_not_hear": (
        "test_a_withdrawn_visit_on_an_idle_phone_is_unpublished"
    ),
    "test_a_phone_at_rest_with_an_old_copy_did_not_hear": (
        "test_an_old_copy_on_an_idle_phone_is_unpublished"
    ),
    "test_a_phone_silent_in_the_middle_of_a_batch_is_let_go": (
        "test_a_phone_silent_in_the_middle_of_a_batch_is_disconnected"
    ),
    "test_a_photo_that_is_neither_here_nor_there_is_lost": (
        "test_a_photo_that_exists_nowhere_is_lost"
    ),
    "test_a_photo_told_as_stored_that_is_not_is_lost": (
        "test_a_photo_answered_as_stored_that_is_not_is_lost"
    ),
    "test_a_plan_means_the_exchanges_it_names": "test_a_plan_applies_to_the_exchanges_it_names",
    "test_a_record_outlives_a_browser_that_takes_its_database_for_damaged": (
        "test_a_record_survives_a_database_the_browser_finds_damaged"
    ),
    "test_a_record_outlives_its_database": "test_a_record_survives_the_loss_of_its_database",
    "test_a_repeated_creation_at_nought_takes_its_body": (
        "test_a_repeated_creation_at_offset_zero_takes_its_body"
    ),
    "test_a_request_nobody_answers_is_given_up_and_the_photo_goes_on": (
        "test_a_request_without_an_answer_ends_and_the_photo_is_sent_again"
    ),
    "test_a_room_knows_only_the_rooms_below_it": "test_areas_and_layers_import_downwards_only",
    "test_a_rotten_photo_is_named_and_the_others_come_in": (
        "test_a_damaged_photo_is_named_and_the_others_are_imported"
    ),
    "test_a_spool_that_is_really_full_is_told_and_costs_no_photo": (
        "test_a_full_spool_is_answered_503_and_costs_no_photo"
    ),
    "test_a_stalled_request_reaches_nobody_and_is_never_answered": (
        "test_a_stalled_request_reaches_no_server_and_is_never_answered"
    ),
    "test_a_task_in_the_hand_is_accessible_and_quiet": (
        "test_a_task_on_the_phone_is_accessible_and_quiet"
    ),
    "test_after_a_failure_the_next_photograph_is_developed": (
        "test_after_a_failure_the_next_photograph_is_rendered"
    ),
    "test_after_the_link_died_only_what_was_missing_is_sent": (
        "test_after_an_outage_only_missing_bytes_are_sent"
    ),
    "test_an_edit_that_does_not_fit_says_so": "test_an_edit_that_does_not_fit_is_an_error",
    "test_an_older_backup_is_restored_only_when_insisted_on": (
        "test_an_older_backup_is_restored_only_with_the_option"
    ),
    "test_an_op_its_phone_never_made_is_a_double": "test_an_op_its_phone_never_made_is_duplicated",
    "test_an_op_whose_forerunner_is_missing_is_put_off": (
        "test_an_op_whose_parent_is_missing_is_deferred_by_the_import"
    ),
    "test_an_own_unattached_photo_may_be_taken_back": "test_an_own_unattached_photo_may_be_deleted",
    "test_an_unknown_photo_cannot_be_taken_back": "test_an_unknown_photo_cannot_be_deleted",
    "test_an_upload_under_way_may_be_taken_back": "test_an_upload_under_way_may_be_deleted",
    "test_another_epoch_is_refused_and_the_right_one_told": (
        "test_another_epoch_is_refused_and_the_right_one_answered"
    ),
    "test_another_word_than_was_told_is_a_loss": "test_another_status_than_was_answered_is_a_loss",
    "test_asked_to_stop_it_keeps_what_had_come": "test_stopped_by_a_signal_it_keeps_received_bytes",
    "test_books_that_balance_are_found_in_order": "test_consistent_data_has_no_findings",
    "test_bytes_that_left_before_a_backup_are_a_loss": (
        "test_bytes_deleted_before_a_backup_are_lost"
    ),
    "test_bytes_that_left_without_a_receipt_are_a_loss": (
        "test_bytes_deleted_without_a_receipt_are_lost"
    ),
    "test_each_step_does_to_the_clock_what_the_official_steps_say": (
        "test_each_step_does_to_the_deadline_what_the_official_steps_say"
    ),
    "test_every_link_of_a_paper_leads_somewhere": "test_every_link_of_a_document_leads_somewhere",
    "test_it_is_so_on_both_databases": "test_nothing_is_lost_on_both_databases",
    "test_killed_anywhere_in_an_upload_it_keeps_what_had_come": (
        "test_killed_anywhere_in_an_upload_it_keeps_received_bytes"
    ),
    "test_killed_without_warning_it_leaves_nobody_behind": (
        "test_killed_without_warning_no_child_is_left"
    ),
    "test_no_child_is_left_when_the_room_closes": "test_no_child_is_left_when_the_worker_closes",
    "test_once_the_account_is_enabled_the_same_zip_comes_in": (
        "test_once_the_account_is_enabled_the_same_zip_is_imported"
    ),
    "test_one_child_develops_many": "test_one_child_renders_many",
    "test_only_known_doors_are_open_to_everybody": "test_areas_open_only_these_routes_to_everybody",
    "test_photos_of_what_was_set_aside_are_not_given_up": (
        "test_photos_of_a_quarantined_draft_cannot_be_deleted"
    ),
    "test_stopped_while_it_starts_it_leaves_nobody_behind": (
        "test_stopped_while_it_starts_no_child_is_left"
    ),
    "test_the_author_is_told_that_an_op_waits_for_a_person": (
        "test_the_author_gets_a_notice_that_an_op_waits_for_a_person"
    ),
    "test_the_checker_sees_that": "test_the_checker_finds_damage",
    "test_the_children_are_told_of_home_database_and_store": (
        "test_the_children_know_home_database_and_store"
    ),
    "test_the_desk_in_the_hand_can_decide": "test_the_console_on_a_phone_can_decide",
    "test_the_desk_sees_which_photo_is_missing": "test_a_supervisor_sees_which_photo_is_missing",
    "test_the_desk_sees_who_brought_a_record_in": "test_a_supervisor_sees_who_brought_a_record_in",
    "test_the_histories_hold_every_trouble_there_is": (
        "test_the_histories_contain_every_kind_of_fault"
    ),
    "test_the_physical_time_counts_the_outages_one_must_sit_through": (
        "test_the_physical_time_includes_the_outages"
    ),
    "test_the_server_tells_what_it_speaks": "test_the_server_describes_its_protocol",
    "test_there_are_enough_of_them_on_both_sides": "test_there_are_enough_bugs_on_both_sides",
    "test_what_a_phone_showed_as_saved_and_nobody_has_is_lost": (
        "test_an_op_shown_as_saved_that_exists_nowhere_is_lost"
    ),
    "test_what_is_drawn_at_the_desk_is_seen_on_the_units_phone_without_a_network": (
        "test_what_is_drawn_on_the_console_is_seen_on_the_units_phone_without_a_network"
    ),
    "test_without_a_token_every_other_door_is_shut": (
        "test_without_a_token_every_other_route_is_refused"
    ),
}

# Parameters with another name, by the part of the id that changed.
RENAMED_CASES = {
    "a-lost-answer-makes-the-next-deed-stale": "a-lost-answer-makes-the-next-op-stale",
    "a change is told to nobody": "a change is published to nobody",
    "a visit is told twice": "a visit is recorded twice",
    "an op is kept with other words": "an op is kept with other content",
    "reporter-not-told": "reporter-not-notified",
    "the same deed under two ids": "the same action under two ids",
    "what was found on the spot is forgotten": "the findings of a visit are forgotten",
}


def successors(old: str, new: Iterable[str]) -> list[str]:
    """The tests of today for an old id: the same case, or all cases where their names changed.

    A case named after a module has the module's new name; a rule that was asked of each module may
    be one contract for all of them.
    """
    file, _, case = old.partition("::")
    name, bracket, parameters = case.partition("[")
    name = RENAMED.get(name, name)
    for before, after in RENAMED_CASES.items():
        parameters = parameters.replace(before, after)
    files = CUT.get(file) or (MOVED.get(file, file),)
    exact = {f"{file}::{name}{bracket}{parameters}" for file in files}
    functions = {f"{file}::{name}" for file in files}
    same = [one for one in new if one in exact]
    return same or [one for one in new if one.partition("[")[0] in functions]


def main(old_list: Path, new_list: Path) -> int:
    """Print what has no successor; returns how many have none."""
    old, new = (
        [line for line in path.read_text(encoding="utf-8").splitlines() if "::" in line]
        for path in (old_list, new_list)
    )
    cases = set(new)
    counts = [len(successors(one, cases)) for one in old]
    exact = counts.count(1)
    lost = [one for one, count in zip(old, counts, strict=True) if not count]
    summary = f"{len(old)} old, {len(new)} new: {exact} have one successor, {len(lost)} none"
    sys.stdout.write("\n".join([summary, *lost]) + "\n")
    return len(lost)


if __name__ == "__main__":
    sys.exit(min(main(Path(sys.argv[1]), Path(sys.argv[2])), 1))

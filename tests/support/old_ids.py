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
# Functions with another name: the old one and the one of today in each line.
_RENAMED_TESTS = Path(__file__).with_name("renamed_tests.txt")
RENAMED = dict(line.split() for line in _RENAMED_TESTS.read_text(encoding="utf-8").splitlines())

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

"""The checker 核账: compares database, bucket and phones, and prints what is lost, duplicated,
orphaned, dangling or incomplete.

    python -m tests.reliability.checker --database URL [--store settings.json] [--dump phones.json]…

It calls no service: it reads tables, objects and dumps, and judges by the invariants of the
design (I1–I12). Each check names the invariants it keeps; two are tested elsewhere: I8 (device
time) and I10 (every op visible to its author) are rules of single screens and ops.
"""

from tests.reliability.checker.examination import CHECKS, examine, examine_at
from tests.reliability.checker.findings import Finding, Kind, Report
from tests.reliability.checker.records import READERS, StoredObject, read_bucket
from tests.reliability.checker.snapshot import SETTLED

__all__ = [
    "CHECKS",
    "READERS",
    "SETTLED",
    "Finding",
    "Kind",
    "Report",
    "StoredObject",
    "examine",
    "examine_at",
    "read_bucket",
]

"""Synchronisation 同步: ops, their results, collections, rescue zips 抢救包."""

from __future__ import annotations

from schemas.vocabulary.labels import LabelledEnum


class OpKind(LabelledEnum):
    """The kind of an op of a batch 操作类型 (DESIGN §4)."""

    OBSERVATION_CREATE = "observation.create", "上报问题", "New record"
    OBSERVATION_AMEND = "observation.amend", "更正", "Correction"
    OBSERVATION_WITHDRAW = "observation.withdraw", "撤回", "Withdrawal"
    TASK_MOVE = "task.move", "案件操作", "Move of a task"
    VISIT_RECORD = "visit.record", "现场复核", "Visit"


class OpStatus(LabelledEnum):
    """The result of an op 操作结果."""

    ACCEPTED = "accepted", "已受理", "Accepted"
    DUPLICATE = "duplicate", "重复（已受理）", "Duplicate"
    CONFLICT = "conflict", "版本冲突", "Conflict"
    QUARANTINED = "quarantined", "待人工核对", "Quarantined"
    DEFERRED = "deferred", "稍后重试", "Deferred"


class MoveStatus(LabelledEnum):
    """The status of a requested move 案件操作状态."""

    APPLIED = "applied", "已生效", "Applied"
    PENDING = "pending", "照片待传", "Pending its photos"
    LAPSED = "lapsed", "未生效", "Lapsed"
    REFUSED = "refused", "已拒绝", "Refused"


class Collection(LabelledEnum):
    """A collection that phones pull 数据集 (DESIGN §4)."""

    OBSERVATIONS = "observations", "我的记录", "Observations"
    TASKS = "tasks", "案件", "Tasks"
    POINTS = "points", "点位", "Points"
    SHOPS = "shops", "门店", "Shops"
    CATEGORIES = "categories", "问题类别", "Categories"
    UNITS = "units", "责任单位", "Units"
    CALENDAR = "calendar", "工作日历", "Calendar"
    PEOPLE = "people", "人员", "People"
    NOTICES = "notices", "通知", "Notices"
    VISITS = "visits", "现场复核", "Visits"
    PAST_TASKS = "past_tasks", "退回的案件", "Handed back"


class QuarantineState(LabelledEnum):
    """The state of a quarantined item 隔离记录: open, or resolved by a person."""

    OPEN = "open", "待处理", "Open"
    RESOLVED = "resolved", "已处理", "Resolved"


class Rescued(LabelledEnum):
    """The result of one entry of a rescue zip 抢救包."""

    ACCEPTED = "accepted", "已补录", "Accepted"
    DUPLICATE = "duplicate", "此前已收到", "Known already"
    CONFLICT = "conflict", "版本冲突，已留存", "Conflict, kept"
    QUARANTINED = "quarantined", "已隔离，待核对", "In quarantine"
    DEFERRED = "deferred", "缺前一步，未导入", "Waits for an earlier step"
    STORED = "stored", "已入库", "Stored"
    REFUSED = "refused", "未导入", "Not imported"
    REJECTED = "rejected", "照片被拒收", "Photo refused"
    DAMAGED = "damaged", "已损坏", "Damaged"
    MISSING = "missing", "包内没有", "Not in the zip"
    UNAVAILABLE = "unavailable", "暂未导入", "Not now"

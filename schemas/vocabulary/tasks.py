"""Cases 案件: records, states, moves, events, filters by date, export formats."""

from __future__ import annotations

from schemas.vocabulary.labels import LabelledEnum


class Outcome(LabelledEnum):
    """The outcome on the spot 当场结果: what the observer already did."""

    OPEN = "open", "待处置", "Open"
    FIXED_ON_SPOT = "fixed_on_spot", "已当场整改", "Fixed on the spot"
    PERSUADED = "persuaded", "已现场劝导", "Persuaded"


class PlaceSource(LabelledEnum):
    """The source of a position 定位来源."""

    GNSS = "gnss", "卫星定位", "Satellite fix"
    NETWORK = "network", "网络定位", "Network fix"
    POINT = "point", "点位坐标", "Point's position"
    PIN = "pin", "手动选点", "Pin set by hand"
    NONE = "none", "无定位", "No position"


class ObservationState(LabelledEnum):
    """The state of a record 记录状态 (I11)."""

    INCOMPLETE = "incomplete", "照片未齐", "Photos missing"
    COMPLETE = "complete", "完整", "Complete"
    QUARANTINED = "quarantined", "待人工核对", "Quarantined"
    WITHDRAWN = "withdrawn", "已撤回", "Withdrawn"


class TaskState(LabelledEnum):
    """The state of a case 案件状态 (DOMAIN §4)."""

    AWAITING_EVIDENCE = "awaiting_evidence", "待证据", "Awaiting evidence"
    REPORTED = "reported", "待立案", "Reported"
    FILED = "filed", "已立案", "Filed"
    DISPATCHED = "dispatched", "已派遣", "Dispatched"
    HANDED_BACK = "handed_back", "已退回", "Handed back"
    HANDLING = "handling", "处置中", "Handling"
    VERIFYING = "verifying", "待核查", "Verifying"
    REWORK = "rework", "返工", "Rework"
    SHELVED = "shelved", "挂账", "Shelved"
    CLOSED = "closed", "已结案", "Closed"
    REJECTED = "rejected", "不予立案", "Rejected"
    MERGED = "merged", "已并案", "Merged"
    VOID = "void", "作废", "Void"


class Move(LabelledEnum):
    """A move of a task 案件操作: a step that a person takes (DESIGN §6)."""

    FILE = "file", "立案", "File"
    REJECT = "reject", "不予立案", "Reject"
    MERGE = "merge", "并案", "Merge"
    VOID = "void", "作废", "Void"
    ASK_MORE = "ask_more", "要求补充", "Ask for more"
    PROCEED = "proceed", "按现有证据受理", "Proceed"
    DISPATCH = "dispatch", "派遣", "Dispatch"
    ACCEPT = "accept", "签收", "Accept"
    HAND_BACK = "hand_back", "退回", "Hand back"
    ARBITRATE = "arbitrate", "裁定", "Arbitrate"
    SUBMIT = "submit", "提交处置结果", "Submit"
    PASS = "pass", "核查通过", "Pass"
    FAIL = "fail", "核查不通过", "Fail"
    REQUEST_EXTENSION = "request_extension", "申请延期", "Request extension"
    DECIDE_EXTENSION = "decide_extension", "审批延期", "Decide extension"
    SHELVE = "shelve", "挂账", "Shelve"
    RESUME = "resume", "恢复", "Resume"
    MAKE_SAFE = "make_safe", "已排险", "Made safe"
    ESCALATE = "escalate", "督办", "Escalate"
    REOPEN = "reopen", "重开", "Reopen"
    APPEAL = "appeal", "申诉", "Appeal"
    DECIDE_APPEAL = "decide_appeal", "申诉裁决", "Decide appeal"


class Decision(LabelledEnum):
    """The decision on a request of a unit 审批意见."""

    APPROVE = "approve", "同意", "Approve"
    REFUSE = "refuse", "不同意", "Refuse"


class ExtensionState(LabelledEnum):
    """The state of a request for more time 延期申请, which needs up to two approvals."""

    ASKED = "asked", "待一级审批", "Asked"
    ENDORSED = "endorsed", "待二级审批", "Endorsed once"


class AppealState(LabelledEnum):
    """The state of a unit's one appeal 申诉; the facts stay visible whatever is decided."""

    ASKED = "asked", "申诉中", "Asked"
    UPHELD = "upheld", "申诉成立", "Upheld"
    DISMISSED = "dismissed", "申诉不成立", "Dismissed"


class VisitKind(LabelledEnum):
    """The kind of a visit 现场复核; the two Chinese terms are often confused."""

    PRE_CHECK = "pre_check", "核实", "Check before filing"
    VERIFY = "verify", "核查", "Check after the repair"


class VisitState(LabelledEnum):
    """The state of a visit 现场复核 that an observer was asked for."""

    ASKED = "asked", "待现场查看", "Asked"
    DONE = "done", "已有结果", "Done"
    WITHDRAWN = "withdrawn", "已撤回", "Withdrawn"
    LAPSED = "lapsed", "已不需要", "No longer needed"


class SiteFinding(LabelledEnum):
    """The finding of a visit 现场复核结果."""

    CONFIRMED = "confirmed", "属实", "Confirmed"
    NOT_CONFIRMED = "not_confirmed", "不属实", "Not confirmed"
    CANNOT_TELL = "cannot_tell", "无法判断", "Cannot tell"


class Alarm(LabelledEnum):
    """The kind of an alarm of a case 提醒: something is due at a moment."""

    DUE_SOON = "due_soon", "即将超期", "Due soon"
    OVERDUE = "overdue", "已超期", "Overdue"
    ESCALATION = "escalation", "超期督办", "Escalation"
    MAKE_SAFE_DUE = "make_safe_due", "排险超时", "Not made safe in time"
    ANSWER_DUE = "answer_due", "补充未到", "No answer came"
    RESUMPTION = "resumption", "挂账到期", "Shelved until now"
    VISIT_OVERDUE = "visit_overdue", "现场复核超期", "Visit overdue"


class SystemEvent(LabelledEnum):
    """The kind of an event of a case that is not a person's move 办理过程."""

    OPENED = "opened", "上报", "Opened"
    EVIDENCE_SETTLED = "evidence_settled", "证据已齐", "Evidence settled"
    MOVE_PENDING = "move_pending", "已提交，照片待传", "Move pending its photos"
    MOVE_LAPSED = "move_lapsed", "提交未生效", "Pending move lapsed"
    WITHDRAWN = "withdrawn", "上报人撤回", "Withdrawn by the reporter"
    AMENDED = "amended", "上报人更正", "Amended by the reporter"
    PLACED = "placed", "确定属地", "Locality set"
    FILED_BY_RULE = "filed_by_rule", "自动立案", "Filed by rule"
    DISPATCHED_BY_RULE = "dispatched_by_rule", "自动派遣", "Dispatched by rule"
    CLOSED_BY_RULE = "closed_by_rule", "按规则结案", "Closed by rule"
    ESCALATED_BY_RULE = "escalated_by_rule", "超期自动督办", "Escalated by rule"
    RESUMED_BY_RULE = "resumed_by_rule", "到期自动恢复", "Resumed by rule"
    UNANSWERED = "unanswered", "补充超期未到", "No answer came"
    RECOMPUTED = "recomputed", "按新日历重算期限", "Deadline recomputed"
    TOOK_IN = "took_in", "并入他案", "Took another case in"
    MERGED_BY_RULE = "merged_by_rule", "并入附近案件", "Joined a case nearby"
    NOT_JOINED = "not_joined", "未并入附近案件", "Did not join a case nearby"
    VISIT_ASKED = "visit_asked", "请人现场复核", "Visit asked"
    VISIT_RECORDED = "visit_recorded", "现场复核结果", "Visit recorded"
    VISIT_WITHDRAWN = "visit_withdrawn", "撤回现场复核", "Visit withdrawn"


class Dated(LabelledEnum):
    """The date of a case 日期 that a list is filtered by."""

    OPENED = "opened", "上报日期", "Reported on"
    ENDED = "ended", "办结日期", "Ended on"
    DUE = "due", "时限日期", "Due on"


class ExportFormat(LabelledEnum):
    """The format of an export 导出格式."""

    CSV = "csv", "CSV 表格", "CSV"
    XLSX = "xlsx", "Excel 表格", "Excel"
    GEOJSON = "geojson", "GeoJSON 地图", "GeoJSON"


OPEN_STATES = frozenset(
    {
        TaskState.AWAITING_EVIDENCE,
        TaskState.REPORTED,
        TaskState.FILED,
        TaskState.DISPATCHED,
        TaskState.HANDED_BACK,
        TaskState.HANDLING,
        TaskState.VERIFYING,
        TaskState.REWORK,
        TaskState.SHELVED,
    }
)

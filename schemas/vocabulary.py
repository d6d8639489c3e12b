"""Every closed list of the product, each word with its Chinese and English label.

Imports the standard library only. The front end's contract (`web/shared/contract/vocabulary.ts`) is
generated from this module, so a word is spelled once for server, phone and desk.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Self


class LabelledEnum(StrEnum):
    """A word of the wire: its value, its 中文 label and its English label."""

    zh: str
    en: str

    def __new__(cls, value: str, zh: str = "", en: str = "") -> Self:
        """Keep the labels beside the value; looking a word up by its value needs none."""
        word = str.__new__(cls, value)
        word._value_ = value
        word.zh = zh
        word.en = en
        return word


class Role(LabelledEnum):
    """Who a person is to the product (DESIGN §8)."""

    OBSERVER = "observer", "文明观察员", "Observer"
    STEWARD = "steward", "文明劝导员", "Steward"
    VOLUNTEER = "volunteer", "网格志愿者", "Volunteer"
    HANDLER = "handler", "处置人员", "Handler"
    SUPERVISOR = "supervisor", "督查员", "Supervisor"
    ARBITER = "arbiter", "裁定员", "Arbiter"
    ADMIN = "admin", "系统管理员", "Administrator"


class ScopeLevel(LabelledEnum):
    """How far a person sees (DESIGN §8)."""

    CITY = "city", "全市", "City"
    DISTRICT = "district", "城区", "District"
    UNIT = "unit", "本单位", "Unit"
    SELF = "self", "本人", "Self"


class Campaign(LabelledEnum):
    """The five campaigns 五大专项行动: the top of the category tree."""

    PUBLIC_FACILITIES = "public_facilities", "公共设施补短板", "Public facilities"
    UNCIVIL_BEHAVIOUR = "uncivil_behaviour", "不文明行为整治", "Uncivil behaviour"
    FRONTAGE_DUTY = "frontage_duty", "门前三包", "Frontage duties"
    VOLUNTEER_GRID = "volunteer_grid", "志愿服务网格化", "Volunteer grid"
    APPLICATION_FILES = "application_files", "网申材料提升", "Application files"


class Severity(LabelledEnum):
    """How urgent a category is; the wire carries the digit."""

    DANGER = "1", "危险", "Danger"
    HIGH = "2", "较重", "High"
    NORMAL = "3", "一般", "Normal"
    LOW = "4", "轻微", "Low"


class LimitUnit(LabelledEnum):
    """What a category's limit is counted in (DOMAIN §5)."""

    CONTINUOUS_HOURS = "continuous_hours", "紧急工作时", "continuous hours"
    WORKING_HOURS = "working_hours", "工作时", "working hours"
    WORKING_DAYS = "working_days", "工作日", "working days"
    ON_THE_SPOT = "on_the_spot", "当场", "on the spot"


class RecordAs(LabelledEnum):
    """Whether a category opens a task or is counted as a persuasion."""

    TASK = "task", "立案处置", "Task"
    TALLY = "tally", "计数劝导", "Tally"
    TALLY_OR_TASK = "tally_or_task", "计数或立案", "Tally or task"


class Outcome(LabelledEnum):
    """What the observer already did on the spot."""

    OPEN = "open", "待处置", "Open"
    FIXED_ON_SPOT = "fixed_on_spot", "已当场整改", "Fixed on the spot"
    PERSUADED = "persuaded", "已现场劝导", "Persuaded"


class PlaceSource(LabelledEnum):
    """Where a position came from."""

    GNSS = "gnss", "卫星定位", "Satellite fix"
    NETWORK = "network", "网络定位", "Network fix"
    POINT = "point", "点位坐标", "Point's position"
    PIN = "pin", "手动选点", "Pin set by hand"
    NONE = "none", "无定位", "No position"


class ObservationState(LabelledEnum):
    """Whether a record is whole (I11)."""

    INCOMPLETE = "incomplete", "照片未齐", "Photos missing"
    COMPLETE = "complete", "完整", "Complete"
    QUARANTINED = "quarantined", "待人工核对", "Quarantined"
    WITHDRAWN = "withdrawn", "已撤回", "Withdrawn"


class PhotoRole(LabelledEnum):
    """What a photo shows (DESIGN §4)."""

    SCENE = "scene", "全景", "Scene"
    CLOSE = "close", "近景", "Close-up"
    BEFORE = "before", "整改前", "Before"
    AFTER = "after", "整改后", "After"
    DOCUMENT = "document", "材料", "Document"


class EvidencePiece(LabelledEnum):
    """What the evidence of a record or of a submission consists of 证据要素."""

    SCENE = "scene", "全景", "a wide view"
    CLOSE = "close", "近景", "a close-up"
    MARK = "mark", "权属标识、招牌或编号", "the owner's mark or number"
    BEFORE = "before", "整改前照片", "a photo from before"
    AFTER = "after", "整改后照片", "a photo from after"
    TAKEN_HERE = "taken_here", "现场拍摄(不是相册)的照片", "a photo taken here, not from the album"
    DOCUMENT = "document", "材料照片", "a photo of the document"
    NOTE = "note", "文字说明", "a note"
    MADE_KNOWN = "made_known", "“已电话报告、已围护”的说明", "a note: reported by phone, fenced off"


class PhotoSource(LabelledEnum):
    """How the photo came into the page."""

    SHUTTER = "shutter", "现场拍摄", "Shutter"
    INPUT = "input", "相册或系统相机", "File input"
    IMPORT = "import", "导入", "Import"


class PhotoState(LabelledEnum):
    """Transfer state of a photo (DESIGN §5)."""

    DECLARED = "declared", "未上传", "Declared"
    PARTIAL = "partial", "上传中", "Partly received"
    STORED = "stored", "已入库", "Stored"
    REJECTED = "rejected", "已拒收", "Rejected"


class DerivativeState(LabelledEnum):
    """State of the review copy and the thumbnail."""

    PENDING = "pending", "生成中", "Pending"
    READY = "ready", "可查看", "Ready"
    FAILED = "failed", "生成失败", "Failed"


class Derivative(LabelledEnum):
    """Which copy of a photo is asked for."""

    ORIGINAL = "original", "封存原件", "Sealed original"
    REVIEW = "review", "审阅件", "Review copy"
    THUMB = "thumb", "缩略图", "Thumbnail"


class TaskState(LabelledEnum):
    """Where a case stands between report and closure (DOMAIN §4)."""

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
    """One legal step of a task; the list on the wire (DESIGN §6)."""

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
    """What is said to something a unit asked for."""

    APPROVE = "approve", "同意", "Approve"
    REFUSE = "refuse", "不同意", "Refuse"


class ExtensionState(LabelledEnum):
    """Where a request for more time 延期申请 stands between its two approvals."""

    ASKED = "asked", "待一级审批", "Asked"
    ENDORSED = "endorsed", "待二级审批", "Endorsed once"


class AppealState(LabelledEnum):
    """What became of a unit's one appeal 申诉; the facts stay visible whatever is decided."""

    ASKED = "asked", "申诉中", "Asked"
    UPHELD = "upheld", "申诉成立", "Upheld"
    DISMISSED = "dismissed", "申诉不成立", "Dismissed"


class VisitKind(LabelledEnum):
    """What an observer is asked to look at on the spot; the two words are often swapped."""

    PRE_CHECK = "pre_check", "核实", "Check before filing"
    VERIFY = "verify", "核查", "Check after the repair"


class VisitState(LabelledEnum):
    """Where a visit 现场复核 stands that an observer was asked for."""

    ASKED = "asked", "待现场查看", "Asked"
    DONE = "done", "已有结果", "Done"
    WITHDRAWN = "withdrawn", "已撤回", "Withdrawn"
    LAPSED = "lapsed", "已不需要", "No longer needed"


class SiteFinding(LabelledEnum):
    """What an observer found on the spot."""

    CONFIRMED = "confirmed", "属实", "Confirmed"
    NOT_CONFIRMED = "not_confirmed", "不属实", "Not confirmed"
    CANNOT_TELL = "cannot_tell", "无法判断", "Cannot tell"


class Alarm(LabelledEnum):
    """A moment at which a case calls for somebody."""

    DUE_SOON = "due_soon", "即将超期", "Due soon"
    OVERDUE = "overdue", "已超期", "Overdue"
    ESCALATION = "escalation", "超期督办", "Escalation"
    MAKE_SAFE_DUE = "make_safe_due", "排险超时", "Not made safe in time"
    ANSWER_DUE = "answer_due", "补充未到", "No answer came"
    RESUMPTION = "resumption", "挂账到期", "Shelved until now"
    VISIT_OVERDUE = "visit_overdue", "现场复核超期", "Visit overdue"


class SystemEvent(LabelledEnum):
    """What a task event records beside a person's move: the system's own steps."""

    OPENED = "opened", "上报", "Opened"
    EVIDENCE_SETTLED = "evidence_settled", "证据已齐", "Evidence settled"
    MOVE_PENDING = "move_pending", "已提交,照片待传", "Move pending its photos"
    MOVE_LAPSED = "move_lapsed", "提交未生效", "Pending move lapsed"
    WITHDRAWN = "withdrawn", "上报人撤回", "Withdrawn by the reporter"
    AMENDED = "amended", "上报人更正", "Amended by the reporter"
    PLACED = "placed", "补充位置", "Placed"
    FILED_BY_RULE = "filed_by_rule", "自动立案", "Filed by rule"
    DISPATCHED_BY_RULE = "dispatched_by_rule", "自动派遣", "Dispatched by rule"
    CLOSED_BY_RULE = "closed_by_rule", "按规则结案", "Closed by rule"
    ESCALATED_BY_RULE = "escalated_by_rule", "超期自动督办", "Escalated by rule"
    RESUMED_BY_RULE = "resumed_by_rule", "到期自动恢复", "Resumed by rule"
    UNANSWERED = "unanswered", "补充逾期未到", "No answer came"
    RECOMPUTED = "recomputed", "按新日历重算期限", "Deadline recomputed"
    TOOK_IN = "took_in", "并入他案", "Took another case in"
    VISIT_ASKED = "visit_asked", "请人现场复核", "Visit asked"
    VISIT_RECORDED = "visit_recorded", "现场复核结果", "Visit recorded"
    VISIT_WITHDRAWN = "visit_withdrawn", "撤回现场复核", "Visit withdrawn"


class OpKind(LabelledEnum):
    """What a phone can ask for in a batch (DESIGN §4)."""

    OBSERVATION_CREATE = "observation.create", "上报问题", "New record"
    OBSERVATION_AMEND = "observation.amend", "更正", "Correction"
    OBSERVATION_WITHDRAW = "observation.withdraw", "撤回", "Withdrawal"
    TASK_MOVE = "task.move", "案件操作", "Move of a task"
    VISIT_RECORD = "visit.record", "现场复核", "Visit"


class OpStatus(LabelledEnum):
    """What became of an op."""

    ACCEPTED = "accepted", "已受理", "Accepted"
    DUPLICATE = "duplicate", "重复(已受理)", "Duplicate"
    CONFLICT = "conflict", "版本冲突", "Conflict"
    QUARANTINED = "quarantined", "待人工核对", "Quarantined"
    DEFERRED = "deferred", "稍后重试", "Deferred"


class MoveStatus(LabelledEnum):
    """What became of a move that was asked for."""

    APPLIED = "applied", "已生效", "Applied"
    PENDING = "pending", "照片待传", "Pending its photos"
    LAPSED = "lapsed", "未生效", "Lapsed"
    REFUSED = "refused", "已拒绝", "Refused"


class Collection(LabelledEnum):
    """What a phone pulls (DESIGN §4)."""

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


class QuarantineState(LabelledEnum):
    """Whether a person has looked at a quarantined item."""

    OPEN = "open", "待处理", "Open"
    RESOLVED = "resolved", "已处理", "Resolved"


class Register(LabelledEnum):
    """A list the office keeps 名册."""

    PEOPLE = "people", "人员", "People"
    UNITS = "units", "责任单位", "Units"
    POINTS = "points", "点位", "Points"
    SHOPS = "shops", "门店", "Shops"
    CATEGORIES = "categories", "问题类别", "Categories"
    PAIRINGS = "pairings", "包联", "Pairings"


class RegisterDeed(LabelledEnum):
    """What somebody did to an entry of a register."""

    CREATED = "created", "新增", "Created"
    CHANGED = "changed", "修改", "Changed"
    PASSWORD_RESET = "password_reset", "重设密码", "Password reset"
    SIGNED_OUT = "signed_out", "退出全部设备", "Signed out everywhere"


class ImportMode(LabelledEnum):
    """What an import does with the rows it could read 导入方式."""

    DRY_RUN = "dry_run", "只检查,不写入", "Look only"
    ALL_OR_NOTHING = "all_or_nothing", "全部正确才写入", "All rows or none"
    GOOD_ROWS = "good_rows", "只写入正确的行", "Only the good rows"


class UnitKind(LabelledEnum):
    """What a unit is to the campaign."""

    RESPONSIBLE = "responsible", "责任部门", "Department"
    STREET = "street", "街道(乡镇)", "Street office"
    PAIRING = "pairing", "包联单位", "Pairing unit"


class Rescued(LabelledEnum):
    """What became of one entry of a rescue zip 抢救包."""

    ACCEPTED = "accepted", "已补录", "Accepted"
    DUPLICATE = "duplicate", "此前已收到", "Known already"
    CONFLICT = "conflict", "版本冲突,已留存", "Conflict, kept"
    QUARANTINED = "quarantined", "已隔离,待核对", "In quarantine"
    DEFERRED = "deferred", "缺前一步,未导入", "Waits for an earlier step"
    STORED = "stored", "已入库", "Stored"
    REFUSED = "refused", "未导入", "Not imported"
    REJECTED = "rejected", "照片被拒收", "Photo refused"
    DAMAGED = "damaged", "已损坏", "Damaged"
    MISSING = "missing", "包内没有", "Not in the zip"
    UNAVAILABLE = "unavailable", "暂未导入", "Not now"


class ExportFormat(LabelledEnum):
    """What kind of file an export is 导出格式."""

    CSV = "csv", "CSV 表格", "CSV"
    XLSX = "xlsx", "Excel 表格", "Excel"
    GEOJSON = "geojson", "GeoJSON 地图", "GeoJSON"


class Measure(LabelledEnum):
    """A number of the board 工作台, and the list that stands behind it (DOMAIN §7)."""

    RECEIVED = "received", "收到", "Received"
    FILED = "filed", "立案", "Filed"
    REJECTED = "rejected", "不予立案", "Rejected"
    DUE = "due", "应结案", "Due"
    CLOSED = "closed", "已结案", "Closed"
    CLOSED_ON_TIME = "closed_on_time", "按期结案", "Closed on time"
    REWORK = "rework", "返工", "Rework"
    OPEN = "open", "在办", "Open"
    OVERDUE = "overdue", "已超期", "Overdue"
    DUE_SOON = "due_soon", "即将超期", "Due soon"
    UNASSIGNED = "unassigned", "待指派", "No unit found"
    UNPLACED = "unplaced", "未定位", "Not placed"


class Dated(LabelledEnum):
    """Which day of a case 日期 the days of a list are of."""

    OPENED = "opened", "上报日期", "Reported on"
    ENDED = "ended", "办结日期", "Ended on"
    DUE = "due", "时限日期", "Due on"


class TrendGroup(LabelledEnum):
    """What the trends 趋势 are divided by."""

    DISTRICT = "district", "城区", "District"
    UNIT = "unit", "责任单位", "Unit"
    CATEGORY = "category", "类别", "Category"


class NoticeKind(LabelledEnum):
    """Why a person is told something."""

    TASK_REJECTED = "task_rejected", "未予立案", "Rejected"
    TASK_VOID = "task_void", "已作废", "Void"
    TASK_CLOSED = "task_closed", "已结案", "Closed"
    TASK_DISPATCHED = "task_dispatched", "新派遣", "Dispatched"
    TASK_REWORK = "task_rework", "要求返工", "Rework"
    TASK_MERGED = "task_merged", "已并案", "Merged"
    MORE_ASKED = "more_asked", "请补充", "More is asked"
    EXTENSION_ASKED = "extension_asked", "申请延期", "Extension asked"
    EXTENSION_DECIDED = "extension_decided", "延期审批结果", "Extension decided"
    TASK_ESCALATED = "task_escalated", "督办", "Escalated"
    TASK_SHELVED = "task_shelved", "挂账", "Shelved"
    TASK_RESUMED = "task_resumed", "恢复处置", "Resumed"
    TASK_REOPENED = "task_reopened", "案件重开", "Reopened"
    HANDED_BACK = "handed_back", "单位退回", "Handed back"
    APPEALED = "appealed", "单位申诉", "Appealed"
    APPEAL_DECIDED = "appeal_decided", "申诉裁决", "Appeal decided"
    DUE_SOON = "due_soon", "即将超期", "Due soon"
    OVERDUE = "overdue", "已超期", "Overdue"
    MOVE_LAPSED = "move_lapsed", "提交未生效", "Pending move lapsed"
    QUARANTINED = "quarantined", "记录待核对", "Quarantined"
    PHOTO_REJECTED = "photo_rejected", "照片被拒收", "Photo rejected"
    VISIT_ASKED = "visit_asked", "请到现场复核", "Visit asked"
    VISIT_DONE = "visit_done", "现场复核结果", "Visit done"
    VISIT_WITHDRAWN = "visit_withdrawn", "不必去现场", "Visit withdrawn"
    VISIT_OVERDUE = "visit_overdue", "现场复核超期", "Visit overdue"


class ChannelKind(LabelledEnum):
    """How notices leave the house 通知渠道."""

    EMAIL = "email", "电子邮件", "E-mail"
    DINGTALK = "dingtalk", "钉钉群机器人", "DingTalk robot"
    WECOM = "wecom", "企业微信群机器人", "WeCom robot"


class DeliveryState(LabelledEnum):
    """What became of one notice on one channel."""

    WAITING = "waiting", "待发送", "Waiting"
    DELIVERED = "delivered", "已送达", "Delivered"
    GIVEN_UP = "given_up", "已放弃", "Given up"


class HintKind(LabelledEnum):
    """What makes a photo worth a second look 筛查提示; never a verdict."""

    BEFORE_AS_AFTER = "before_as_after", "整改前照片冒充整改后", "Before re-used as after"
    SAME_BYTES = "same_bytes", "同一文件", "Same file"
    SAME_EXPOSURE = "same_exposure", "同一次拍摄", "Same exposure"
    EDITED = "edited", "修图软件痕迹", "Editing software"
    TAKEN_EARLY = "taken_early", "拍摄时间过早", "Taken too early"
    FAR_FROM_BEFORE = "far_from_before", "距问题位置过远", "Far from the problem"
    FAR_FROM_POINT = "far_from_point", "距点位过远", "Far from the point"
    OUTSIDE_DISTRICT = "outside_district", "不在所属城区", "Outside the district"
    POOR_ACCURACY = "poor_accuracy", "定位不准", "Poor accuracy"
    CLOCK_OFF = "clock_off", "手机时钟不准", "Clock is off"
    NOT_SHUTTER = "not_shutter", "非现场拍摄", "Not taken in the app"
    BLURRED = "blurred", "照片模糊", "Blurred"
    DARK = "dark", "照片过暗", "Dark"


class HintLevel(LabelledEnum):
    """How much a hint weighs 提示程度."""

    DANGER = "danger", "重点核对", "Check first"
    WARNING = "warning", "需留意", "Look twice"
    INFO = "info", "供参考", "For information"


class StrokeKind(LabelledEnum):
    """How a line of an annotation 圈注 is drawn."""

    PEN = "pen", "画笔", "Pen"
    ELLIPSE = "ellipse", "圆圈", "Circle"
    ARROW = "arrow", "箭头", "Arrow"


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
REPORTER_ROLES = frozenset({Role.OBSERVER, Role.STEWARD, Role.VOLUNTEER})

MOVE_REASONS: dict[Move, tuple[tuple[str, str, str], ...]] = {
    Move.REJECT: (
        ("not_a_problem", "不属于问题", "Not a problem"),
        ("duplicate", "重复上报", "Duplicate report"),
        ("unclear_evidence", "照片看不清", "Evidence unclear"),
        ("out_of_scope", "不在测评范围", "Out of scope"),
        ("light_soiling", "轻微污渍不采集", "Light soiling is not collected"),
    ),
    Move.VOID: (
        ("test_record", "测试记录", "Test record"),
        ("entered_by_mistake", "误操作", "Entered by mistake"),
        ("privacy", "涉及隐私", "Privacy"),
    ),
    Move.PROCEED: (
        ("photos_lost", "照片已无法补传", "Photos cannot be sent any more"),
        ("urgent", "情况紧急", "Urgent"),
    ),
    Move.HAND_BACK: (
        ("not_ours", "不属本单位职责", "Not our duty"),
        ("place_wrong", "位置不符", "Wrong place"),
        ("already_fixed", "现场已无此问题", "Already fixed"),
        ("needs_more", "信息不足", "Not enough information"),
    ),
    Move.ASK_MORE: (
        ("wider_view", "请补拍带参照物的全景", "A wider view with a landmark"),
        ("closer_view", "请补拍清晰的近景", "A clear close-up"),
        ("which_owner", "请拍清权属标识或编号", "The owner's mark or number"),
        ("where_exactly", "请说明具体位置", "Where exactly"),
    ),
    Move.ARBITRATE: (
        ("by_duty", "按职责清单裁定", "By the list of duties"),
        ("by_place", "按属地裁定", "By the place"),
        ("by_owner", "按权属裁定", "By the owner"),
    ),
    Move.REQUEST_EXTENSION: (
        ("weather", "天气原因", "Weather"),
        ("materials", "待材料或设备", "Waiting for materials"),
        ("other_works", "需与其他工程衔接", "Depends on other works"),
        ("funds", "待资金批复", "Waiting for funds"),
    ),
    Move.SHELVE: (
        ("major_works", "须立项改造", "Needs a project"),
        ("season", "受季节限制", "Season"),
        ("dispute", "权属有争议", "Ownership disputed"),
    ),
    Move.ESCALATE: (
        ("overdue", "超期未办结", "Overdue"),
        ("leader", "领导批示", "A leader's order"),
        ("key_case", "重点案件", "Key case"),
    ),
    Move.REOPEN: (
        ("came_back", "问题反弹", "The problem came back"),
        ("never_fixed", "实际未整改", "It was never fixed"),
        ("false_photo", "整改照片不实", "The after-photo was false"),
    ),
    Move.APPEAL: (
        ("not_ours", "不属本单位职责", "Not our duty"),
        ("was_in_time", "已按期整改", "Was done in time"),
        ("beyond_control", "不可抗力", "Beyond our control"),
    ),
    Move.FAIL: (
        ("not_fixed", "问题仍在", "Not fixed"),
        ("partly_fixed", "整改不彻底", "Partly fixed"),
        ("wrong_place", "照片非同一地点", "Another place"),
        ("reused_photo", "疑似使用旧照", "Re-used photo"),
        ("unclear_photo", "照片看不清", "Photo unclear"),
    ),
}

# What the events of a visit name as their reason: what is checked, and what was found there.
VISIT_REASONS: dict[str, tuple[str, str]] = {
    "pre_check": ("核实(立案前)", "Before filing"),
    "pre_check_confirmed": ("核实:问题属实", "The problem is there"),
    "pre_check_not_confirmed": ("核实:未见此问题", "No such problem there"),
    "pre_check_cannot_tell": ("核实:无法判断", "Cannot tell"),
    "verify": ("核查(处置后)", "After the repair"),
    "verify_confirmed": ("核查:已整改到位", "It is fixed"),
    "verify_not_confirmed": ("核查:问题仍在", "It is not fixed"),
    "verify_cannot_tell": ("核查:无法判断", "Cannot tell"),
}

# 圈注: the verdicts with which a reviewer may draw over a photo what is meant.
ANNOTATED_MOVES = frozenset({Move.PASS, Move.FAIL, Move.REJECT, Move.ASK_MORE})

REASON_LABELS = {code: zh for reasons in MOVE_REASONS.values() for code, zh, _ in reasons} | {
    code: zh for code, (zh, _) in VISIT_REASONS.items()
}

ALL_WORDS: tuple[type[LabelledEnum], ...] = (
    Role,
    ScopeLevel,
    Campaign,
    Severity,
    LimitUnit,
    RecordAs,
    Outcome,
    PlaceSource,
    ObservationState,
    PhotoRole,
    EvidencePiece,
    PhotoSource,
    PhotoState,
    DerivativeState,
    Derivative,
    TaskState,
    Move,
    Decision,
    ExtensionState,
    AppealState,
    VisitKind,
    VisitState,
    SiteFinding,
    Alarm,
    SystemEvent,
    OpKind,
    OpStatus,
    MoveStatus,
    Collection,
    QuarantineState,
    Register,
    RegisterDeed,
    ImportMode,
    UnitKind,
    Rescued,
    Measure,
    Dated,
    TrendGroup,
    ExportFormat,
    NoticeKind,
    ChannelKind,
    DeliveryState,
    HintKind,
    HintLevel,
    StrokeKind,
)

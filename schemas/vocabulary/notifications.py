"""Notices 通知 and the channels that deliver them."""

from __future__ import annotations

from schemas.vocabulary.labels import LabelledEnum


class NoticeKind(LabelledEnum):
    """The kind of a notice 通知类型."""

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
    """The kind of a channel that carries notices outside the product 通知渠道."""

    EMAIL = "email", "电子邮件", "E-mail"
    DINGTALK = "dingtalk", "钉钉群机器人", "DingTalk robot"
    WECOM = "wecom", "企业微信群机器人", "WeCom robot"


class DeliveryState(LabelledEnum):
    """The state of the delivery of one notice by one channel 投递状态."""

    WAITING = "waiting", "待发送", "Waiting"
    DELIVERED = "delivered", "已送达", "Delivered"
    GIVEN_UP = "given_up", "已放弃", "Given up"

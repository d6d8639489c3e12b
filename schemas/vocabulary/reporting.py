"""Measures of the board 工作台 and groups of the trends 趋势."""

from __future__ import annotations

from schemas.vocabulary.labels import LabelledEnum


class Measure(LabelledEnum):
    """A number of the board 工作台; a list can be filtered by it (DOMAIN §7)."""

    RECEIVED = "received", "收到", "Received"
    FILED = "filed", "立案", "Filed"
    REJECTED = "rejected", "不予立案", "Rejected"
    DUE = "due", "应结案", "Due"
    CLOSED = "closed", "已结案", "Closed"
    CLOSED_ON_TIME = "closed_on_time", "按期结案", "Closed on time"
    REWORK = "rework", "曾返工", "Ever reworked"
    OPEN = "open", "在办", "Open"
    OVERDUE = "overdue", "已超期", "Overdue"
    DUE_SOON = "due_soon", "即将超期", "Due soon"
    UNASSIGNED = "unassigned", "待指派", "No unit found"
    UNPLACED = "unplaced", "未定位", "Not placed"
    LOCALITY_UNDECIDED = "locality_undecided", "属地未定", "Locality undecided"
    EXTENSION_PENDING = "extension_pending", "延期申请待审批", "Extensions"
    APPEAL_PENDING = "appeal_pending", "申诉待处理", "Appeals"


class TrendGroup(LabelledEnum):
    """The grouping of the trends 趋势."""

    DISTRICT = "district", "城区", "District"
    UNIT = "unit", "责任单位", "Unit"
    CATEGORY = "category", "类别", "Category"

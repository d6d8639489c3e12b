"""Who a person is, and how far a person sees."""

from __future__ import annotations

from schemas.vocabulary.labels import LabelledEnum


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


REPORTER_ROLES = frozenset({Role.OBSERVER, Role.STEWARD, Role.VOLUNTEER})

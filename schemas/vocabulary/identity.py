"""Roles 角色 and scopes 权限范围 of people."""

from __future__ import annotations

from schemas.vocabulary.labels import LabelledEnum


class Role(LabelledEnum):
    """The role of a person 角色 (DESIGN §8)."""

    OBSERVER = "observer", "文明观察员", "Observer"
    STEWARD = "steward", "文明劝导员", "Steward"
    VOLUNTEER = "volunteer", "网格志愿者", "Volunteer"
    HANDLER = "handler", "处置人员", "Handler"
    SUPERVISOR = "supervisor", "督查员", "Supervisor"
    ARBITER = "arbiter", "裁定员", "Arbiter"
    ADMIN = "admin", "系统管理员", "Administrator"


class ScopeLevel(LabelledEnum):
    """The scope of a person 权限范围 (DESIGN §8)."""

    CITY = "city", "全市", "City"
    DISTRICT = "district", "城区", "District"
    UNIT = "unit", "本单位", "Unit"
    SELF = "self", "本人", "Self"


REPORTER_ROLES = frozenset({Role.OBSERVER, Role.STEWARD, Role.VOLUNTEER})

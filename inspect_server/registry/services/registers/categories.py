"""The register of categories 小类: its rules."""

from __future__ import annotations

import re

import sqlalchemy as sa
from sqlalchemy.orm import Session

from inspect_server.core.sentences import sentence
from inspect_server.models import Category
from inspect_server.registry.services.registers.shape import (
    CheckContext,
    Refusal,
    RegisterSpec,
    Values,
    entry_values,
)
from schemas.register_entries import CategoryEntry
from schemas.vocabulary import Campaign, Collection, Register

CAMPAIGN_CODES = {
    "GG": Campaign.PUBLIC_FACILITIES,
    "BW": Campaign.UNCIVIL_BEHAVIOUR,
    "MQ": Campaign.FRONTAGE_DUTY,
    "ZY": Campaign.VOLUNTEER_GRID,
    "WS": Campaign.APPLICATION_FILES,
}
_CATEGORY_CODE = re.compile(r"\A[A-Z]{2}[0-9]{4}\Z")


def _check(_context: CheckContext, entry: CategoryEntry) -> tuple[Values, list[Refusal]]:
    return entry_values(entry), []


def _check_key(code: str, entry: CategoryEntry) -> list[Refusal]:
    """Check that a code begins with the two letters of its campaign 专项行动."""
    if not _CATEGORY_CODE.match(code) or code[:2] not in CAMPAIGN_CODES:
        return [Refusal("code", sentence("编码应为专项行动的两个字母加四位数字，如 GG0199"))]
    campaign = CAMPAIGN_CODES[code[:2]]
    if campaign is not entry.campaign:
        detail = sentence(
            "{letters} 开头的类别属于“{campaign}”", letters=code[:2], campaign=campaign.zh
        )
        return [Refusal("campaign", detail)]
    return []


def _first_columns(session: Session) -> Values:
    """Return the position of a new category: the last."""
    return {"position": 1 + (session.scalar(sa.select(sa.func.max(Category.position))) or 0)}


CATEGORIES = RegisterSpec(
    Register.CATEGORIES,
    Category,
    CategoryEntry,
    _check,
    key="code",
    collection=Collection.CATEGORIES,
    check_key=_check_key,
    first_columns=_first_columns,
)

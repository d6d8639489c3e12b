"""Classifying 归类: the category that a supervisor gives a case when it is filed 立案.

A record may be saved as 待归类 by who does not know its category. Services never commit.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from inspect_server.core.problems import CategoryMissing, Invalid
from inspect_server.core.sentences import sentence
from inspect_server.models import Observation, Task
from inspect_server.registry.reference import Reference
from inspect_server.tasks.rules.flow import Need, Step
from inspect_server.tasks.services import opening
from schemas.tasks import MoveRequest


def check(reference: Reference, task: Task, step: Step, request: MoveRequest) -> None:
    """Check the category of a request against its step. Raises `CategoryMissing`, `Invalid`."""
    if request.category is None:
        if Need.CATEGORY in step.needs and reference.categories[task.category_code].unsorted:
            raise CategoryMissing(sentence("上报人没有选定类别；请先选择类别，再办理这一步。"))
        return
    category = reference.categories.get(request.category)
    if Need.CATEGORY not in step.needs:
        detail = sentence("这一步不改类别")
    elif category is None or not category.active:
        detail = sentence("没有这个类别，或已停用")
    elif category.unsorted:
        detail = sentence("请选择具体的类别，不能是待归类")
    else:
        return
    raise Invalid(errors=[{"pointer": "/category", "detail": detail}])


def classify(
    session: Session, reference: Reference, task: Task, request: MoveRequest, now: datetime
) -> dict[str, Any]:
    """Give a case the requested category with its campaign, severity and unit, and its record too.

    Returns the change for the history. A severity that the reporter stated stays.
    """
    before = reference.categories[task.category_code]
    after = reference.categories[request.category or ""]
    observation = session.get_one(Observation, task.observation_id)
    severity = observation.data.get("severity") or after.severity
    observation.category_code = task.category_code = after.code
    observation.severity = task.severity = severity
    task.campaign = after.campaign
    opening.route(task, reference, now)
    return {
        "from": before.code,
        "from_name": before.name_zh,
        "to": after.code,
        "to_name": after.name_zh,
    }

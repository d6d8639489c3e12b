"""Founds a real city 真实城市: its rules, its districts and one administrator, nothing of 演示."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from inspect_server.core import server_state
from inspect_server.models import District, Person, Unit
from inspect_server.operations import administrators, starter
from inspect_server.operations.districts_file import DistrictPlan
from schemas.vocabulary import Installation

# The city whose districts, streets and communities are part of the starter data.
STARTER_CITIES = ("十堰", "十堰市")
DEFAULT_CITY = "十堰市"


class CityExists(Exception):
    """The home holds an installation already; the text says which and what to do."""


@dataclass(frozen=True, slots=True)
class CityPlan:
    """What `init` makes; without districts it takes those of the starter data."""

    city_name: str
    districts: Sequence[DistrictPlan] | None
    admin_name: str
    admin_login: str


def found(session: Session, plan: CityPlan, now: datetime) -> str:
    """Make the city in an empty database; return the administrator's one-time password.

    Raises `CityExists`, `AdministratorWrong`. The caller commits: all of it, or nothing.
    """
    refuse_existing(session)
    server_state.declare_installation(session, Installation.CITY, plan.city_name)
    starter.load_rules(session, now)
    if plan.districts is None:
        starter.load_places(session)
    else:
        session.add_all(
            District(
                code=district.code,
                name=district.name,
                approximate=False,
                position=position,
                outline=district.outline,
            )
            for position, district in enumerate(plan.districts, start=1)
        )
    return administrators.create(session, plan.admin_name, plan.admin_login, now)


def refuse_existing(session: Session) -> None:
    """Raise `CityExists` where there is a city, a demonstration, or rows of another kind."""
    match server_state.installation(session):
        case Installation.CITY:
            raise CityExists(
                "这里已经有一座城市。直接 inspect-server up 启动；"
                "忘了密码用 inspect-server admin reset；"
                "另建一座请用 INSPECT_HOME 换一个文件夹 (this home already holds a city)"
            )
        case Installation.DEMO:
            raise CityExists(
                "这里是演示。要在原地转为真实城市，用 inspect-server demo --clear；"
                "另建一座请用 INSPECT_HOME 换一个文件夹 (this home holds a demonstration)"
            )
        case None:
            for model in (Person, Unit, District):
                if session.scalar(sa.select(sa.exists().select_from(model))):
                    raise CityExists(
                        "数据库里已有数据，不能当作空的来初始化；"
                        "请换一个空的数据库或文件夹 (the database is not empty)"
                    )

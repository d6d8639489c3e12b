"""Places 地点: districts, streets, communities, points, shops, and who answers for them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, validates

from inspect_server.models.base import Base, Document, Instant, one_of
from inspect_server.models.sort_keys import SortKey, key_default, name_key
from schemas.vocabulary import Datum, LocalityLevel


class District(Base):
    """A scoring district 城区: an outline and its streets, not a county of the administration."""

    __tablename__ = "district"

    code: Mapped[str] = mapped_column(sa.String(16), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(64))
    approximate: Mapped[bool] = mapped_column(default=False)
    position: Mapped[int] = mapped_column(default=0)
    outline: Mapped[dict[str, Any]] = mapped_column(Document)


class Street(Base):
    """A street office, town or township 街道/镇/乡, and the scoring district it counts for."""

    __tablename__ = "street"

    code: Mapped[str] = mapped_column(sa.String(16), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(64))
    kind: Mapped[str] = mapped_column(sa.String(16))
    district_code: Mapped[str] = mapped_column(sa.ForeignKey("district.code"), index=True)


class Community(Base):
    """A community or village 社区/村."""

    __tablename__ = "community"

    code: Mapped[str] = mapped_column(sa.String(16), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(64))
    street_code: Mapped[str] = mapped_column(sa.ForeignKey("street.code"), index=True)


class LocalityOutline(Base):
    """The outline 界线 of a street or of a community, as the office imported it."""

    __tablename__ = "locality_outline"
    __table_args__ = (
        sa.CheckConstraint(
            "(street_code IS NULL) <> (community_code IS NULL)", name="one_locality"
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    street_code: Mapped[str | None] = mapped_column(sa.ForeignKey("street.code"), unique=True)
    community_code: Mapped[str | None] = mapped_column(sa.ForeignKey("community.code"), unique=True)
    # Polygon or MultiPolygon as WKB in WGS-84: read anew at each edit of the reference data.
    geometry: Mapped[bytes] = mapped_column(sa.LargeBinary)
    # The datum that the file was in.
    datum: Mapped[Datum] = mapped_column(one_of(Datum))
    file_name: Mapped[str] = mapped_column(sa.String(200), default="")
    imported_at: Mapped[datetime] = mapped_column(Instant)
    # None: by the command at the machine.
    imported_by_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("person.id"))

    @property
    def locality(self) -> tuple[LocalityLevel, str]:
        """The level and the code of what it encloses."""
        if self.street_code is not None:
            return LocalityLevel.STREET, self.street_code
        return LocalityLevel.COMMUNITY, self.community_code or ""


class Unit(Base):
    """A responsible or pairing unit 责任单位/包联单位."""

    __tablename__ = "unit"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(sa.String(32), unique=True)
    name: Mapped[str] = mapped_column(sa.String(64))
    # The name by pinyin, by which lists are ordered; written whenever the name is.
    name_key: Mapped[str] = mapped_column(SortKey, default=key_default(name_key), server_default="")
    kind: Mapped[str] = mapped_column(sa.String(16))
    district_code: Mapped[str | None] = mapped_column(sa.ForeignKey("district.code"))
    demo: Mapped[bool] = mapped_column(default=False)
    # A disabled 停用 entry remains for the records that refer to it.
    active: Mapped[bool] = mapped_column(default=True, server_default=sa.true())
    version: Mapped[int] = mapped_column(default=1)

    @validates("name")
    def _spell(self, _name: str, value: str) -> str:
        self.name_key = name_key(value)
        return value


class Point(Base):
    """A point 点位 of an on-site standard: a market, a bus stop, a community office."""

    __tablename__ = "point"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(sa.String(32), unique=True)
    name: Mapped[str] = mapped_column(sa.String(64))
    type: Mapped[str] = mapped_column(sa.String(32))
    district_code: Mapped[str] = mapped_column(sa.ForeignKey("district.code"), index=True)
    street_code: Mapped[str | None] = mapped_column(sa.ForeignKey("street.code"))
    community_code: Mapped[str | None] = mapped_column(sa.ForeignKey("community.code"))
    lon: Mapped[float]
    lat: Mapped[float]
    address: Mapped[str | None] = mapped_column(sa.String(200))
    demo: Mapped[bool] = mapped_column(default=False)
    # A disabled 停用 entry remains for the records that refer to it.
    active: Mapped[bool] = mapped_column(default=True, server_default=sa.true())
    version: Mapped[int] = mapped_column(default=1)


class Shop(Base):
    """A shop with its duty plate 门前三包责任牌."""

    __tablename__ = "shop"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    plate_code: Mapped[str] = mapped_column(sa.String(32), unique=True)
    name: Mapped[str] = mapped_column(sa.String(64))
    point_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("point.id"))
    unit_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("unit.id"))
    lon: Mapped[float]
    lat: Mapped[float]
    address: Mapped[str | None] = mapped_column(sa.String(200))
    duties: Mapped[list[str]] = mapped_column(Document)
    demo: Mapped[bool] = mapped_column(default=False)
    # A disabled 停用 entry remains for the records that refer to it.
    active: Mapped[bool] = mapped_column(default=True, server_default=sa.true())
    version: Mapped[int] = mapped_column(default=1)


class Pairing(Base):
    """A pairing 包联: the unit that supports a place, and from when to when."""

    __tablename__ = "pairing"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    unit_id: Mapped[UUID] = mapped_column(sa.ForeignKey("unit.id"), index=True)
    point_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("point.id"))
    community_code: Mapped[str | None] = mapped_column(sa.ForeignKey("community.code"))
    street_code: Mapped[str | None] = mapped_column(sa.ForeignKey("street.code"))
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1, server_default="1")


class RoutingRule(Base):
    """A routing rule 派遣规则: which unit gets a category at a place; the most specific wins."""

    __tablename__ = "routing_rule"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    # A whole code (MQ0201) or its beginning (MQ02, MQ); empty matches every category.
    category_prefix: Mapped[str] = mapped_column(sa.String(16), default="")
    district_code: Mapped[str | None] = mapped_column(sa.ForeignKey("district.code"))
    street_code: Mapped[str | None] = mapped_column(sa.ForeignKey("street.code"))
    community_code: Mapped[str | None] = mapped_column(sa.ForeignKey("community.code"))
    point_type: Mapped[str | None] = mapped_column(sa.String(32))
    point_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("point.id"))
    # None routes the task to the unit of the shop 门店 where it was reported.
    unit_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("unit.id"))
    pairing_unit_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("unit.id"))
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    note: Mapped[str | None] = mapped_column(sa.String(200))

"""Places on the wire: a position with its accuracy and source, and the register of places."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from marshmallow import Schema, fields

from schemas.fields import EnumField, Form, Moment
from schemas.vocabulary import (
    Campaign,
    LandmarkKind,
    LimitUnit,
    PlaceSource,
    RecordAs,
)


@dataclass(frozen=True, slots=True)
class Place:
    """A position 位置: WGS-84 degrees, accuracy in metres, and how and when it was fixed."""

    lon: float | None = None
    lat: float | None = None
    accuracy_m: float | None = None
    source: PlaceSource = PlaceSource.NONE
    fixed_at: datetime | None = None


class PlaceSchema(Form):
    """See `Place`; whether it lies on earth is the service's question."""

    shape = Place

    lon = fields.Float(allow_none=True)
    lat = fields.Float(allow_none=True)
    accuracy_m = fields.Float(allow_none=True)
    source = EnumField(PlaceSource)
    fixed_at = Moment(allow_none=True)


class MeasuredPlaceSchema(Schema):
    """What a phone had measured, beside a place that was set by hand; `distance_m` apart."""

    lon = fields.Float()
    lat = fields.Float()
    accuracy_m = fields.Float(allow_none=True)
    source = EnumField(PlaceSource)
    distance_m = fields.Float()


class NamedSchema(Schema):
    """A thing by its id and name."""

    id = fields.String()
    name = fields.String()


class NearestSchema(Schema):
    """The nearest point or shop 最近地点 when a record was located, and its distance in metres."""

    kind = EnumField(LandmarkKind)
    id = fields.String()
    name = fields.String()
    distance_m = fields.Float()


class PointSchema(Schema):
    """A point 点位."""

    id = fields.UUID()
    code = fields.String()
    name = fields.String()
    type = fields.String()
    district = fields.String()
    street = fields.String(allow_none=True)
    community = fields.String(allow_none=True)
    street_name = fields.String(allow_none=True)
    community_name = fields.String(allow_none=True)
    lon = fields.Float()
    lat = fields.Float()
    address = fields.String(allow_none=True)
    demo = fields.Boolean()


class ShopSchema(Schema):
    """A shop and its duty plate 门前三包责任牌."""

    id = fields.UUID()
    plate_code = fields.String()
    name = fields.String()
    point_id = fields.UUID(allow_none=True)
    unit_id = fields.UUID(allow_none=True)
    lon = fields.Float()
    lat = fields.Float()
    address = fields.String(allow_none=True)
    duties = fields.List(fields.String())
    demo = fields.Boolean()


class UnitSchema(Schema):
    """A responsible or pairing unit 责任单位/包联单位."""

    id = fields.UUID()
    code = fields.String()
    name = fields.String()
    kind = fields.String()
    district = fields.String(allow_none=True)
    demo = fields.Boolean()


class DistrictSchema(Schema):
    """A scoring district 城区."""

    code = fields.String()
    name = fields.String()
    approximate = fields.Boolean()


class StreetSchema(Schema):
    """A street office, town or township 街道/镇/乡."""

    code = fields.String()
    name = fields.String()
    district = fields.String(attribute="district_code")


class CommunitySchema(Schema):
    """A community or village 社区/村."""

    code = fields.String()
    name = fields.String()
    street = fields.String(attribute="street_code")


class CategorySchema(Schema):
    """A minor category 小类."""

    code = fields.String()
    campaign = EnumField(Campaign)
    name_zh = fields.String()
    name_en = fields.String()
    initials = fields.String()
    synonyms = fields.String(allow_none=True)
    pinyin = fields.String()
    gb_reference = fields.String(allow_none=True)
    severity = fields.Integer()
    limit_value = fields.Float()
    limit_unit = EnumField(LimitUnit)
    make_safe_hours = fields.Integer(allow_none=True)
    record_as = EnumField(RecordAs)
    evidence_open = fields.String()
    evidence_close = fields.String()
    limit_note = fields.String(allow_none=True)
    active = fields.Boolean()
    unsorted = fields.Boolean(
        metadata={"description": "待归类: a supervisor chooses the category when filing"}
    )


class CalendarDaySchema(Schema):
    """A day that breaks the Monday-to-Friday rule."""

    day = fields.Date()
    working = fields.Boolean()
    name = fields.String(allow_none=True)


class PairingSchema(Schema):
    """A unit beside a place 包联."""

    id = fields.UUID()
    unit = fields.Nested(NamedSchema)
    point_id = fields.UUID(allow_none=True)
    community = fields.String(allow_none=True)
    street = fields.String(allow_none=True)
    place_name = fields.String()
    starts_on = fields.Date()
    ends_on = fields.Date(allow_none=True)


class TiandituSchema(Schema):
    """Where the tiles of the base map 天地图 are, and the key they are asked by."""

    url = fields.String()
    key = fields.String()


class StreetNameSchema(Schema):
    """The name of a street 街道, in the middle of its points."""

    code = fields.String()
    name = fields.String()
    lon = fields.Float()
    lat = fields.Float()


class RoadsOfDistrictSchema(Schema):
    """Which roads there are: a client that has a sheet of this digest has it whole."""

    district = fields.String()
    digest = fields.String()
    bytes = fields.Integer()


class RoadSchema(Schema):
    """A road 道路: rank 1 (main) to 4 (lane); `line` is a position and then the steps to the next
    ones, longitude before latitude, in hundred-thousandths of a degree.
    """

    name = fields.String(allow_none=True)
    rank = fields.Integer()
    # Written as it is stored: a sheet has some ten thousand numbers.
    line = fields.Raw(metadata={"type": "array", "items": {"type": "integer"}})


class RoadSheetSchema(Schema):
    """The roads of one district, and whom to name beside them."""

    district = fields.String()
    digest = fields.String()
    attribution = fields.String(allow_none=True)
    roads = fields.List(fields.Nested(RoadSchema))


class MapSchema(Schema):
    """What the map sketch is drawn from."""

    districts = fields.Dict()
    points = fields.List(fields.Nested(PointSchema))
    streets = fields.List(fields.Nested(StreetNameSchema))
    # Roads that the city has loaded, by district.
    roads = fields.List(fields.Nested(RoadsOfDistrictSchema))
    bounds = fields.List(fields.Float())
    tianditu = fields.Nested(TiandituSchema, allow_none=True)

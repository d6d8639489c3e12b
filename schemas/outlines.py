"""Outlines 界线 of districts, streets and communities on the wire: imported, and listed."""

from __future__ import annotations

from dataclasses import dataclass

from marshmallow import Schema, fields

from schemas.fields import EnumField, Form, Moment, text_field
from schemas.places import NamedSchema
from schemas.vocabulary import Datum, LocalityLevel


@dataclass(frozen=True, slots=True)
class OutlineImport:
    """How a file of outlines is imported.

    `add_names` makes streets and communities that the registers do not have yet; `dry_run` only
    reports what an import would do.
    """

    datum: Datum
    file: str = ""
    add_names: bool = False
    dry_run: bool = False


class OutlineImportSchema(Form):
    """See `OutlineImport`."""

    shape = OutlineImport

    datum = EnumField(
        Datum, required=True, metadata={"description": "in which the file's coordinates are"}
    )
    file = text_field(200, metadata={"description": "its name, for the list"})
    add_names = fields.Boolean()
    dry_run = fields.Boolean()


class PointCheckSchema(Schema):
    """A point that lies outside the outline of the street or community it carries."""

    point = fields.String()
    locality = fields.String()
    distance_m = fields.Float(metadata={"description": "how far outside"})


class OutlineReportSchema(Schema):
    """What an import did, or would do."""

    written = fields.Boolean()
    districts = fields.Integer()
    streets = fields.Integer()
    communities = fields.Integer()
    replaced = fields.Integer()
    added_streets = fields.List(fields.String())
    added_communities = fields.List(fields.String())
    points_inside = fields.Integer()
    points_outside = fields.List(fields.Nested(PointCheckSchema))


class OutlineSchema(Schema):
    """The outline of a district, street or community."""

    level = EnumField(LocalityLevel)
    code = fields.String()
    name = fields.String()
    # What it lies in; None of a district.
    within = fields.String(allow_none=True)
    corners = fields.Integer()
    square_km = fields.Float()
    approximate = fields.Boolean()
    # Unknown of a district's outline, which is part of the register.
    datum = EnumField(Datum, allow_none=True)
    file = fields.String(allow_none=True)
    imported_at = Moment(allow_none=True)
    imported_by = fields.Nested(NamedSchema, allow_none=True)


class OutlinesSchema(Schema):
    """All outlines, and the numbers of streets and communities that have none."""

    items = fields.List(fields.Nested(OutlineSchema))
    streets_without = fields.Integer()
    communities_without = fields.Integer()

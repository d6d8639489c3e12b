"""Registers on the wire 名册: entries as they are listed, their history, imports, sheets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from marshmallow import Schema, fields, validate

from schemas.fields import EnumField, Form, Moment, text_field
from schemas.pages import page_of
from schemas.people import PersonSchema
from schemas.places import (
    CategorySchema,
    NamedSchema,
    PairingSchema,
    PointSchema,
    ShopSchema,
    UnitSchema,
)
from schemas.vocabulary import ImportMode, Register, RegisterAction, Role


class Versioned(Schema):
    """What an admin needs beside an entry 版本、启用: its version, and whether it is in force."""

    # The name in the API description, which clients have generated their types from.
    component: ClassVar[str]

    version = fields.Integer()
    active = fields.Boolean()


class VersionedUnitSchema(UnitSchema, Versioned):
    """A unit with its version."""

    component = "KeptUnit"


class VersionedPointSchema(PointSchema, Versioned):
    """A point with its version."""

    component = "KeptPoint"


class VersionedShopSchema(ShopSchema, Versioned):
    """A shop with its version."""

    component = "KeptShop"


class VersionedCategorySchema(CategorySchema, Versioned):
    """A category with its version, and what happens to its cases by themselves."""

    component = "KeptCategory"

    auto_file = fields.Boolean()
    auto_dispatch = fields.Boolean()
    spot_check_percent = fields.Integer()


class VersionedPairingSchema(PairingSchema, Versioned):
    """A pairing with its version."""

    component = "KeptPairing"


class VersionedPersonSchema(PersonSchema, Versioned):
    """A person with number and version."""

    component = "KeptPerson"

    code = fields.String(allow_none=True)
    trusted = fields.Boolean()
    # Whether any device of this person ever signed in.
    signed_in = fields.Boolean()


@dataclass(frozen=True, slots=True)
class RegisterFilter:
    """Which entries of a register; a field a register does not have is passed over."""

    text: str | None = None
    active: bool | None = None
    district: str | None = None
    unit_id: UUID | None = None
    role: Role | None = None
    limit: int = 200
    cursor: str | None = None


class RegisterFilterSchema(Form):
    """See `RegisterFilter`."""

    shape = RegisterFilter

    text = text_field(64)
    active = fields.Boolean()
    district = text_field(16)
    unit_id = fields.UUID()
    role = EnumField(Role)
    limit = fields.Integer(validate=validate.Range(min=1, max=1000))
    # It holds the name of an entry, by which lists are ordered.
    cursor = text_field(1000)


class PasswordSchema(Schema):
    """A password just made; it is shown once and stored nowhere."""

    login = fields.String()
    password = fields.String()


@dataclass(frozen=True, slots=True)
class HistoryFilter:
    """Whose history to read, and where it goes on."""

    entry: str | None = None
    limit: int = 50
    cursor: str | None = None


class HistoryFilterSchema(Form):
    """See `HistoryFilter`."""

    shape = HistoryFilter

    entry = text_field(64)
    limit = fields.Integer(validate=validate.Range(min=1, max=200))
    cursor = text_field(200)


class RegisterChangeSchema(Schema):
    """Who changed what, and when 变更记录."""

    id = fields.Integer()
    register = EnumField(Register)
    entry = fields.Nested(NamedSchema)
    deed = EnumField(RegisterAction)
    fields_ = fields.Dict(data_key="fields", attribute="fields")
    by = fields.Nested(NamedSchema)
    at = Moment()
    import_id = fields.UUID(allow_none=True)


RegisterChangePageSchema = page_of(RegisterChangeSchema, "RegisterChange")


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """What to do with the rows that can be read."""

    mode: ImportMode = ImportMode.DRY_RUN


class ImportOptionsSchema(Form):
    """See `ImportOptions`."""

    shape = ImportOptions

    mode = EnumField(ImportMode)


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """Whether to send only the headings, as a template 模板."""

    template: bool = False


class ExportOptionsSchema(Form):
    """See `ExportOptions`."""

    shape = ExportOptions

    template = fields.Boolean()


@dataclass(frozen=True, slots=True)
class InviteMany:
    """Whom to invite at once: everybody in force whom all of these describe."""

    role: Role | None = None
    district: str | None = None
    unit_id: UUID | None = None
    ids: tuple[UUID, ...] | None = None
    # Only those whose phone never signed in.
    never_signed_in: bool = True
    sheet: bool = True
    # End older unused invitations at once, as when a printout was lost.
    end_older: bool = False


class InviteManySchema(Form):
    """See `InviteMany`; `sheet` false gives a table instead of pages with QR codes.

    Older unused invitations stay valid until the new one is used, or end at once: `end_older`.
    """

    shape = InviteMany

    role = EnumField(Role)
    district = text_field(16)
    unit_id = fields.UUID()
    ids = fields.List(fields.UUID(), validate=validate.Length(max=2000))
    never_signed_in = fields.Boolean()
    sheet = fields.Boolean()
    end_older = fields.Boolean()

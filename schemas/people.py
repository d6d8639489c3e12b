"""People on the wire 人员: signing in, and who somebody is."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from marshmallow import Schema, ValidationError, fields, validates_schema

from schemas.fields import EnumField, Form, Moment, text_field
from schemas.places import NamedSchema
from schemas.register_entries import Code
from schemas.vocabulary import Role, ScopeLevel


@dataclass(frozen=True, slots=True)
class DeviceName:
    """The device a session is bound to; its id was made there."""

    id: str
    name: str = ""


class DeviceNameSchema(Form):
    """See `DeviceName`."""

    shape = DeviceName

    id = text_field(64, shortest=1, required=True)
    name = text_field(120)


@dataclass(frozen=True, slots=True)
class SignIn:
    """A login with its password, or a one-time invitation."""

    device: DeviceName
    login: str | None = None
    password: str | None = None
    invitation: str | None = None
    cookie: bool = False


class SignInSchema(Form):
    """See `SignIn`; `cookie` is for the console."""

    shape = SignIn

    login = text_field(64)
    password = text_field(200)
    invitation = text_field(200)
    device = fields.Nested(DeviceNameSchema, required=True)
    cookie = fields.Boolean()

    @validates_schema
    def one_way_in(self, data: dict[str, object], **_: object) -> None:
        """Either login and password, or an invitation."""
        if "invitation" not in data and not ("login" in data and "password" in data):
            raise ValidationError("需要账号和密码，或邀请", "login")


@dataclass(frozen=True, slots=True)
class Refresh:
    """A refresh token to be exchanged."""

    refresh_token: str


class RefreshSchema(Form):
    """See `Refresh`."""

    shape = Refresh

    refresh_token = text_field(200, required=True)


class ScopeSchema(Schema):
    """How far a person sees."""

    level = EnumField(ScopeLevel)
    id = fields.String(allow_none=True)
    name = fields.String()


class PersonSchema(Schema):
    """A person as that person, or an admin, reads it."""

    id = fields.UUID()
    name = fields.String()
    login = fields.String(allow_none=True)
    role = EnumField(Role)
    scope = fields.Nested(ScopeSchema)
    unit = fields.Nested(NamedSchema, allow_none=True)
    district = fields.Dict(allow_none=True)
    demo = fields.Boolean()


class SessionSchema(Schema):
    """A session just begun or refreshed."""

    access_token = fields.String()
    expires_at = Moment()
    refresh_token = fields.String()
    refresh_expires_at = Moment()
    csrf_token = fields.String()
    # The password was a one-time one: until it is changed, every other call answers 403.
    must_change_password = fields.Boolean()
    person = fields.Nested(PersonSchema)


class MeSchema(Schema):
    """Who I am, on which device, and what time the server has."""

    person = fields.Nested(PersonSchema)
    device = fields.Nested(NamedSchema)
    csrf_token = fields.String(allow_none=True)
    must_change_password = fields.Boolean()
    has_password = fields.Boolean()
    server_now = Moment()
    epoch = fields.String()


@dataclass(frozen=True, slots=True)
class OwnPassword:
    """The new own password; `current` where there is one, `login` where there is none yet."""

    new: str
    current: str | None = None
    login: str | None = None


class OwnPasswordSchema(Form):
    """See `OwnPassword`."""

    shape = OwnPassword

    current = text_field(200)
    new = text_field(200, required=True)
    login = Code(64)


@dataclass(frozen=True, slots=True)
class Invite:
    """Whom to invite."""

    person_id: UUID


class InviteSchema(Form):
    """See `Invite`."""

    shape = Invite

    person_id = fields.UUID(required=True)


class InvitationSchema(Schema):
    """An invitation 邀请 as a link and as a QR code."""

    invitation = fields.String()
    url = fields.String()
    qr_svg = fields.String()
    expires_at = Moment()
    person = fields.Nested(PersonSchema)

"""The door of rescues 抢救导入: an admin brings in the zip of a phone that cannot sync."""

from __future__ import annotations

from typing import Any, BinaryIO, cast

from flask import current_app, request

from inspect_server.http.blueprint import Blueprint
from inspect_server.identity.auth import allow, me
from inspect_server.sync.services.rescue_import import RescueImport
from schemas.rescues import RescueAnswerSchema
from schemas.vocabulary import Role

bp = Blueprint("rescues", "抢救导入 Rescues", "/rescues")

# A browser names a zip in several ways: the bytes are looked at, not what they are called.
_ZIP = {
    "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    "required": True,
}


def rescue_import_service() -> RescueImport:
    """Return the desk of this app where zips are brought in."""
    return cast(RescueImport, current_app.extensions["rescue_import"])


@bp.post("")
@allow(Role.ADMIN)
@bp.doc(requestBody=_ZIP)
@bp.response(200, RescueAnswerSchema)
def bring_in() -> dict[str, Any]:
    """Bring in the zip a phone saved: each record and photo as if its phone had sent it."""
    return rescue_import_service().bring_in(
        me(), cast(BinaryIO, request.stream), request.content_length
    )

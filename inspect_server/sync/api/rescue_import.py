"""API of rescue imports 抢救导入: an admin imports the zip of a phone that cannot sync."""

from __future__ import annotations

from typing import Any, BinaryIO, cast

from flask import current_app, request

from inspect_server.http.blueprint import Blueprint
from inspect_server.identity.auth import allow, me
from inspect_server.sync.services.rescue_import import RescueImport
from schemas.rescues import RescueAnswerSchema
from schemas.vocabulary import Role

bp = Blueprint("rescues", "抢救导入 Rescues", "/rescues")

# Browsers send a zip under several content types, so the content is checked, not the type.
_ZIP = {
    "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    "required": True,
}


def rescue_import_service() -> RescueImport:
    """Return the rescue import service of this app."""
    return cast(RescueImport, current_app.extensions["rescue_import"])


@bp.post("")
@allow(Role.ADMIN)
@bp.doc(requestBody=_ZIP)
@bp.response(200, RescueAnswerSchema)
def import_zip() -> dict[str, Any]:
    """Import the zip a phone has saved: each record and photo as if the phone had sent it."""
    return rescue_import_service().import_zip(
        me(), cast(BinaryIO, request.stream), request.content_length
    )

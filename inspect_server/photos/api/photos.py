"""API of photos 照片: short-lived links to their copies, and the pictures behind the links."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, cast
from uuid import UUID

from flask import Blueprint as PlainBlueprint
from flask import current_app, redirect, request
from itsdangerous import BadSignature, SignatureExpired, URLSafeTimedSerializer

from inspect_server.core.database import db, transaction
from inspect_server.core.problems import LinkExpired, NotFound
from inspect_server.http.blueprint import Blueprint, now
from inspect_server.http.files import File, gives_file
from inspect_server.identity.auth import me, public, signed_in
from inspect_server.photos.queries import photos as photo_queries
from inspect_server.photos.services import photos
from media.store import ObjectStore
from schemas.fields import zulu
from schemas.photos import PhotoLinkSchema
from schemas.vocabulary import Derivative

bp = Blueprint("evidence", "上报与照片 Observations and photos")
media = PlainBlueprint("media", __name__)

LINK_SECONDS = 300


def store() -> ObjectStore:
    """Return the object store of this app."""
    return cast(ObjectStore, current_app.extensions["store"])


def signer() -> URLSafeTimedSerializer:
    """Return the signer of media links."""
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="media")


@bp.get("/photos/<uuid:photo_id>/<any(original,review,thumb):copy>")
@signed_in
@bp.response(302)
@bp.alt_response(200, schema=PhotoLinkSchema)
def show_photo(photo_id: UUID, copy: str) -> Any:
    """Return a short-lived link to a copy of a photo; viewing an original is logged 原件调阅."""
    derivative = Derivative(copy)
    stored = photo_queries.stored_copy(db.session(), me(), photo_id, derivative)
    db.session.rollback()
    moment = now()
    if derivative is Derivative.ORIGINAL and not stored.own:
        with transaction() as session:
            photos.log_access(session, photo_id, me().id, derivative, moment)
    url = link_to(stored.key, stored.mime)
    if request.accept_mimetypes.best == "application/json":
        expires_at = moment + timedelta(seconds=LINK_SECONDS)
        return {"url": url, "expires_at": zulu(expires_at), "copy": copy}, 200
    return redirect(url, 302)


def link_to(key: str, mime: str = "image/jpeg") -> str:
    """Return a link to an object that ends after `LINK_SECONDS`; the link is the permission."""
    if store().settings.public_url:
        return store().presign_get(key, LINK_SECONDS, mime)
    return f"/media/{signer().dumps([key, mime])}"


@media.get("/media/<signed>")
@public
@gives_file("image/*")
def read(signed: str) -> File:
    """Stream a photo from the object store; the signed link is the permission."""
    try:
        key, mime = signer().loads(signed, max_age=LINK_SECONDS)
    except SignatureExpired:
        raise LinkExpired() from None
    except BadSignature:
        raise NotFound() from None
    stored = store().open(key)

    def chunks() -> Iterator[bytes]:
        with stored:
            yield from stored

    return File(
        content=chunks(),
        mimetype=mime,
        inline=True,
        headers={
            "Content-Length": str(stored.facts.bytes),
            # The link is secret and expires soon; the bytes of a key never change.
            "Cache-Control": f"private, max-age={LINK_SECONDS}",
            "Content-Security-Policy": "default-src 'none'; sandbox",
        },
    )

"""API of the operator 运维: liveness, readiness, status and metrics."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import Blueprint, Response, current_app, jsonify
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest

from inspect_server.core.database import db
from inspect_server.http.blueprint import now
from inspect_server.identity.auth import public
from inspect_server.operations import health
from inspect_server.photos.api.photos import store
from media.store import StoreError
from schemas.fields import zulu

bp = Blueprint("health", __name__)


@bp.get("/livez")
@public
def livez() -> Response:
    """The process answers."""
    return jsonify(status="ok")


@bp.get("/readyz")
@public
def readyz() -> tuple[Response, int]:
    """The database has our tables and the store takes photos."""
    parts = {"database": _database(), "store": _store()}
    ready = all(part == "ok" for part in parts.values())
    return jsonify(status="ok" if ready else "unavailable", **parts), 200 if ready else 503


@bp.get("/status")
@public
def status() -> Response:
    """Counts for the operator at two in the morning; no names, no places."""
    return jsonify(_figures() | {"server_now": zulu(now())})


@bp.get("/metrics")
@public
def metrics() -> Response:
    """The same counts for Prometheus."""
    registry = CollectorRegistry()
    for name, value in _figures().items():
        gauge = Gauge(f"inspect_{name}", name.replace("_", " "), registry=registry)
        gauge.set(value)
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _figures() -> dict[str, Any]:
    return health.figures(db.session(), now())


def _database() -> str:
    try:
        health.check_database(db.session())
    except sa.exc.SQLAlchemyError as error:
        current_app.logger.warning("database not ready: %s", type(error).__name__)
        return "unavailable"
    return "ok"


def _store() -> str:
    try:
        store().probe()
    except StoreError as error:
        current_app.logger.warning("store not ready: %s", type(error).__name__)
        return "unavailable"
    return "ok"

"""The application: config, extensions, engines and blueprints, put together once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import structlog
from flask import Flask

from inspect_server.config import Settings
from inspect_server.core import clock, failpoints
from inspect_server.core.database import db, engine_options, limiter, prepare_engine
from inspect_server.core.transactions import read_tx, write_tx
from inspect_server.http.blueprint import API, Description, JsonProvider, render_problems
from inspect_server.identity import api as identity
from inspect_server.identity.auth import COOKIE, public
from inspect_server.notifications.api import channels, inbox
from inspect_server.operations.api import health, pages
from inspect_server.photos.api import photos, uploads
from inspect_server.photos.services.uploads import UploadService
from inspect_server.photos.spool import Spool
from inspect_server.registry.api import calendar, places, registers, routing
from inspect_server.reporting import api as reporting
from inspect_server.sync.api import rescue_import, sync
from inspect_server.sync.services.rescue_import import RescueImport
from inspect_server.tasks.api import saved_filters, tasks, visits
from media.store import ObjectStore


def create_app(settings: Settings, now: Callable[[], datetime] = clock.now) -> Flask:
    """Return the web application for these settings."""
    failpoints.arm(settings.failpoints, settings.home / "failpoints")
    app = Flask(__name__, static_folder=None)
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=engine_options(settings.database_url),
        SESSION_COOKIE_SECURE=settings.https,
        PUBLIC_ORIGIN=settings.public_origin,
        SIGN_IN_PER_MINUTE=settings.sign_in_per_minute,
        TIANDITU=settings.tianditu,
        MAX_FORM_MEMORY_SIZE=64 * 1024,
        MAX_FORM_PARTS=20,
        API_TITLE="十堰创文巡查 Inspect",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX=API,
        OPENAPI_JSON_PATH="openapi.json",
    )
    app.json = JsonProvider(app)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ]
    )
    db.init_app(app)
    limiter.init_app(app)
    with app.app_context():
        prepare_engine(db.engine)
    store = ObjectStore(settings.store)
    app.extensions["clock"] = now
    app.extensions["outgoing"] = settings.outgoing
    app.extensions["store"] = store
    app.extensions["uploads"] = UploadService(write_tx, read_tx, Spool(settings.spool), store, now)
    app.extensions["rescue_import"] = RescueImport(
        write_tx, read_tx, app.extensions["uploads"], now
    )
    render_problems(app)
    description = Description(app, COOKIE)
    for area in (
        *(sync, uploads, tasks, photos, identity, saved_filters, places, reporting, rescue_import),
        *(inbox, channels, calendar, routing, registers, visits),
    ):
        description.register_blueprint(area.bp)
    for plain in (photos.media, health.bp, pages.bp):
        app.register_blueprint(plain)
    # The extension's own route needs a policy like any other: open to everybody.
    document = "api-docs.openapi_json"
    app.view_functions[document] = public(app.view_functions[document])
    return app

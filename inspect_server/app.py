"""The application factory: settings, extensions, services, areas and blueprints."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

import structlog
from flask import Flask

from inspect_server.config import Settings
from inspect_server.core import clock, failpoints
from inspect_server.core.database import (
    db,
    engine_options,
    limiter,
    prepare_engine,
    read_tx,
    write_tx,
)
from inspect_server.core.environment import AreaSettings
from inspect_server.core.registration import Area
from inspect_server.http.answers import JsonProvider, render_problems
from inspect_server.http.blueprint import API
from inspect_server.http.openapi import Description
from inspect_server.identity import api as identity_api
from inspect_server.identity import area as identity
from inspect_server.identity.auth import COOKIE, public
from inspect_server.identity.settings import IdentitySettings
from inspect_server.notifications import area as notifications
from inspect_server.notifications.api import channels, inbox
from inspect_server.notifications.settings import NotificationSettings
from inspect_server.operations import area as operations
from inspect_server.operations.api import health, pages
from inspect_server.photos import area as photos
from inspect_server.photos.api import photos as photos_api
from inspect_server.photos.api import uploads as uploads_api
from inspect_server.photos.services.uploads import UploadService
from inspect_server.photos.settings import PhotoSettings
from inspect_server.photos.spool import Spool, spool_folder
from inspect_server.registry import area as registry
from inspect_server.registry.api import (
    calendar,
    category_misses,
    outlines,
    places,
    registers,
    routing,
)
from inspect_server.registry.settings import RegistrySettings
from inspect_server.reporting import api as reporting_api
from inspect_server.sync.api import rescue_import
from inspect_server.sync.api import sync as sync_api
from inspect_server.sync.registry import SyncRegistry
from inspect_server.sync.services.rescue_import import RescueImport
from inspect_server.tasks import area as tasks
from inspect_server.tasks.api import observations, saved_filters, visits
from inspect_server.tasks.api import tasks as tasks_api
from inspect_server.worker.registry import Registry
from media.derive import DerivativeWorker
from media.store import ObjectStore

# In the order of the API description.
API_BLUEPRINTS = (
    sync_api.bp,
    uploads_api.bp,
    tasks_api.bp,
    observations.bp,
    identity_api.bp,
    saved_filters.bp,
    places.bp,
    reporting_api.bp,
    rescue_import.bp,
    inbox.bp,
    channels.bp,
    calendar.bp,
    routing.bp,
    outlines.bp,
    category_misses.bp,
    registers.bp,
    visits.bp,
)
PAGE_BLUEPRINTS = (photos_api.media, health.bp, pages.bp)

# What each area reads from the environment; the settings of a new area are added here.
AREA_SETTINGS: tuple[type[AreaSettings], ...] = (
    IdentitySettings,
    RegistrySettings,
    NotificationSettings,
    PhotoSettings,
)


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Read the settings 配置 of the service and of all areas. Raises `SettingWrong`."""
    return Settings.from_env(environ, AREA_SETTINGS)


def areas_of(
    settings: Settings, store: ObjectStore, spool: Spool, derivative_worker: DerivativeWorker
) -> tuple[Area, ...]:
    """Return all areas with their registrations; a new area is added here."""
    return (
        identity.area(settings.of(IdentitySettings)),
        registry.area(settings.of(RegistrySettings)),
        notifications.area(settings.of(NotificationSettings), settings.public_origin),
        photos.area(settings.of(PhotoSettings), store, spool, derivative_worker),
        tasks.area(),
        operations.area(),
    )


def create_app(settings: Settings, now: Callable[[], datetime] = clock.now) -> Flask:
    """Return the web application for these settings."""
    failpoints.arm(settings.failpoints, settings.home / "failpoints")
    app = Flask(__name__, static_folder=None)
    _configure(app, settings)
    _log_as_json()
    db.init_app(app)
    limiter.init_app(app)
    with app.app_context():
        prepare_engine(db.engine)
    put_together(app, settings, now)
    render_problems(app)
    description = Description(app, COOKIE)
    for blueprint in API_BLUEPRINTS:
        description.register_blueprint(blueprint)
    for page_blueprint in PAGE_BLUEPRINTS:
        app.register_blueprint(page_blueprint)
    # The extension's own route needs a policy like any other: open to everybody.
    document = "api-docs.openapi_json"
    app.view_functions[document] = public(app.view_functions[document])
    return app


def _configure(app: Flask, settings: Settings) -> None:
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=engine_options(settings.database_url),
        SESSION_COOKIE_SECURE=settings.https,
        PUBLIC_ORIGIN=settings.public_origin,
        MAX_FORM_MEMORY_SIZE=64 * 1024,
        MAX_FORM_PARTS=20,
        API_TITLE="十堰创文巡查 Inspect",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX=API,
        OPENAPI_JSON_PATH="openapi.json",
    )
    app.json = JsonProvider(app)


def _log_as_json() -> None:
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ]
    )


def put_together(app: Flask, settings: Settings, now: Callable[[], datetime]) -> None:
    """Create the services, and give them what the areas register."""
    store = ObjectStore(settings.of(PhotoSettings).store)
    spool = Spool(spool_folder(settings.home))
    # Its child process starts with the first photo: the web server never has one.
    derivative_worker = DerivativeWorker()
    uploads = UploadService(write_tx, read_tx, spool, store, now)
    areas = areas_of(settings, store, spool, derivative_worker)
    for area in areas:
        area.connect()
    sync = SyncRegistry.of(areas)
    app.extensions.update(
        clock=now,
        settings={
            type(area.settings): area.settings for area in areas if area.settings is not None
        },
        store=store,
        uploads=uploads,
        areas=areas,
        sync=sync,
        worker=Registry.of(areas),
        derivative_worker=derivative_worker,
        rescue_import=RescueImport(write_tx, read_tx, uploads, sync.op_kinds, now),
    )

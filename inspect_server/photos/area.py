"""Registration of the area photos 照片: its settings, jobs for copies, cleanup, fingerprints."""

from __future__ import annotations

from datetime import timedelta

from inspect_server.core.registration import Area, IdleJob, PeriodicJob
from inspect_server.photos.jobs import cleanup
from inspect_server.photos.jobs.derivatives import DeriveJob
from inspect_server.photos.jobs.fingerprints import MissingFingerprints
from inspect_server.photos.settings import PhotoSettings
from inspect_server.photos.spool import Spool
from media.derive import DerivativeWorker
from media.store import ObjectStore

SPOOL_EVERY = timedelta(minutes=10)
STORE_EVERY = timedelta(days=1)


def area(
    settings: PhotoSettings, store: ObjectStore, spool: Spool, derivative_worker: DerivativeWorker
) -> Area:
    """Return the area of photos 照片."""
    return Area(
        name="photos",
        settings=settings,
        job_kinds=(DeriveJob(store, derivative_worker),),
        periodic_jobs=(
            PeriodicJob(
                "clean-spool", lambda now: cleanup.clean_spool(spool, now), every=SPOOL_EVERY
            ),
            PeriodicJob(
                "clean-store",
                lambda now: cleanup.clean_store(store, now),
                every=STORE_EVERY,
                first_after=SPOOL_EVERY,
            ),
        ),
        idle_jobs=(IdleJob("missing-fingerprints", lambda: MissingFingerprints().order),),
        public_routes=frozenset({"/api/v1/uploads", "/media/<signed>"}),
    )

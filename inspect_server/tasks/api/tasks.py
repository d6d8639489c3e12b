"""Tasks 案件 over HTTP: the list, the case, and the moves."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import chain
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from inspect_server.core.access import Actor
from inspect_server.core.clock import SHANGHAI
from inspect_server.core.database import db, in_write_tx, read_tx
from inspect_server.http.blueprint import Blueprint, now, public_origin
from inspect_server.http.files import File
from inspect_server.identity.auth import allow, me, signed_in
from inspect_server.photos.api.photos import store
from inspect_server.photos.queries import photos as photo_queries
from inspect_server.registry import reference
from inspect_server.tasks.formats import export, print_layout
from inspect_server.tasks.queries import details, lists, nearby, past, review_flags
from inspect_server.tasks.queries import export as export_queries
from inspect_server.tasks.queries.export_details import Links
from inspect_server.tasks.services import localities, move_request, moves
from inspect_server.tasks.services.localities import LocalitiesFound
from schemas.localities import (
    LocalitiesFoundSchema,
    LocalitiesFrom,
    LocalitiesFromSchema,
    LocalityForm,
    LocalityFormSchema,
)
from schemas.pages import PageFrom, PageFromSchema
from schemas.past_tasks import PastTaskPageSchema
from schemas.review_flags import ReviewFlagsPageSchema, SeveralTasks, SeveralTasksSchema
from schemas.tasks import (
    Around,
    AroundSchema,
    MoveRequest,
    MoveRequestSchema,
    NearbySchema,
    TaskCountsSchema,
    TaskExport,
    TaskExportSchema,
    TaskFilter,
    TaskFilterSchema,
    TaskPageSchema,
    TaskSchema,
)
from schemas.vocabulary import ExportFormat, MoveStatus, Role

log = structlog.get_logger()
bp = Blueprint("tasks", "案件 Tasks", "/tasks")


@bp.get("")
@signed_in
@bp.arguments(TaskFilterSchema, location="query")
@bp.response(200, TaskPageSchema)
def list_tasks(filters: TaskFilter) -> dict[str, Any]:
    """A page of the tasks I may see."""
    session = db.session()
    return lists.page(session, reference.current(session), me(), filters, now())


@bp.get("/counts")
@signed_in
@bp.arguments(TaskFilterSchema, location="query")
@bp.response(200, TaskCountsSchema)
def count_tasks(filters: TaskFilter) -> dict[str, Any]:
    """How many tasks a filter finds, by state."""
    session = db.session()
    return lists.counts(session, reference.current(session), me(), filters, now())


MIMES = {
    ExportFormat.CSV: "text/csv; charset=utf-8",
    ExportFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ExportFormat.GEOJSON: "application/geo+json",
}
WRITERS = {
    ExportFormat.CSV: export.csv_lines,
    ExportFormat.XLSX: export.xlsx_pieces,
    ExportFormat.GEOJSON: export.geojson_pieces,
}


@bp.get("/export")
@allow(Role.SUPERVISOR, Role.ARBITER, Role.ADMIN)
@bp.arguments(TaskExportSchema, location="query")
@bp.file(*(mimetype.partition(";")[0] for mimetype in MIMES.values()))
def export_tasks(filters: TaskExport) -> File:
    """The list as a file 导出, streamed: no reporter, no telephone number.

    Its links lead to the console, which asks to sign in. Columns and keys: docs/exports.md.
    """
    moment = now()
    rows = _exported(filters, me(), Links(public_origin()), moment)
    # The first rows before the first byte: what goes wrong with them is still a problem document.
    first = next(rows, None)
    whole = rows if first is None else chain([first], rows)
    pieces = WRITERS[filters.format](export_queries.COLUMNS, whole)
    day = f"{moment.astimezone(SHANGHAI):%Y%m%d-%H%M}"
    log.info("tasks.exported", person_id=str(me().id), format=str(filters.format))
    return File(
        content=pieces,
        mimetype=MIMES[filters.format],
        name=f"案件-{day}.{filters.format}",
        ascii_name=f"cases-{day}.{filters.format}",
    )


def _exported(
    filters: TaskFilter, actor: Actor, links: Links, moment: datetime
) -> Iterator[dict[str, Any]]:
    """Read chunk after chunk, each in a short transaction of its own."""
    following: TaskFilter | None = filters
    while following is not None:
        part = following
        rows, following = read_tx(
            lambda session, part=part: export_queries.chunk(  # type: ignore[misc]
                session, reference.current(session), actor, part, links, moment
            )
        )
        yield from rows


@bp.get("/past")
@allow(Role.HANDLER)
@bp.arguments(PageFromSchema, location="query")
@bp.response(200, PastTaskPageSchema)
def list_past_tasks(start: PageFrom) -> dict[str, Any]:
    """The cases my unit handed back 退回的案件: what it did, without what came later."""
    session = db.session()
    return past.page(session, reference.current(session), me(), start)


@bp.post("/doubts")
@allow(Role.SUPERVISOR, Role.ARBITER, Role.ADMIN)
@bp.arguments(SeveralTasksSchema)
@bp.response(200, ReviewFlagsPageSchema)
def list_review_flags(body: SeveralTasks) -> dict[str, Any]:
    """Why cases have to be looked at one by one 疑点, read before several are passed at once."""
    session = db.session()
    return review_flags.of_cases(session, reference.current(session), me(), body.ids, now())


@bp.post("/localities")
@allow(Role.ADMIN)
@bp.arguments(LocalitiesFromSchema)
@bp.response(200, LocalitiesFoundSchema)
@in_write_tx
def find_localities(start: LocalitiesFrom) -> LocalitiesFound:
    """Find the locality 属地 of open cases anew where it is presumed or undecided, 100 a call."""
    session = db.session()
    return localities.find_again(session, reference.latest(session), me().id, start.after, now())


@bp.put("/<uuid:task_id>/locality")
@allow(Role.SUPERVISOR)
@bp.arguments(LocalityFormSchema)
@bp.response(200, TaskSchema)
@in_write_tx
def set_locality(form: LocalityForm, task_id: UUID) -> dict[str, Any]:
    """Set street and community of an open case 确定属地."""
    session, moment, actor = db.session(), now(), me()
    edition = reference.latest(session)
    task = localities.confirm(session, edition, actor, task_id, form, moment)
    return details.whole(session, edition, actor, [task], moment)[0]


@bp.get("/<uuid:task_id>/nearby")
@allow(Role.SUPERVISOR, Role.ARBITER, Role.ADMIN)
@bp.arguments(AroundSchema, location="query")
@bp.response(200, NearbySchema)
def list_nearby(query: Around, task_id: UUID) -> dict[str, Any]:
    """The open cases around a case 附近案件, to be merged with it."""
    session = db.session()
    edition = reference.current(session)
    return nearby.nearby(session, edition, me(), task_id, query.radius_m, now())


@bp.get("/<uuid:task_id>/sheet.pdf")
@allow(Role.SUPERVISOR, Role.ARBITER, Role.ADMIN, Role.HANDLER)
@bp.file("application/pdf")
def print_sheet(task_id: UUID) -> File:
    """A case on paper 案件处置单 for its unit: facts, photos, history, where to sign and stamp."""
    moment, actor = now(), me()

    def read(session: Session) -> tuple[dict[str, Any], list[tuple[dict[str, Any], str]]]:
        case = details.for_paper(session, reference.current(session), actor, task_id, moment)
        return case, photo_queries.to_print(session, actor, case["evidence"])

    case, shown = read_tx(read)
    pictures = []
    for photo, key in shown:
        with store().open(key) as stored:
            pictures.append((photo, b"".join(stored)))
    return File(
        content=print_layout.render_pdf(case, pictures, moment),
        mimetype="application/pdf",
        name=f"处置单-{case['number']}.pdf",
        ascii_name=f"{case['number']}.pdf",
        inline=True,
    )


@bp.get("/<uuid:task_id>")
@signed_in
@bp.response(200, TaskSchema)
def show_task(task_id: UUID) -> dict[str, Any]:
    """A whole case with its events, its evidence and the moves open to me."""
    session = db.session()
    return details.one(session, reference.current(session), me(), task_id, now())


@bp.post("/<uuid:task_id>/moves")
@signed_in
@bp.arguments(MoveRequestSchema)
@bp.response(200, TaskSchema)
@bp.alt_response(202, schema=TaskSchema)
@in_write_tx
def move(body: MoveRequest, task_id: UUID) -> Any:
    """派遣, 处置, 核查…: one legal step of a task; 202 while it waits for its photos."""
    session, moment, actor = db.session(), now(), me()
    edition = reference.current(session)
    request = move_request.from_console(session, actor, body)
    task, task_move = moves.request_move(session, edition, actor, task_id, request, moment)
    shown = details.after_move(session, edition, actor, task, task_move, moment)
    return shown, 202 if task_move.status is MoveStatus.PENDING else 200

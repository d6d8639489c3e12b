"""Routes of the registers 名册: read by all who need them, written by admins, with history,
imported and exported as tables, and printed as sheets of QR codes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from tempfile import SpooledTemporaryFile
from typing import Any, BinaryIO, cast
from uuid import UUID

import structlog
from flask import Response, current_app, request, stream_with_context
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import ClientDisconnected

from inspect_server.core.clock import SHANGHAI, city_time
from inspect_server.core.database import (
    db,
    in_write_tx,
    is_passing,
    read_tx,
    transaction,
    write_tx,
)
from inspect_server.core.problems import (
    NotFound,
    Problem,
    RequestUnfinished,
    ServerError,
    TooLarge,
    TooManyForASheet,
    Unavailable,
)
from inspect_server.core.sentences import sentence
from inspect_server.http.answers import preferred_language
from inspect_server.http.blueprint import Blueprint, now
from inspect_server.http.files import File
from inspect_server.identity import sessions
from inspect_server.identity.api import join_address
from inspect_server.identity.auth import ANYONE, allow, me
from inspect_server.identity.sessions import DrawnUpInvitation
from inspect_server.registry import reference
from inspect_server.registry.formats import qr_sheets, tables
from inspect_server.registry.formats.qr_sheets import Label
from inspect_server.registry.queries import registers as register_queries
from inspect_server.registry.services.imports.columns import TABLE_FORMATS
from inspect_server.registry.services.imports.export import export_lines
from inspect_server.registry.services.imports.importing import import_table
from inspect_server.registry.services.imports.reading import read_table
from inspect_server.registry.services.imports.shapes import Report
from inspect_server.registry.services.registers import entries, people
from inspect_server.registry.services.registers.specs import SPECS
from schemas.fields import Form
from schemas.pages import page_of
from schemas.register_entries import (
    CategoryEntrySchema,
    PairingEntrySchema,
    PersonEntrySchema,
    PointEntrySchema,
    ShopEntrySchema,
    UnitEntrySchema,
)
from schemas.registers import (
    ExportOptions,
    ExportOptionsSchema,
    HistoryFilter,
    HistoryFilterSchema,
    ImportOptions,
    ImportOptionsSchema,
    InviteMany,
    InviteManySchema,
    PasswordSchema,
    RegisterChangePageSchema,
    RegisterFilter,
    RegisterFilterSchema,
    VersionedCategorySchema,
    VersionedPairingSchema,
    VersionedPersonSchema,
    VersionedPointSchema,
    VersionedShopSchema,
    VersionedUnitSchema,
)
from schemas.vocabulary import ImportMode, Register, Role

bp = Blueprint("registers", "名册 Registers")
log = structlog.get_logger()

# What fits in memory while a table is taken in; a larger one goes through a file.
IN_MEMORY_BYTES = 1024 * 1024
PIECE = 64 * 1024
CSV = "text/csv"
HTML = "text/html"
_TABLE = {
    "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    "required": True,
}

# One JSON document a line.
_LINES = {"type": "string"}


def _add_routes(register: Register, schema: Any, form: type[Form], readers: Iterable[Role]) -> None:
    """Add the three routes of one register: a page of it, one entry, and writing one."""
    spec = SPECS[register]
    name, title = register.value, f"{register.zh} {register.en}"
    address = f"/{name}/<uuid:entry_id>" if spec.key == "id" else f"/{name}/<entry_id>"

    @bp.get(f"/{name}", endpoint=f"list_{name}")
    @allow(*readers)
    @bp.doc(summary=f"A page of {title}")
    @bp.arguments(RegisterFilterSchema, location="query")
    @bp.response(200, page_of(schema, schema.component, counted=True))
    def list_entries(filters: RegisterFilter) -> dict[str, Any]:
        session = db.session()
        edition = reference.current(session)
        return register_queries.first_page(session, edition, me(), register, filters)

    @bp.get(address, endpoint=f"show_{name}")
    @allow(*readers)
    @bp.doc(summary=f"One entry of {title}, with its version")
    @bp.response(200, schema)
    def show_entry(entry_id: Any) -> Any:
        session = db.session()
        edition = reference.latest(session)
        return register_queries.one(session, edition, me(), register, entry_id)

    @bp.put(address, endpoint=f"put_{name}")
    @allow(Role.ADMIN)
    @bp.doc(summary=f"Write one entry of {title}: new without a version, changed with it")
    @bp.arguments(form)
    @bp.response(200, schema)
    def put_entry(entry: Any, entry_id: Any) -> Any:
        write_tx(lambda session: entries.put(session, me(), spec, entry_id, entry, now()))
        # After the commit: an edition read before it might never come to be.
        session = db.session()
        edition = reference.latest(session)
        return register_queries.one(session, edition, me(), register, entry_id)


_add_routes(
    Register.PEOPLE, VersionedPersonSchema, PersonEntrySchema, (Role.ADMIN, Role.SUPERVISOR)
)
_add_routes(Register.UNITS, VersionedUnitSchema, UnitEntrySchema, ANYONE)
_add_routes(Register.POINTS, VersionedPointSchema, PointEntrySchema, ANYONE)
_add_routes(Register.SHOPS, VersionedShopSchema, ShopEntrySchema, ANYONE)
_add_routes(Register.CATEGORIES, VersionedCategorySchema, CategoryEntrySchema, ANYONE)
_add_routes(Register.PAIRINGS, VersionedPairingSchema, PairingEntrySchema, ANYONE)


@bp.post("/people/<uuid:person_id>/password")
@allow(Role.ADMIN)
@bp.response(200, PasswordSchema)
@in_write_tx
def reset_password(person_id: UUID) -> dict[str, str]:
    """Make a new password for a person, told once 重设密码."""
    login, password = people.reset_password(db.session(), me(), person_id, now())
    return {"login": login, "password": password}


@bp.delete("/people/<uuid:person_id>/sessions")
@allow(Role.ADMIN)
@bp.response(204)
@in_write_tx
def sign_out_everywhere(person_id: UUID) -> None:
    """End every session of a person, as when a phone was lost 退出全部设备."""
    people.sign_out_everywhere(db.session(), me(), person_id, now())


@bp.get("/registers/<register>/changes")
@allow(Role.ADMIN, Role.SUPERVISOR)
@bp.arguments(HistoryFilterSchema, location="query")
@bp.response(200, RegisterChangePageSchema)
def list_changes(filters: HistoryFilter, register: str) -> dict[str, Any]:
    """Who changed what in a register, or of one entry 变更记录."""
    session = db.session()
    edition = reference.latest(session)
    return register_queries.changes(session, edition, me(), _register(register), filters)


@bp.get("/registers/<register>/table")
@allow(Role.ADMIN)
@bp.arguments(ExportOptionsSchema, location="query")
@bp.file(CSV)
def export(options: ExportOptions, register: str) -> File:
    """A register as the table that can be imported again, or only its headings 导出."""
    name = _register(register)
    if name not in TABLE_FORMATS:
        raise NotFound(sentence("这个名册不支持导出。"))
    day = f"{now().astimezone(SHANGHAI):%Y%m%d}"
    what, what_ascii = ("模板", "template") if options.template else (day, day)
    return File(
        content=_exported(name, options),
        mimetype=_in_utf8(CSV),
        name=f"{name.zh}-{what}.csv",
        ascii_name=f"{name.value}-{what_ascii}.csv",
    )


@bp.post("/registers/<register>/table")
@allow(Role.ADMIN)
@bp.doc(requestBody=_TABLE)
@bp.arguments(ImportOptionsSchema, location="query")
@bp.response(200, schema=_LINES, content_type="application/x-ndjson")
def bring_in(options: ImportOptions, register: str) -> Response:
    """Check a table (CSV, XLSX), and write it if `mode` says so; reported line by line 批量导入."""
    name = _register(register)
    if name not in TABLE_FORMATS:
        raise NotFound(sentence("这个名册不支持导入。"))
    progress = _progress_of_import(name, _receive_table(), options.mode)
    answer = Response(stream_with_context(progress), mimetype="application/x-ndjson")
    answer.headers["X-Accel-Buffering"] = "no"
    return answer


@bp.get("/registers/<register>/sheet")
@allow(Role.ADMIN, Role.SUPERVISOR)
@bp.arguments(RegisterFilterSchema, location="query")
@bp.file(HTML)
def plates(filters: RegisterFilter, register: str) -> File:
    """Duty plates of shops, or signs of points, as pages to print 二维码."""
    name = _register(register)
    if name not in (Register.SHOPS, Register.POINTS):
        raise NotFound(sentence("这个名册没有二维码。"))
    session = db.session()
    many = register_queries.count(session, me(), name, filters)
    if many > qr_sheets.MAX_LABELS:
        raise TooManyForASheet(
            sentence(
                "共 {many} 张，一份最多 {max_labels} 张；请缩小范围。",
                many=many,
                max_labels=qr_sheets.MAX_LABELS,
            )
        )
    edition = reference.latest(session)
    labels = _plates(edition, name, filters)
    title = sentence("门前三包责任牌") if name is Register.SHOPS else sentence("点位二维码")
    note = sentence(
        "共 {many} 张，每页 8 张。打印时选 A4、100% 缩放。观察员在“记录”里扫码即可选中。", many=many
    )
    return File(
        content=qr_sheets.page(title, note, qr_sheets.PLATES, labels, preferred_language()),
        mimetype=_in_utf8(HTML),
        name=f"{title}.html",
        ascii_name=f"{name.value}-qr.html",
        inline=True,
    )


@bp.post("/invitations/many")
@allow(Role.ADMIN)
@bp.arguments(InviteManySchema)
@bp.file(HTML, CSV)
def invite_many(selection: InviteMany) -> File:
    """Invitations for many people, as pages with QR codes or as a table of links 批量邀请.

    The file is complete before the first row is written: what goes wrong with it invites nobody.
    """
    moment, most = now(), qr_sheets.MAX_LABELS if selection.sheet else None
    edition = reference.latest(db.session())
    invitations = read_tx(lambda session: sessions.draw_up_invitations(session, selection, most))
    file = _file_of_invitations(edition, invitations, moment, sheet=selection.sheet)
    end_older = selection.end_older
    write_tx(lambda session: sessions.issue(session, me(), invitations, moment, end_older))
    return file


# --- what the routes share ---------------------------------------------------------------------


def _register(name: str) -> Register:
    if name not in set(Register):
        raise NotFound()
    return Register(name)


def _exported(register: Register, options: ExportOptions) -> Iterator[str]:
    yield from export_lines(db.session(), register, template=options.template)


def _plates(
    edition: reference.Reference, register: Register, filters: RegisterFilter
) -> Iterator[Label]:
    for entry in register_queries.every(db.session(), edition, me(), register, filters):
        yield _plate(edition, register, entry)


def _in_utf8(mimetype: str) -> str:
    return f"{mimetype}; charset=utf-8"


def _receive_table() -> BinaryIO:
    """Receive the table of this request, up to a limit. Raises `TooLarge`, `RequestUnfinished`."""
    file = SpooledTemporaryFile(max_size=IN_MEMORY_BYTES)  # noqa: SIM115 - `_progress_of_import` closes it
    try:
        while piece := request.stream.read(PIECE):
            if file.tell() + len(piece) > tables.MAX_TABLE_BYTES:
                megabytes = tables.MAX_TABLE_BYTES // 1024 // 1024
                raise TooLarge(sentence("表格超过 {megabytes} MB。", megabytes=megabytes))
            file.write(piece)
    except (OSError, ClientDisconnected) as error:
        file.close()
        raise RequestUnfinished() from error
    except TooLarge:
        file.close()
        raise
    file.seek(0)
    return cast(BinaryIO, file)


def _progress_of_import(register: Register, file: BinaryIO, mode: ImportMode) -> Iterator[str]:
    """Import the table and report progress line by line; the last line is the result."""
    try:
        with file:
            yield from _import(register, file, mode)
    except Problem as problem:
        yield _line(step="failed", problem=problem.document(language=preferred_language()))
    except DBAPIError as error:
        log.exception("import.failed", register=str(register))
        passing = is_passing(error)
        again = (
            Unavailable(sentence("别人正在写入同样的内容，请再导入一次。"))
            if passing
            else ServerError()
        )
        yield _line(step="failed", problem=again.document(language=preferred_language()))


def _import(register: Register, file: BinaryIO, mode: ImportMode) -> Iterator[str]:
    session = db.session()
    table: Any = None
    for table in read_table(register, reference.latest(session), file):
        if isinstance(table, int):
            yield _line(step="reading", rows=table)
    session.rollback()
    report: Any = None
    if mode is ImportMode.DRY_RUN:
        for report in import_table(session, me(), register, table, mode, now()):
            if isinstance(report, int):
                yield _line(step="checking", rows=report)
        last = _last_line(report)
        session.rollback()
    else:
        # Whoever goes away meanwhile has written nothing.
        with transaction() as writer:
            for report in import_table(writer, me(), register, table, mode, now()):
                if isinstance(report, int):
                    yield _line(step="writing", rows=report)
            # Complete before the commit, like every answer about what was written.
            last = _last_line(report)
    yield last


def _last_line(report: Report) -> str:
    return _line(step="done", report=report.document(preferred_language()))


def _line(**members: Any) -> str:
    return json.dumps(members, ensure_ascii=False) + "\n"


def _plate(edition: reference.Reference, register: Register, entry: dict[str, Any]) -> Label:
    origin = current_app.config["PUBLIC_ORIGIN"]
    if register is Register.POINTS:
        code = entry["code"]
        parts = [f"{edition.districts[entry['district']].name} · {entry['type']}", entry["address"]]
    else:
        code = entry["plate_code"]
        unit = edition.units.get(entry["unit_id"])
        duties = "、".join(entry["duties"])
        responsible = sentence("责任单位：{unit}", unit=unit.name) if unit else ""
        parts = [duties, entry["address"], responsible]
    lines = tuple(part for part in parts if part)
    return Label(qr_sheets.code_on_a_plate(origin, code), entry["name"], lines, code)


def _file_of_invitations(
    edition: reference.Reference,
    invitations: Sequence[DrawnUpInvitation],
    moment: datetime,
    *,
    sheet: bool,
) -> File:
    """Return the whole file: pages with a QR code for each person, or a table of links."""
    expires_at = moment + sessions.INVITATION_FOR
    until = city_time(expires_at)
    address = join_address("")
    if sheet:
        note = sentence(
            "共 {count} 人，有效期至 {until}，每个二维码只能用一次。请裁开后只交给本人。",
            count=len(invitations),
            until=until,
        )
        labels = (_invitation(edition, one, address, until) for one in invitations)
        title = sentence("手机端登录邀请")
        pages = qr_sheets.page(title, note, qr_sheets.INVITATIONS, labels, preferred_language())
        return File(
            content="".join(pages).encode(),
            mimetype=_in_utf8(HTML),
            name=f"{title}.html",
            ascii_name="invitations.html",
            inline=True,
        )
    heading = ("姓名", "人员编号", "角色", "城区", "单位", "邀请链接", "有效期至")
    lines = ([*_description(edition, one), f"{address}{one.token}", until] for one in invitations)
    return File(
        content="".join(tables.csv_text(heading, lines)).encode(),
        mimetype=_in_utf8(CSV),
        name="邀请链接.csv",
        ascii_name="invitations.csv",
    )


def _description(edition: reference.Reference, person: DrawnUpInvitation) -> list[str]:
    unit = edition.units.get(person.unit_id) if person.unit_id else None
    district = edition.districts.get(person.district_code) if person.district_code else None
    return [
        person.name,
        person.code or "",
        person.role.zh,
        district.name if district else "",
        unit.name if unit else "",
    ]


def _invitation(
    edition: reference.Reference, one: DrawnUpInvitation, address: str, until: str
) -> Label:
    name, code, role, district, unit = _description(edition, one)
    url = f"{address}{one.token}"
    where = " · ".join(part for part in (role, district, unit) if part)
    hint = sentence("用手机扫码登录，{until} 前有效，限用一次", until=until)
    lines = (code, where, hint)
    return Label(url, name, lines, url)

"""The door of the screens: the built pages, the API page, and the pages of the problems.

A missing asset is 404, never index.html: an old tab must notice that its build is gone.
"""

from __future__ import annotations

from html import escape
from pathlib import Path

from flask import Blueprint, Response, current_app, send_from_directory

from inspect_server.core.problems import CATALOGUE, NotFound, Problem
from inspect_server.http.blueprint import CSP
from inspect_server.identity.auth import public

bp = Blueprint("screens", __name__)

STATIC = Path(__file__).parents[2] / "static"
FOR_EVER = 365 * 24 * 3600


@bp.get("/")
@public
def phone() -> Response:
    """The phone's page."""
    return _page("field")


@bp.get("/console/")
@bp.get("/console/<path:inner>")
@public
def desk(inner: str = "") -> Response:
    """The desk's page; its own addresses below /console/ lead there too."""
    if inner.startswith("assets/") or "." in inner.rsplit("/", 1)[-1]:
        return _file("console", inner)
    page = _page("console")
    base = current_app.config["TIANDITU"]
    if base is not None:
        # This page alone may show pictures of that one host.
        policy = CSP.replace("img-src 'self'", f"img-src 'self' {base.url}")
        page.headers["Content-Security-Policy"] = policy
    return page


@bp.get("/api/v1/docs/")
@bp.get("/api/v1/docs/<path:inner>")
@public
def api_page(inner: str = "index.html") -> Response:
    """The browsable API description."""
    return _file("apidocs", inner)


@bp.get("/problems/")
@public
def problem_list() -> Response:
    """Every problem there is."""
    rows = "".join(
        f"<li><a href='/problems/{slug}'>{escape(kind.title)}</a> <code>{slug}</code></li>"
        for slug, kind in sorted(CATALOGUE.items())
    )
    return _plain("问题说明", f"<ul>{rows}</ul>")


@bp.get("/problems/<slug>")
@public
def problem_page(slug: str) -> Response:
    """What a problem means and what to do."""
    kind = CATALOGUE.get(slug)
    if kind is None:
        raise NotFound()
    return _plain(kind.title, _explained(kind))


@bp.get("/<path:name>")
@public
def file(name: str) -> Response:
    """A file of the phone's page: the service worker, the manifest, an asset."""
    return _file("field", name)


def _explained(kind: type[Problem]) -> str:
    again = "会自动重试" if kind.retryable else "重试不会改变结果"
    return (
        f"<p>{escape(kind.advice)}</p><p lang='en'>{escape((kind.__doc__ or '').strip())}</p>"
        f"<dl><dt>类型</dt><dd><code>{kind.slug}</code></dd><dt>HTTP</dt><dd>{kind.status}</dd>"
        f"<dt>重试</dt><dd>{again}</dd></dl>"
    )


def _plain(title: str, body: str) -> Response:
    return Response(
        "<!doctype html><html lang='zh-CN'><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width, initial-scale=1'>"
        f"<link rel='icon' href='/icon.svg'><title>{escape(title)}</title>"
        "<style>body{font:16px/1.6 system-ui,sans-serif;"
        "max-width:40rem;margin:2rem auto;padding:0 1rem;color:#1f2329}</style>"
        f"<h1>{escape(title)}</h1>{body}</html>",
        mimetype="text/html",
    )


def _page(name: str) -> Response:
    response = _file(name, "index.html")
    # The shell is asked for anew each time; its hashed assets are not.
    response.headers["Cache-Control"] = "no-cache"
    return response


def _file(folder: str, name: str) -> Response:
    if not (STATIC / folder / name).is_file():
        raise NotFound(f"页面文件 {name} 不存在;请刷新页面。")
    response = send_from_directory(STATIC / folder, name)
    if name.startswith("assets/"):
        response.headers["Cache-Control"] = f"public, max-age={FOR_EVER}, immutable"
    else:
        response.headers["Cache-Control"] = "no-cache"
    if name == "sw.js":
        response.headers["Service-Worker-Allowed"] = "/"
    return response

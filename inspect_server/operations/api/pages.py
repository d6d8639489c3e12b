"""Routes of pages: the built applications, the API page and the pages of the problems.

A missing asset is 404, never index.html: an old tab must notice that its build is gone.
"""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, Response, send_from_directory

from inspect_server.core import templates
from inspect_server.core.problems import CATALOGUE, NotFound
from inspect_server.core.sentences import sentence
from inspect_server.http.answers import CSP, preferred_language
from inspect_server.http.blueprint import settings_of
from inspect_server.identity.auth import public
from inspect_server.registry.settings import RegistrySettings

bp = Blueprint("screens", __name__)

STATIC = Path(__file__).parents[2] / "static"
YEAR_SECONDS = 365 * 24 * 3600


@bp.get("/")
@public
def phone() -> Response:
    """The phone's page."""
    return _page("field")


@bp.get("/console/")
@bp.get("/console/<path:inner>")
@public
def console(inner: str = "") -> Response:
    """The console's page 电脑端; its own addresses below /console/ lead there too."""
    if inner.startswith("assets/") or "." in inner.rsplit("/", 1)[-1]:
        return _file("console", inner)
    page = _page("console")
    base_map = settings_of(RegistrySettings).tianditu
    if base_map is not None:
        # Only this page may load the map tiles 天地图, and only from that host.
        policy = CSP.replace("img-src 'self'", f"img-src 'self' {base_map.url}")
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
    problems = [kind for _, kind in sorted(CATALOGUE.items())]
    return _html("problems.html", title=sentence("问题说明"), problems=problems)


@bp.get("/problems/<slug>")
@public
def problem_page(slug: str) -> Response:
    """What a problem means and what to do."""
    kind = CATALOGUE.get(slug)
    if kind is None:
        raise NotFound()
    meaning = (kind.__doc__ or "").strip()
    return _html("problem.html", title=kind.title, problem=kind, meaning=meaning)


@bp.get("/<path:name>")
@public
def file(name: str) -> Response:
    """A file of the phone's page: the service worker, the manifest, an asset."""
    return _file("field", name)


def _html(template: str, **values: object) -> Response:
    text = templates.load("inspect_server.operations", template).render(
        **values, language=preferred_language()
    )
    response = Response(text, mimetype="text/html")
    response.vary.add("Accept-Language")
    return response


def _page(name: str) -> Response:
    response = _file(name, "index.html")
    # The page is revalidated each time; its hashed assets are not.
    response.headers["Cache-Control"] = "no-cache"
    return response


def _file(folder: str, name: str) -> Response:
    if not (STATIC / folder / name).is_file():
        raise NotFound(sentence("页面文件 {name} 不存在；请刷新页面。", name=name))
    response = send_from_directory(STATIC / folder, name)
    if name.startswith("assets/"):
        response.headers["Cache-Control"] = f"public, max-age={YEAR_SECONDS}, immutable"
    else:
        response.headers["Cache-Control"] = "no-cache"
    if name == "sw.js":
        response.headers["Service-Worker-Allowed"] = "/"
    return response

"""Every route names its policy, and every answer below /api/v1 is marked as ours."""

from __future__ import annotations

import re

from flask import Flask

from inspect_server.identity.auth import PUBLIC
from schemas.vocabulary import Role
from tests.architecture.source_tree import modules

# What anybody may reach without a token: an area that opens another one is written here too.
PUBLIC_ROUTES = {
    "identity": {"/api/v1/sessions", "/api/v1/sessions/refresh"},
    "operations": {
        "/",
        "/<path:name>",
        "/console/",
        "/console/<path:inner>",
        "/api/v1/docs/",
        "/api/v1/docs/<path:inner>",
        "/api/v1/openapi.json",
        "/problems/",
        "/problems/<slug>",
        "/livez",
        "/readyz",
        "/status",
        "/metrics",
    },
    "photos": {"/api/v1/uploads", "/media/<signed>"},
}


def _filled(argument: re.Match[str]) -> str:
    return "review" if argument[1] == "copy" else "01940000-0000-7000-8000-000000000000"


def test_every_route_names_its_policy(app: Flask) -> None:
    for rule in app.url_map.iter_rules():
        policy = getattr(app.view_functions[rule.endpoint], "policy", None)
        assert policy is not None, f"{rule.rule} names no policy"


def test_areas_open_only_these_routes_to_everybody(app: Flask) -> None:
    handed_in = {a.name: set(a.public_routes) for a in app.extensions["areas"] if a.public_routes}
    assert handed_in == PUBLIC_ROUTES


def test_a_route_is_open_only_where_its_area_says_so(app: Flask) -> None:
    open_routes = {
        rule.rule
        for rule in app.url_map.iter_rules()
        if getattr(app.view_functions[rule.endpoint], "policy", PUBLIC) == PUBLIC
    }
    assert open_routes == set().union(*PUBLIC_ROUTES.values())


def test_a_policy_is_a_set_of_roles(app: Flask) -> None:
    for rule in app.url_map.iter_rules():
        policy = getattr(app.view_functions[rule.endpoint], "policy", PUBLIC)
        assert policy == PUBLIC or policy <= set(Role)


def test_without_a_token_every_other_route_is_refused(app: Flask) -> None:
    client = app.test_client()
    open_routes = set().union(*PUBLIC_ROUTES.values())
    for rule in app.url_map.iter_rules():
        if rule.rule in open_routes:
            continue
        url = re.sub(r"<(?:[^<>]*:)?(\w+)>", _filled, rule.rule)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            answer = client.open(url, method=method)
            assert answer.status_code == 401, (method, url, answer.status_code)
            assert answer.headers["X-Sync"] == "1"


def test_files_are_named_in_one_place() -> None:
    """A route that wrote its own header would not be found as a route with a file."""
    header = "Content-Disposition"
    naming = {m.name for m in modules() if header in m.path.read_text(encoding="utf-8")}
    assert naming == {"inspect_server.http.files"}


def test_before_a_one_time_password_is_changed_only_these_routes_answer(app: Flask) -> None:
    allowed = {
        (rule.rule, method)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if getattr(app.view_functions[rule.endpoint], "before_password_change", False)
    }
    assert allowed == {
        ("/api/v1/me", "GET"),
        ("/api/v1/me/password", "PUT"),
        ("/api/v1/sessions/current", "DELETE"),
    }

"""Every route names its policy, and every answer below /api/v1 is marked as ours."""

from __future__ import annotations

import re

from flask import Flask

from inspect_server.identity.auth import PUBLIC
from schemas.vocabulary import Role

# What anybody may reach without a token; a new public door has to be written here too.
OPEN_DOORS = {
    "/",
    "/<path:name>",
    "/console/",
    "/console/<path:inner>",
    "/api/v1/docs/",
    "/api/v1/docs/<path:inner>",
    "/api/v1/openapi.json",
    "/problems/",
    "/problems/<slug>",
    "/media/<signed>",
    "/livez",
    "/readyz",
    "/status",
    "/metrics",
    "/api/v1/sessions",
    "/api/v1/sessions/refresh",
    "/api/v1/uploads",
}


def _filled(argument: re.Match[str]) -> str:
    return "review" if argument[1] == "copy" else "01940000-0000-7000-8000-000000000000"


def test_every_route_names_its_policy(app: Flask) -> None:
    for rule in app.url_map.iter_rules():
        policy = getattr(app.view_functions[rule.endpoint], "policy", None)
        assert policy is not None, f"{rule.rule} names no policy"


def test_only_known_doors_are_open_to_everybody(app: Flask) -> None:
    found = {
        rule.rule
        for rule in app.url_map.iter_rules()
        if getattr(app.view_functions[rule.endpoint], "policy", PUBLIC) == PUBLIC
    }
    assert found == OPEN_DOORS


def test_a_policy_is_a_set_of_roles(app: Flask) -> None:
    for rule in app.url_map.iter_rules():
        policy = getattr(app.view_functions[rule.endpoint], "policy", PUBLIC)
        assert policy == PUBLIC or policy <= set(Role)


def test_without_a_token_every_other_door_is_shut(app: Flask) -> None:
    client = app.test_client()
    for rule in app.url_map.iter_rules():
        if rule.rule in OPEN_DOORS:
            continue
        url = re.sub(r"<(?:[^<>]*:)?(\w+)>", _filled, rule.rule)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            answer = client.open(url, method=method)
            assert answer.status_code == 401, (method, url, answer.status_code)
            assert answer.headers["X-Sync"] == "1"

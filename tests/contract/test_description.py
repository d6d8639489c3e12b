"""The API description 接口说明: valid, complete, and the same as what the routes do."""

from __future__ import annotations

import itertools
import re
from base64 import b64encode
from contextlib import nullcontext, suppress
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case
from schemathesis.core.transport import Response
from schemathesis.generation import GenerationMode

from inspect_server.core.problems import CATALOGUE
from inspect_server.identity.auth import PUBLIC
from tests.support.actors import BYTES, Device, Shot, jpeg, new_id, record
from tests.support.case_walks import reported

pytestmark = pytest.mark.one_database

DESCRIPTION = "/api/v1/openapi.json"
# The routes that serve the description are not part of it.
UNDESCRIBED = ("/api/v1/docs", DESCRIPTION)
EXAMPLES = 4

schemathesis.serializer.alias(BYTES["Content-Type"], "application/octet-stream")


@pytest.fixture
def description(app: Flask) -> Any:
    """The description as schemathesis reads it."""
    return schemathesis.openapi.from_wsgi(DESCRIPTION, app)


def test_the_description_is_valid_openapi_3_1(description: Any) -> None:
    assert description.raw_schema["openapi"].startswith("3.1.")
    description.validate()


def test_the_description_names_every_route_and_method(app: Flask, description: Any) -> None:
    described = {
        (path, method.upper())
        for path, methods in description.raw_schema["paths"].items()
        for method in methods
        if method != "parameters"
    }
    operations = set()
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/api/v1/") and not rule.rule.startswith(UNDESCRIBED):
            path = re.sub(r"<(?:[^<>]*:)?(\w+)>", r"{\1}", rule.rule)
            view = app.view_functions[rule.endpoint]
            assert getattr(view, "policy", None) is not None, rule.rule
            # Methods that the framework answers by itself.
            automatic = {"OPTIONS"} if rule.methods != {"OPTIONS"} else set()
            automatic |= {"HEAD"} if "GET" in (rule.methods or ()) else set()
            operations |= {(path, method) for method in (rule.methods or set()) - automatic}
    assert described == operations


def test_only_public_routes_are_described_as_public(app: Flask, description: Any) -> None:
    raw = description.raw_schema
    assert {name for way in raw["security"] for name in way} == {"bearer", "cookie"}
    for rule in app.url_map.iter_rules():
        if not rule.rule.startswith("/api/v1/") or rule.rule.startswith(UNDESCRIBED):
            continue
        path = re.sub(r"<(?:[^<>]*:)?(\w+)>", r"{\1}", rule.rule)
        is_open = app.view_functions[rule.endpoint].policy == PUBLIC  # type: ignore[attr-defined]
        for method, operation in raw["paths"][path].items():
            if method.upper() in (rule.methods or ()) and (method != "options" or is_open):
                assert (operation.get("security") == []) is is_open, (path, method)


def test_every_error_is_described_as_a_problem(description: Any) -> None:
    for path, methods in description.raw_schema["paths"].items():
        for method, operation in methods.items():
            if method != "parameters":
                assert "default" in operation["responses"], (path, method)
    for response in description.raw_schema["components"]["responses"].values():
        assert set(response["content"]) == {"application/problem+json"}


def check_answer(case: Case, answer: Response) -> None:
    """Check an answer: no server error, every refusal a problem, the body as described."""
    description = f"{case.method} {case.formatted_path} {case.query} {case.headers} {case.body!r}"
    assert answer.status_code < 500, description
    assert answer.headers["x-sync"] == ["1"], description
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == ["application/problem+json"], description
        if case.method != "HEAD":
            problem = answer.json()
            assert problem["slug"] in CATALOGUE, description
            assert problem["status"] == answer.status_code, description
    elif answer.status_code != 302:
        case.operation.validate_response(answer)


def existing_ids(observer: Device, supervisor: Device) -> dict[str, Any]:
    """Ids of existing rows, so that examples get further than 404."""
    shot = Shot(jpeg())
    task = reported(observer, shot)
    observer.send(record(category="XX9999"))
    item = supervisor.get("/quarantine").json["items"][0]
    return {
        "task_id": task["id"],
        "observation_id": task["observation_id"],
        "photo_id": shot.photo_id,
        "item_id": item["id"],
        "copy": "original",
    }


def use_existing_ids(case: Case, person: Device, existing: dict[str, Any]) -> None:
    """Put existing ids and the current epoch into an example: guessed ones are refused early."""
    guessed = case.path_parameters or {}
    case.path_parameters = guessed | {name: existing[name] for name in guessed if name in existing}
    if case.path.endswith("/sync/push") and isinstance(case.body, dict):
        case.body |= {"epoch": None, "device_id": person.device_id}
    if case.path.endswith("/uploads") and case.method == "POST":
        metadata = {"photo_id": new_id(), "sha256": "0" * 64}
        case.headers["Upload-Metadata"] = ",".join(
            f"{name} {b64encode(value.encode()).decode()}" for name, value in metadata.items()
        )


def try_operation(
    operation: Any, mode: GenerationMode, person: Device, existing: dict[str, Any]
) -> None:
    """Send many examples to one operation, every second one with existing ids."""
    turns = itertools.cycle((True, False))

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def answered(case: Case) -> None:
        if next(turns):
            use_existing_ids(case, person, existing)
        check_answer(case, case.call(headers=person.bearer))

    with suppress(Unsatisfiable) if mode is GenerationMode.NEGATIVE else nullcontext():
        # An operation without parameters has no invalid examples.
        answered()


@pytest.mark.parametrize("login", ["like", "chen"])
@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
def test_every_request_is_answered_as_described(
    description: Any, sign_in: Any, observer: Device, supervisor: Device, login: str, mode: Any
) -> None:
    existing = existing_ids(observer, supervisor)
    person = sign_in(login)
    for result in description.get_all_operations():
        operation = result.ok()
        if operation.path == "/api/v1/sessions/current":
            # It ends the session that sends it.
            try_operation(operation, mode, sign_in(login), existing)
        else:
            try_operation(operation, mode, person, existing)

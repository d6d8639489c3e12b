"""The API description 接口说明 (OpenAPI), written from the schemas when it is first read."""

from __future__ import annotations

from http import HTTPStatus
from threading import Lock
from typing import Any

from apispec.ext.marshmallow import MarshmallowPlugin, resolver
from apispec.ext.marshmallow.common import resolve_schema_cls
from flask import Flask, Response
from flask_smorest import Api

from inspect_server.http.answers import PROBLEM
from inspect_server.http.blueprint import Blueprint
from schemas.problems import ProblemSchema


def _component_name(schema: Any) -> str:
    """Return the name of a schema in the API description.

    Clients read it: a schema whose class is renamed keeps its old name as `component`.
    """
    resolved = resolve_schema_cls(schema)
    kind = resolved[0] if isinstance(resolved, list) else resolved
    return str(getattr(kind, "component", None) or resolver(schema))


class Description(Api):  # type: ignore[misc]
    """The API description; errors are described as problem documents (RFC 9457)."""

    def __init__(self, app: Flask, cookie: str) -> None:
        """`cookie` is the name of the cookie that carries the console's session."""
        schemes = {
            "bearer": {"type": "http", "scheme": "bearer"},
            "cookie": {"type": "apiKey", "in": "cookie", "name": cookie},
        }
        # One of them is enough; a public route declares that it needs none.
        security: list[dict[str, Any]] = [{name: []} for name in schemes]
        marshmallow = MarshmallowPlugin(schema_name_resolver=_component_name)
        super().__init__(app, spec_kwargs={"security": security, "marshmallow_plugin": marshmallow})
        for name, scheme in schemes.items():
            self.spec.components.security_scheme(name, scheme)
        self._undescribed: list[Blueprint] = []
        self._describing = Lock()

    def register_blueprint(self, blp: Blueprint) -> None:
        """Register a blueprint; its part of the description is written when it is first read.

        That takes longer than everything else at the start, and phone and console never read it.
        """
        self._app.extensions["flask-smorest"]["blp_name_to_api"][blp.name] = self
        self._app.register_blueprint(blp)
        self._undescribed.append(blp)

    def _openapi_json(self) -> Response:
        with self._describing:
            while self._undescribed:
                blueprint = self._undescribed[0]
                blueprint.register_views_in_doc(
                    self, self._app, self.spec, name=blueprint.name, parameters=None
                )
                self.spec.tag({"name": blueprint.name, "description": blueprint.description})
                del self._undescribed[0]
        response: Response = super()._openapi_json()
        return response

    def _register_responses(self) -> None:
        """Describe every error as a problem document."""
        named = [(status.name, status.phrase) for status in HTTPStatus if status >= 400]
        for name, phrase in [*named, (self.DEFAULT_ERROR_RESPONSE_NAME, "A problem 问题说明")]:
            response = {"description": phrase, "content": {PROBLEM: {"schema": ProblemSchema}}}
            self.spec.components.response(name, response, lazy=True)

    def _register_error_handlers(self) -> None:
        """Leave errors to `render_problems`."""

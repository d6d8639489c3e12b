"""Registration of the area operations 运维: the routes without a token."""

from __future__ import annotations

from inspect_server.core.registration import Area


def area() -> Area:
    """Return the area of those who run the service 运维."""
    return Area(
        name="operations",
        public_routes=frozenset(
            {
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
            }
        ),
    )

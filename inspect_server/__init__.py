"""The service: `create_app` makes the web application; it is loaded when first asked for.

`inspect-server up` starts the store and the web server before it needs the application itself,
and loading that costs a small machine two seconds.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from inspect_server.app import create_app

__all__ = ["create_app"]


def __getattr__(name: str) -> Any:
    """Load what the package is asked for."""
    if name == "create_app":
        return import_module("inspect_server.app").create_app
    raise AttributeError(name)

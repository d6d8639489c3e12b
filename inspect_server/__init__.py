"""The service: `read_settings` and `create_app`, which makes the web application.

Both are loaded at their first use: `inspect-server up` starts the store and the web server before
it needs the application, and loading that costs a small machine two seconds.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from inspect_server.app import create_app, read_settings

__all__ = ["create_app", "read_settings"]


def __getattr__(name: str) -> Any:
    """Load what the package is asked for."""
    if name in __all__:
        return getattr(import_module("inspect_server.app"), name)
    raise AttributeError(name)

"""The smallest web application that can be ready; it says who serves it."""

import json
import os


def app(environ, start_response):
    if environ["PATH_INFO"] == "/readyz":
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"ready"]
    settings = {name: value for name, value in os.environ.items() if name.startswith("INSPECT_")}
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps({"pid": os.getpid(), "parent": os.getppid(), "settings": settings}).encode()]

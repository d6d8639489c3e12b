"""The web application, as gunicorn loads it: `gunicorn wsgi:app`."""

import os

from inspect_server import create_app
from inspect_server.config import Settings

app = create_app(Settings.from_env(os.environ))

"""The web application, as gunicorn loads it: `gunicorn wsgi:app`."""

import os

from inspect_server import create_app, read_settings

app = create_app(read_settings(os.environ))

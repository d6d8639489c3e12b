"""HTML pages from Jinja2 templates 模板; each area keeps its own in its `templates` folder.

All values in a template are escaped; an undefined name is an error.
"""

from __future__ import annotations

from functools import cache

import jinja2


def load(package: str, name: str) -> jinja2.Template:
    """Return the template `name` of a package, for example of `inspect_server.registry`."""
    return _environment(package).get_template(name)


@cache
def _environment(package: str) -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.PackageLoader(package),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )

"""HTML pages from Jinja2 templates 模板; each area keeps its own in its `templates` folder.

All values in a template are escaped; an undefined name is an error. A template marks its texts by
`sentence(…)` as the code does; they and the sentences it is given are written in the `language`
that it is rendered in, Chinese by default.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import jinja2

from inspect_server.core.sentences import SOURCE_LANGUAGE, Sentence, sentence, translated


def load(package: str, name: str) -> jinja2.Template:
    """Return the template `name` of a package, for example of `inspect_server.registry`."""
    return _environment(package).get_template(name)


@cache
def _environment(package: str) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader(package),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=_in_language,
    )
    environment.globals.update(sentence=sentence, language=SOURCE_LANGUAGE)
    return environment


@jinja2.pass_context
def _in_language(context: jinja2.runtime.Context, value: Any) -> Any:
    """Translate a sentence that a template writes."""
    return translated(value, context["language"]) if isinstance(value, Sentence) else value

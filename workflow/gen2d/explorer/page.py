"""The explorer's page: markup, style, scripts, the drawing library and the content in one file.

Each file in scripts/ is a JavaScript module with imports and exports, as editors expect. A page
that is opened without a server cannot load modules, so they are joined into one.
"""

import html
import json
import re
from collections.abc import Mapping
from importlib.metadata import distribution
from pathlib import Path

from gen2d.plan.stages import STAGES

PACKAGE = Path(__file__).parents[1]
SCRIPTS = [name for name in STAGES["explorer_page"].assets if name.endswith(".js")]
"""Paths in the package; each script imports only from earlier ones."""
IMPORT = re.compile(r"^import [^;]+;\n", re.MULTILINE)
LIBRARY = ("bokeh.min.js", "bokeh-api.min.js")  # in bokeh/server/static/js


def render(shown: Mapping[str, object]) -> str:
    """The page as one file; text of the configuration is escaped."""
    data = json.dumps(shown, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    parts = {
        "title": html.escape(str(shown["title"])),
        "style": _text("explorer/page.css"),
        "library": library(),
        "data": data.replace("<", "\\u003c"),
        "script": script(),
    }
    pieces = _text("explorer/page.html").split("@@")  # text, name, text, name, ..., text
    pieces[1::2] = [parts[name] for name in pieces[1::2]]
    return "".join(pieces)


def script() -> str:
    """The scripts as one module, without their imports of one another."""
    return "\n".join(IMPORT.sub("", _text(name)) for name in SCRIPTS)


def library() -> str:
    """Text of the drawing library, to be inlined."""
    package = distribution("bokeh")
    paths = [package.locate_file(f"bokeh/server/static/js/{name}") for name in LIBRARY]
    # A closing tag within a string would end the script.
    return "\n".join(
        Path(str(p)).read_text(encoding="utf-8").replace("</script", "<\\/script") for p in paths
    )


def _text(name: str) -> str:
    return (PACKAGE / name).read_text(encoding="utf-8")

"""From content to one HTML file that needs nothing else: styles, scripts and Plotly lie inside it.

A Content-Security-Policy allows the scripts by their hashes and forbids every request.
"""

import base64
import hashlib
import json
from pathlib import Path
from typing import Any, Dict, List

from zoo_common import __version__
from zoo_common.errors import ZooError
from zoo_common.extras import require
from zoo_common.report import formats
from zoo_common.report.content import Content
from zoo_common.report.figures import Figure
from zoo_common.report.precision import STYLES, legend, width_text
from zoo_common.report.reproduce import command_of
from zoo_common.report.summary import COLUMNS

_HERE = Path(__file__).parent
_SCRIPTS = ("table.js", "plots.js", "gallery.js")


def require_libraries() -> None:
    """Check that Jinja2 and Plotly are installed.

    Raises:
        ZooError: one of them is not; names the extra.
    """
    for module in ("jinja2", "plotly"):
        require(module, "report", "zoo report")


def render(content: Content) -> str:
    """Return the page."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup
    from plotly.offline import get_plotlyjs

    scripts = {name: _static(name) for name in ("theme.js",) + _SCRIPTS}
    scripts["plotly.js"] = get_plotlyjs()
    for name, text in scripts.items():
        if "</script" in text.lower() or "<!--" in text:
            raise ZooError("{}: cannot stand inside a page".format(name))
    environment = Environment(
        loader=FileSystemLoader(str(_HERE / "templates")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    drawn = _Drawn()
    environment.globals.update(
        columns=COLUMNS,
        command_of=command_of,
        drawn=drawn,
        fmt=formats,
        legend=legend,
        marks=STYLES,
        width_text=width_text,
        version=__version__,
    )
    body = environment.get_template("body.html.j2").render(content=content)
    return environment.get_template("page.html.j2").render(
        content=content,
        body=Markup(body),
        policy=_policy(list(scripts.values())),
        style=Markup(_static("report.css")),
        figures=Markup(inert_json(drawn.figures)),
        scripts={name: Markup(text) for name, text in scripts.items()},
        last=_SCRIPTS,
    )


def inert_json(value: Any) -> str:
    """Return JSON that cannot end the script element it stands in, nor begin another."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, "\\u{:04x}".format(ord(character)))
    return text


class _Drawn:
    """Collects the figures in the order the page shows them."""

    def __init__(self) -> None:
        self.figures: List[Dict[str, Any]] = []

    def add(self, figure: Figure) -> int:
        """Take a figure; returns its number."""
        self.figures.append(figure.to_json())
        return len(self.figures) - 1


def _static(name: str) -> str:
    return (_HERE / "static" / name).read_text(encoding="utf-8")


def _policy(scripts: List[str]) -> str:
    hashes = [
        "'sha256-{}'".format(base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()) for text in scripts
    ]
    return "; ".join(
        [
            "default-src 'none'",
            "script-src " + " ".join(hashes),
            "style-src 'unsafe-inline'",
            "img-src data: blob:",
            "base-uri 'none'",
            "form-action 'none'",
        ]
    )

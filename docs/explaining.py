"""Scripts that explain printed numbers, for pages with a link to one; what they say loads when one is asked for."""

from __future__ import annotations

import posixpath
import re
import shutil
from importlib import resources
from pathlib import Path
from typing import Any

import built_once

from netterbook.book.explain import numbers
from netterbook.explanation import Explanations

FOLDER = "explain"
"""Of the package, and below `_static`."""
SCRIPT = "globalThis.nbNumbers = {};\n"


def write_scripts(app: Any) -> None:
    """Put scripts and explanations where pages find them."""
    folder = Path(app.outdir, "_static", FOLDER)
    folder.mkdir(parents=True, exist_ok=True)
    for file in Path(str(resources.files("netterbook.book.explain"))).glob("*.js"):
        shutil.copyfile(file, folder / file.name)
    said = built_once.in_script(numbers.numbers(Explanations(built_once.ledger())))
    (folder / "numbers.js").write_text(SCRIPT.format(said), encoding="utf-8")


def add_scripts(app: Any, pagename: str, templatename: str, context: dict[str, Any], doctree: Any) -> None:
    """Load them on a page that has such a link, or the ledger."""
    body = context.get("body", "")
    there = posixpath.relpath("chapters/ledger.html", posixpath.dirname(pagename) or ".")
    context["body"] = body = re.sub(r'href="ledger\.html(?=[#?"])', f'href="{there}', body)
    whole = 'id="ledger"' in body and 'class="nb-filters"' in body
    if whole or "data-claim=" in body:
        app.add_js_file(f"{FOLDER}/explain.js", loading_method="defer")
    if whole:
        app.add_js_file(f"{FOLDER}/ledger.js", loading_method="defer")


def setup(app: Any) -> dict[str, bool]:
    app.connect("builder-inited", write_scripts)
    app.connect("html-page-context", add_scripts)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

"""Scripts of figures that can be asked, for the pages that have one; what these draw with is loaded when one opens."""

from __future__ import annotations

import re
import shutil
from importlib import resources
from pathlib import Path
from typing import Any

FOLDER = "ask"
"""Of the package, and below `_static`."""
SHARED = ("ask.js", "distributions.js", "draws.js")
"""Scripts of all such figures, in the order in which they need each other; each kind has one of its own besides."""
_KIND = re.compile(r'class="nb-ask" [^>]*data-kind="(\w+)"')


def copy_scripts(app: Any) -> None:
    """Put what the package holds for pages where they find it."""
    folder = Path(app.outdir, "_static", FOLDER)
    folder.mkdir(parents=True, exist_ok=True)
    for file in Path(str(resources.files("netterbook.book.ask"))).iterdir():
        if file.suffix in (".js", ".css", ".txt"):
            shutil.copyfile(file, folder / file.name)


def add_scripts(app: Any, pagename: str, templatename: str, context: dict[str, Any], doctree: Any) -> None:
    """Load them on a page that has such a figure."""
    kinds = sorted(set(_KIND.findall(context.get("body", ""))))
    if kinds:
        app.add_css_file(f"{FOLDER}/ask.css")
        for name in (*SHARED, *(f"{kind}.js" for kind in kinds)):
            app.add_js_file(f"{FOLDER}/{name}", loading_method="defer")


def setup(app: Any) -> dict[str, bool]:
    app.connect("builder-inited", copy_scripts)
    app.connect("html-page-context", add_scripts)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

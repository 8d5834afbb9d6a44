"""Scripts of figures that can be asked, for the pages that have one; what these draw with is loaded when one opens."""

from __future__ import annotations

import shutil
from importlib import resources
from pathlib import Path
from typing import Any

FOLDER = "ask"
"""Of the package, and below `_static`."""
LATER = "plot.js"


def copy_scripts(app: Any) -> None:
    """Put what the package holds for pages where they find it."""
    folder = Path(app.outdir, "_static", FOLDER)
    folder.mkdir(parents=True, exist_ok=True)
    for file in Path(str(resources.files("netterbook.book.ask"))).iterdir():
        if file.suffix in (".js", ".css", ".txt"):
            shutil.copyfile(file, folder / file.name)


def add_scripts(app: Any, pagename: str, templatename: str, context: dict[str, Any], doctree: Any) -> None:
    """Load them on a page that has such a figure."""
    if 'class="nb-ask"' not in context.get("body", ""):
        return
    names = sorted(file.name for file in Path(app.outdir, "_static", FOLDER).iterdir())
    for name in names:
        if name.endswith(".css"):
            app.add_css_file(f"{FOLDER}/{name}")
        elif name.endswith(".js") and name != LATER:
            app.add_js_file(f"{FOLDER}/{name}", loading_method="defer")


def setup(app: Any) -> dict[str, bool]:
    app.connect("builder-inited", copy_scripts)
    app.connect("html-page-context", add_scripts)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

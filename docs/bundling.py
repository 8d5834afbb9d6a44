"""One style sheet and one script in place of those that come with every page: each file is a wait of its own."""

from __future__ import annotations

import re
from hashlib import sha256
from pathlib import Path
from typing import Any

from sphinx.util import logging

STYLES = (
    "pygments.css", "styles/furo.css", "mystnb.css", "copybutton.css", "sphinx-design.min.css",
    "styles/furo-extensions.css", "netterbook.css", "site.css", "front.css",
)  # fmt: skip
"""In the order in which pages name them."""
SCRIPTS = (
    "documentation_options.js", "doctools.js", "sphinx_highlight.js", "scripts/furo.js", "clipboard.min.js",
    "copybutton.js", "site.js",
)  # fmt: skip
UNUSED = "design-tabs.js"
"""For tabs, which no page has."""
AT_ONCE = '<script>document.documentElement.classList.remove("no-js")</script>'
"""The theme does so when the page stands, which is laid out again for it."""
LATER = """window.addEventListener("load", () => setTimeout(() => {
const listen = document.addEventListener, ready = [];
document.addEventListener = function (type, run, ...rest) {
  if (type === "DOMContentLoaded") ready.push(run);
  else listen.call(this, type, run, ...rest);
};
CODE
document.addEventListener = listen;
ready.forEach((run) => run());
}));"""
"""The theme's script measures the page, which is laid out for it: it waits until the page has loaded."""
_STYLE = re.compile(r'<link rel="stylesheet"[^>]*? href="(?P<root>[^"]*?)_static/(?P<file>[^"?]+)[^>]*>\s*')
_SCRIPT = re.compile(r'<script (?:data-[^>]*)?src="(?P<root>[^"]*?)_static/(?P<file>[^"?]+)[^>]*></script>\s*')
_HASH = re.compile(r"\.[0-9a-f]{64}(?=\.)")


def bundled(page: str, pattern: re.Pattern[str], files: tuple[str, ...], tag: str) -> str:
    """A page with one tag in place of those of some files, where the first of them stood.

    Raises
    ------
    ValueError
        If it has some of the files and not all, or in another order.

    >>> tags = '<script src="_static/a.js?v=1"></script><script src="_static/b.js"></script>'
    >>> bundled(f"<p>{tags}</p>", _SCRIPT, ("a.js", "b.js"), '<script src="{root}_static/all.js"></script>')
    '<p><script src="_static/all.js"></script>\\n</p>'
    """
    found = [match for match in pattern.finditer(page) if _HASH.sub("", match["file"]) in files]
    names = tuple(_HASH.sub("", match["file"]) for match in found)
    if not names:
        return page
    if names != files:
        raise ValueError(f"it names {', '.join(names)}; docs/bundling.py expects {', '.join(files)}")
    for match in reversed(found):
        page = page[: match.start()] + page[match.end() :]
    start = found[0].start()
    return f"{page[:start]}{tag.format(root=found[0]['root'])}\n{page[start:]}"


def content(static: Path, files: tuple[str, ...], between: str) -> str:
    """All files, one after the other."""
    paths = {name: next(static.glob(name.replace("mystnb.css", "mystnb.*.css"))) for name in files}
    texts = {name: path.read_text(encoding="utf-8") for name, path in paths.items()}
    return between.join(
        LATER.replace("CODE", said) if name == "scripts/furo.js" else said for name, said in texts.items()
    )


def bundle(app: Any, error: Exception | None) -> None:
    """Write both files, and the pages that name them."""
    if error is not None or app.builder.format != "html":
        return
    static = Path(app.outdir, "_static")
    tags = {}
    for name, files, between in (("book.css", STYLES, "\n"), ("book.js", SCRIPTS, "\n;\n")):
        said = content(static, files, between)
        (static / name).write_text(said, encoding="utf-8")
        tags[name] = f"{name}?v={sha256(said.encode()).hexdigest()[:8]}"
    style = f'<link rel="stylesheet" type="text/css" href="{{root}}_static/{tags["book.css"]}" />{AT_ONCE}'
    script = f'<script defer src="{{root}}_static/{tags["book.js"]}"></script>'
    for path in Path(app.outdir).rglob("*.html"):
        if "_static" in path.parts:
            continue
        before = path.read_text(encoding="utf-8")
        try:
            page = bundled(bundled(before, _STYLE, STYLES, style), _SCRIPT, SCRIPTS, script)
        except ValueError as wrong:
            logging.getLogger(__name__).warning(f"{path.name} keeps its many files: {wrong}")
            continue
        if "sd-tab-set" not in page:
            page = _SCRIPT.sub(lambda match: "" if match["file"] == UNUSED else match[0], page)
        page = re.sub(r"book\.(?:css|js)\?v=\w+", lambda match: tags[match[0].partition("?")[0]], page)
        if page != before:
            path.write_text(page, encoding="utf-8")


def setup(app: Any) -> dict[str, bool]:
    app.connect("build-finished", bundle, priority=950)  # after the search, which reads the pages
    return {"parallel_read_safe": True, "parallel_write_safe": True}

"""A page on disk that holds figures which can be asked, as the built book would have them."""

import json
import re
import runpy
from base64 import b64decode
from importlib import resources
from pathlib import Path
from types import SimpleNamespace

from accessible import open_page

DOCS = Path(__file__).parents[1] / "docs"
TAKE_OUT = runpy.run_path(str(DOCS / "downloads.py"))["take_out"]
ASKING = runpy.run_path(str(DOCS / "asking.py"))
SCRIPTS = Path(str(resources.files("netterbook.book.ask")))


def given(markup):
    """What a figure computes from."""
    script = b64decode(re.search(r"base64,([^\"]+)", markup)[1]).decode()
    return json.loads(re.fullmatch(r'nbAsk\.give\("\w+", (.*)\);\n', script)[1])


def write_page(folder, body):
    """Write it, with all its files; its address."""
    ASKING["copy_scripts"](SimpleNamespace(outdir=folder))
    body, files = TAKE_OUT(body, "page")
    added = {"add_css_file": [], "add_js_file": []}
    app = SimpleNamespace(outdir=folder)
    for name, found in added.items():
        setattr(app, name, lambda file, found=found, **kwargs: found.append(file))
    ASKING["add_scripts"](app, "page", "page.html", {"body": body}, True)
    for name, content in files.items():
        file = folder / "_downloads" / "page" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    styles = "".join(f'<link rel="stylesheet" href="_static/{file}">' for file in added["add_css_file"])
    scripts = "".join(f'<script defer src="_static/{file}"></script>' for file in added["add_js_file"])
    head = f'<meta charset="utf-8"><title>Asked</title>{styles}{scripts}'
    page = folder / "page.html"
    page.write_text(f'<!doctype html><html lang="en"><head>{head}</head><body>{body}</body></html>', encoding="utf-8")
    return page.as_uri()


def opened(page, name):
    """The figure of this name, opened and drawn."""
    box = page.locator(f"#ask-{name.replace('_', '-')}")
    box.evaluate("box => { for (let part = box; (part = part.parentElement.closest('details')); ) part.open = true; }")
    if not box.locator("details").first.evaluate("fold => fold.open"):
        box.locator("summary").first.press("Enter")  # a click may miss what still moves as the page is laid out
    box.locator(".nb-ask-room[data-ready]").wait_for()
    return box


def with_data(browser, folder, markup, name):
    """A page with an opened figure, whose data stand in ``window.given``."""
    page = open_page(browser, write_page(folder, markup))
    opened(page, name)
    page.evaluate("window.given = null; const keep = nbAsk.give; nbAsk.give = (name, data) => { window.given = data; }")
    page.add_script_tag(url=page.evaluate("document.querySelector('.nb-ask script').src"))
    return page

"""The page of all data: files made with the site, one archive of them, and a table that says what each is."""

from __future__ import annotations

import json
import posixpath
import shutil
from html import escape
from pathlib import Path
from typing import Any

import built_once
from docutils import nodes
from docutils.parsers.rst import Directive

from netterbook.package import archive, package_files

FOLDER = "_downloads/netterbook"
ARCHIVE = "netterbook.zip"
_OTHERS = {
    "results/ledger.json": "The same as JSON",
    "datapackage.json": "What every file and column is (Frictionless Data Package)",
    "CITATION.cff": "How to cite the book and its data",
    "README.md": "How the numbers were read, and which do not count",
    "findings.yml": "Where printed numbers disagree",
    "formulas.yml": "What methods compute",
    "reference/sentences.yml": "What the book says of facts",
}


def write_package(app: Any) -> None:
    """Write all files and their archive where the site offers them."""
    files = package_files(built_once.ledger())
    files[ARCHIVE] = archive(files)
    folder = Path(app.outdir, FOLDER)
    shutil.rmtree(folder, ignore_errors=True)
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    app.package = files


def size(content: bytes) -> str:
    """
    >>> size(b"a" * 1500), size(b"a" * 1_445_192), size(b"")
    ('1.5 kB', '1.4 MB', '0 kB')
    """
    kilo = len(content) / 1000
    return f"{kilo / 1000:.1f} MB" if kilo >= 1000 else f"{kilo:.1f} kB" if 0 < kilo < 10 else f"{kilo:.0f} kB"


class TakeAway(Directive):
    """``take-away``: the archive and a table of its files."""

    def run(self) -> list[nodes.Node]:
        env = self.state.document.settings.env
        files = env.app.package
        env.note_reread()  # the files change with code and data, which are no pages
        there = posixpath.relpath(FOLDER, posixpath.dirname(env.docname) or ".")
        said = {each["path"]: each["title"] for each in json.loads(files["datapackage.json"])["resources"]} | _OTHERS
        listed = sorted((name for name in said if name in files), key=lambda name: not name.startswith("results/"))

        def link(name: str, text: str) -> str:
            return f'<a download href="{there}/{name}">{text}</a>'

        rows = "".join(
            f"<tr><td>{link(name, escape(name))}</td><td>{escape(said[name])}</td><td>{size(files[name])}</td></tr>"
            for name in listed
        )
        head = "".join(f'<th scope="col">{head}</th>' for head in ("File", "What it holds", "Size"))
        whole = f"Everything as one archive ({size(files[ARCHIVE])})"
        html = (
            f"<p>{link(ARCHIVE, whole)}</p>"
            f'<div class="nb-scroll"><table class="nb-table"><thead><tr>{head}</tr></thead>'
            f"<tbody>{rows}</tbody></table></div>"
        )
        return [nodes.raw("", html, format="html")]


def setup(app: Any) -> dict[str, bool]:
    app.add_directive("take-away", TakeAway)
    app.connect("builder-inited", write_package)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

"""What pages carry in their addresses is written to files, and the addresses lead there.

A link or picture of a notebook holds its content itself, ``data:text/csv;base64,…``, with a file name: that under
which a link saves it (``download``), or ``data-file``. In the built book each page has a folder of these files, made
anew with the page, so that the page is light and a file has an address.
"""

from __future__ import annotations

import base64
import posixpath
import re
import shutil
from pathlib import Path
from typing import Any

from sphinx.errors import ExtensionError

FOLDER = "_downloads"
_TAG = re.compile(r"<(?:a|img|script|source)\b[^>]*\bdata:[^>]*>")
_NAME = re.compile(r'\b(?:download|data-file)="([^"/]+)"')
_ADDRESS = re.compile(r'\b(href|src|srcset)="data:[^;,"]+;base64,([A-Za-z0-9+/=]*)"')


def take_out(body: str, page: str) -> tuple[str, dict[str, bytes]]:
    """A page that leads to files where it carried them, and these files by name.

    Parameters
    ----------
    body : markup
    page : name of the page, such as chapters/netter1

    Raises
    ------
    ExtensionError
        If two contents have one name.

    >>> take_out('<a download="a.csv" href="data:text/csv;base64,YQ==">A</a>', "chapters/one")
    ('<a download="a.csv" href="../_downloads/chapters-one/a.csv">A</a>', {'a.csv': b'a'})
    """
    files: dict[str, bytes] = {}

    def changed(tag: re.Match[str]) -> str:
        name, address = _NAME.search(tag[0]), _ADDRESS.search(tag[0])
        if name is None or address is None:
            return tag[0]
        content = base64.b64decode(address[2])
        if files.setdefault(name[1], content) != content:
            raise ExtensionError(f"{page} carries two files named {name[1]}, which differ")
        there = posixpath.relpath(f"{folder_of(page)}/{name[1]}", posixpath.dirname(page) or ".")
        said = _ADDRESS.sub(f'{address[1]}="{there}"', tag[0])
        return re.sub(r' data-file="[^"]*"', "", said)

    return _TAG.sub(changed, body), files


def folder_of(page: str) -> str:
    """
    >>> folder_of("chapters/netter1")
    '_downloads/chapters-netter1'
    """
    return f"{FOLDER}/{page.replace('/', '-')}"


def write_files(app: Any, pagename: str, templatename: str, context: dict[str, Any], doctree: Any) -> None:
    """Write what a page carries beside it."""
    if doctree is None:
        return
    context["body"], files = take_out(context["body"], pagename)
    folder = Path(app.outdir, folder_of(pagename))
    shutil.rmtree(folder, ignore_errors=True)
    for name, content in files.items():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def setup(app: Any) -> dict[str, bool]:
    app.connect("html-page-context", write_files)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

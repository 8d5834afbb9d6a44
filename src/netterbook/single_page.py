"""A chapter that was run again as one HTML file: it looks like the book's page and asks nothing of any other file."""

from __future__ import annotations

import base64
import io
import mimetypes
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

import yaml

from netterbook.errors import NetterbookError

BOOK = Path(__file__).resolve().parents[2]
"""The repository that this library stands in: the book's configuration, its chapters and their style."""
_UNUSED = {"downloads", "explaining", "searching", "take_away", "notfound.extension", "sphinxext.opengraph"}
"""Extensions that write files beside a page, or need the other pages."""
_WHOLE = ("glossary",)
"""Pages that say what is shown on others; of the rest only headings are read, to which links lead."""
_FURNITURE = (
    "link:not([rel=stylesheet]), meta[name^=citation], .sidebar-drawer, .sidebar-overlay, #__navigation, "
    ".nav-overlay-icon, .related-pages, .nb-pdf, script[type='application/ld+json']"
)
"""Parts of a page of the book that lead to its other pages or tell machines of it."""
_SCRIPTS = ("doctools.js", "sphinx_highlight.js")
"""Scripts of the search."""
_STYLE = """
.page { justify-content: center; } .main { flex: 0 1 auto; }
.nb-word { text-decoration: underline dotted; text-underline-offset: 0.2em; }
"""
_HEADING = re.compile(r"#{1,6} \S|\([\w-]+\)=$")


def check_tools() -> None:
    """Say what is missing to make a page.

    Raises
    ------
    NetterbookError
        Where the extra ``book`` is not installed or the library does not stand in its repository.
    """
    missing = [name for name in ("bs4", "jupyter_book", "furo") if find_spec(name) is None]
    if missing:
        raise NetterbookError(f"{' and '.join(missing)} cannot be imported; pip install -e '.[book]'")
    if not (BOOK / "_config.yml").is_file():
        raise NetterbookError(f"no _config.yml in {BOOK}; a chapter is run from the book's repository")


def render(notebook: Any, name: str) -> str:
    """A notebook that has been run as one HTML file.

    Built by Sphinx with the book's own configuration, from this page and the headings of all others. All that the page
    loads is put into it; links to the book's other pages lead to its address (``html.baseurl``) where it has one and
    are plain text otherwise.

    Parameters
    ----------
    notebook : with outputs
    name : of the chapter, such as netter1

    Raises
    ------
    NetterbookError
        As :func:`check_tools` does, or where Sphinx fails.
    """
    check_tools()
    with tempfile.TemporaryDirectory(prefix="netterbook-") as scratch:
        source, built = Path(scratch, "source"), Path(scratch, "built")
        page = f"chapters/{name}"
        _lay_out(source, page, notebook)
        _run_sphinx(source, built, page)
        html = (built / f"{page}.html").read_text(encoding="utf-8")
        address = yaml.safe_load((BOOK / "_config.yml").read_text(encoding="utf-8"))["html"]["baseurl"]
        return self_contained(html, built / "chapters", urljoin(address, f"{page}.html") if address else "")


def _pages(toc: Any) -> Iterator[str]:
    """Names of all pages in a table of contents."""
    if isinstance(toc, dict):
        yield from (value for key, value in toc.items() if key in ("root", "file"))
        yield from (page for key in ("parts", "chapters", "sections") for page in _pages(toc.get(key, [])))
    else:
        yield from (page for each in toc for page in _pages(each))


def headings(text: str) -> str:
    r"""Headings of Markdown and their labels, without what is between them or within fences.

    >>> headings("# A\nb\n```bash\n# c\n```\n(d)=\n## D\n")
    '# A\n\n(d)=\n\n## D\n'
    """
    kept, fence = [], ""
    for line in text.splitlines():
        mark = re.match(r"(`{3,}|:{3,}|~{3,})", line)
        if mark:
            fence = "" if fence and line.startswith(fence) else fence or mark[1]
        elif not fence and _HEADING.match(line):
            kept.append(line)
    return "\n\n".join(kept) + "\n"


def _lay_out(source: Path, page: str, notebook: Any) -> None:
    """The folder that is built: this page, the glossary, and headings of the others."""
    import nbformat

    for folder in ("_static", "_templates"):
        shutil.copytree(BOOK / folder, source / folder)
    for file in ("_toc.yml", "references.bib"):
        shutil.copyfile(BOOK / file, source / file)
    for other in _pages(yaml.safe_load((BOOK / "_toc.yml").read_text(encoding="utf-8"))):
        path = next(BOOK / f"{other}{end}" for end in (".md", ".ipynb") if (BOOK / f"{other}{end}").is_file())
        there = source / path.relative_to(BOOK)
        there.parent.mkdir(parents=True, exist_ok=True)
        text = path.read_text(encoding="utf-8")
        if other in _WHOLE:
            there.write_text(text, encoding="utf-8")
        elif path.suffix == ".md":
            there.write_text(headings(text), encoding="utf-8")
        else:
            cells = [cell.source for cell in nbformat.reads(text, 4).cells if cell.cell_type == "markdown"]
            stub = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(headings("\n".join(cells)))])
            nbformat.write(stub, there)
    shown = nbformat.from_dict(notebook)
    if "{cite" in nbformat.writes(shown):
        own = "```{bibliography}\n:filter: docname in docnames\n:style: unsrtalpha\n```"
        shown.cells = [*shown.cells, nbformat.v4.new_markdown_cell(f"## References\n\n{own}")]
    nbformat.write(shown, source / f"{page}.ipynb")


def _run_sphinx(source: Path, built: Path, page: str) -> None:
    """Build in a process of its own: an extension of Sphinx looks at every object alive and stumbles over some."""
    call: list[str | Path] = [sys.executable, "-P", "-m", __name__, source, built, page]
    here = os.pathsep.join([str(Path(__file__).parents[1]), *filter(None, [os.environ.get("PYTHONPATH")])])
    done = subprocess.run(
        call, env=os.environ | {"PYTHONPATH": here}, stdin=subprocess.DEVNULL, capture_output=True, text=True,
        errors="replace",
    )  # fmt: skip
    if done.returncode:
        said = done.stderr.strip().splitlines() if done.returncode > 0 else []
        why = said[-1] if said else f"it ended with status {done.returncode}"
        error = NetterbookError(f"the page {page} cannot be built by Sphinx: {why}")
        error.add_note(done.stderr)
        raise error


def _build(source: Path, built: Path, page: str) -> None:
    from jupyter_book.config import get_final_config
    from sphinx.application import Sphinx
    from sphinx.util.docutils import docutils_namespace, patch_docutils

    config, _ = get_final_config(
        user_yaml=BOOK / "_config.yml", cli_config={"latex_individualpages": False}, sourcedir=source
    )
    config |= {
        "extensions": [each for each in config["extensions"] if each not in _UNUSED],
        "nb_execution_mode": "off",
        "nb_output_stderr": "show",
        "external_toc_path": str(source / "_toc.yml"),
        "html_static_path": ["_static"],
        "html_css_files": list(dict.fromkeys(config["html_css_files"])),
        "html_js_files": list(dict.fromkeys(config["html_js_files"])),
    }
    with patch_docutils(None), docutils_namespace():
        app = Sphinx(
            str(source), None, str(built), str(built / ".doctrees"), "html", confoverrides=config,
            status=None, warning=io.StringIO(),
        )  # fmt: skip
        app.build(False, [str(source / f"{page}.ipynb")])


def self_contained(html: str, folder: Path, address: str = "") -> str:
    """A page of the book with all that it loads in it.

    Parameters
    ----------
    html : the page
    folder : where it stands, from which what it loads is found
    address : of the same page in a published book, from which links to other pages start; they become text without it

    >>> self_contained('<body><p><a href="b.html">B</a> <a href="#c">C</a></p></body>', Path())
    '<body><p><span>B</span> <a href="#c">C</a></p></body>'
    >>> self_contained('<body><a href="b.html#d">B</a></body>', Path(), "https://book.org/a.html")
    '<body><a href="https://book.org/b.html#d">B</a></body>'
    """
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(html, "html.parser")
    for part in soup.select(_FURNITURE):
        part.decompose()
    for link in soup.find_all("a", href=True):
        _mend_link(soup, link, address)
    for sheet in soup.select("link[rel=stylesheet]"):
        path = _local(sheet["href"], folder)
        style = soup.new_tag("style")
        style.string = _style(path)
        sheet.replace_with(style)
    if soup.head is not None:
        own = soup.new_tag("style")
        own.string = _STYLE
        soup.head.append(own)
    scripts = [tag for tag in soup.find_all("script", src=True) if not tag["src"].startswith("data:")]
    for tag in sorted(scripts, key=lambda tag: tag.has_attr("defer")):  # which run last, and in their order
        tag.extract()
        path = _local(tag["src"], folder)
        if path.name not in _SCRIPTS:
            soup.body.append(_script(soup, tag, path))
    for image in soup.find_all(["img", "source"]):
        for name in ("src", "srcset"):
            if image.get(name) and not image[name].startswith("data:"):
                image[name] = _data(_local(image[name], folder))
    return str(soup)


def _local(address: str, folder: Path) -> Path:
    return folder / unquote(urlsplit(address).path)


def _data(path: Path, kind: str = "") -> str:
    kind = kind or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return f"data:{kind};base64,{base64.b64encode(path.read_bytes()).decode()}"


def _style(path: Path) -> str:
    """A style sheet whose pictures it carries itself."""

    def carried(found: re.Match[str]) -> str:
        target = path.parent / found[1]
        return f'url("{_data(target)}")' if target.is_file() else "none"

    text = path.read_text(encoding="utf-8").replace("</style", "<\\/style")
    text = re.sub(r"/\*# sourceMappingURL=.*?\*/", "", text)
    return re.sub(r"""url\(['"]?(?!data:|#|['"])([^'")]+)['"]?\)""", carried, text)


def _script(soup: Any, tag: Any, path: Path) -> Any:
    """A script with its text; one that loads another is told where that is in the page."""
    made = soup.new_tag("script")
    for name, value in tag.attrs.items():
        if name.startswith("data-"):
            made[name] = value
    if path.name == "ask.js":
        made["data-plot"] = _data(path.with_name("plot.js"), "text/javascript")
    text = re.sub(r"^//# sourceMappingURL=.*$", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    made.string = text.replace("</script", "<\\/script")
    return made


def _mend_link(soup: Any, link: Any, address: str) -> None:
    """Leave links within the page, to the web and to what the page carries; others as :func:`self_contained` says."""
    target = link["href"]
    if target.startswith("#") or urlsplit(target).scheme:
        return
    if address:
        link["href"] = urljoin(address, target)
        return
    word = link.find(class_="std-term", recursive=False) is not None
    link.name = "span"
    kept = [each for each in link.get("class", []) if each not in ("reference", "internal", "nb-number")]
    title = link.get("title")
    link.attrs = {}
    if word or title:
        kept.append("nb-word")
    if kept:
        link["class"] = kept
    if title:
        link["title"] = title


if __name__ == "__main__":
    _build(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])

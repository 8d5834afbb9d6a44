"""Print the built book as one PDF: pdf.py [FOLDER [OUTPUT]]

FOLDER is _build/html and OUTPUT netterbook.pdf in it, if they are not named. Every page of a book that holds its PDF is
given a link to it. Needs Chromium, which prints the pages, and the extra "pdf" of this project. The same book and the
same Chromium give the same file.
"""

from __future__ import annotations

import io
import os
import sys
import tempfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import paper
import pikepdf
import yaml
from chromium import FLAGS, installed

ROOT = Path(__file__).parents[1]
STYLE = Path(__file__).with_name("paper.css")
SCALE = 0.75  # wide enough a sheet for what pages show on a desktop, see the style sheet
SHEET = round(210 / 25.4 * 96 / SCALE)  # CSS pixels across a sheet of A4, as conditions in style sheets see it
WIDTH = round(180 / 25.4 * 96 / SCALE)  # and between its margins
PASSES = 4  # numbers of pages may move a line to another page, once or twice
# Tables too wide for the sheet are made smaller, and words in them broken only where that does not do.
FIT = """(width) => {
  const narrowest = 0.66;
  document.body.style.width = `${width}px`;
  for (const table of document.querySelectorAll("table")) {
    const room = table.parentElement.clientWidth, wanted = table.scrollWidth;
    if (wanted <= room + 1) continue;
    table.style.zoom = Math.max(narrowest, room / wanted);
    if (room / wanted < narrowest) table.classList.add("paper-tight");
  }
  document.body.style.width = "";
}"""


class Missing(Exception):
    """Something that printing needs is not there."""


@dataclass(frozen=True)
class About:
    """What the file says of itself."""

    title: str
    author: str
    version: str
    released: date

    @property
    def byline(self) -> str:
        """
        >>> About("Book", "A. Author", "1.0", date(2026, 11, 21)).byline
        'A. Author. Version 1.0, 21 November 2026'
        """
        return f"{self.author}. Version {self.version}, {self.released.day} {self.released:%B %Y}"


def about(root: Path = ROOT) -> About:
    """Title and author of the book's configuration, version and date of its citation."""
    book = yaml.safe_load((root / "_config.yml").read_text(encoding="utf-8"))
    citation = yaml.safe_load((root / "CITATION.cff").read_text(encoding="utf-8"))
    return About(book["title"], book["author"], str(citation["version"]), citation["date-released"])


def find_chromium() -> str:
    if found := installed():
        return found
    raise Missing("Chromium, which prints the pages, is not installed: apt-get install chromium")


def open_document(browser, path: Path):
    """A document in Chromium as it is on paper; nothing is asked of the network."""
    page = browser.new_page(viewport={"width": SHEET, "height": 1280}, color_scheme="light")
    page.set_default_timeout(0)
    page.route("http*://**/*", lambda route: route.abort())
    page.emulate_media(media="print", color_scheme="light")
    page.goto(path.as_uri(), wait_until="load", timeout=0)
    page.evaluate("document.fonts.ready.then(() => true)")
    page.evaluate(FIT, WIDTH)
    return page


def print_document(browser, html: str, folder: Path) -> bytes:
    """A document as a PDF with tags."""
    path = folder / "book.html"
    path.write_text(html, encoding="utf-8")
    page = open_document(browser, path)
    try:
        return page.pdf(prefer_css_page_size=True, print_background=True, tagged=True, scale=SCALE)
    finally:
        page.close()


def pages_of(pdf: bytes) -> dict[str, int]:
    """The page, from 1, of every place that a link of the document leads to."""
    with pikepdf.open(io.BytesIO(pdf)) as file:
        numbers = {page.objgen: number for number, page in enumerate(file.pages, start=1)}
        return {name[1:]: numbers[place[0].objgen] for name, place in file.Root.Dests.items()}


def finish(pdf: bytes, about: About, outline: list[paper.Entry]) -> bytes:
    """The file with an outline and what it says of itself, and nothing of when and where it was made."""
    day = f"D:{about.released:%Y%m%d}000000Z"
    said = {"/Title": about.title, "/Author": about.author, "/Subject": f"Version {about.version}"}
    with pikepdf.open(io.BytesIO(pdf)) as file:
        for name, value in (said | {"/CreationDate": day, "/ModDate": day}).items():
            file.docinfo[name] = value
        file.Root.Lang = "en-GB"
        file.Root.PageMode = pikepdf.Name.UseOutlines
        file.Root.ViewerPreferences = pikepdf.Dictionary(DisplayDocTitle=True)
        number_heads(file)
        with file.open_outline() as tree:
            tree.root[:] = [_bookmark(entry, file.Root.Dests) for entry in outline]
        out = io.BytesIO()
        file.save(out, object_stream_mode=pikepdf.ObjectStreamMode.generate, deterministic_id=True)
    return out.getvalue()


def number_heads(file: pikepdf.Pdf) -> None:
    """Number the heads of tables, to which cells refer, from one; Chromium's numbers differ from run to run."""
    heads = [each for each in file.objects if isinstance(each, pikepdf.Dictionary) and each.get("/S") == "/TH"]
    cells = [each for each in file.objects if isinstance(each, pikepdf.Dictionary) and each.get("/S") in ("/TH", "/TD")]
    known = sorted(str(head.ID) for head in heads if "/ID" in head)
    new = {old: pikepdf.String(f"node{number:08}") for number, old in enumerate(known, start=1)}
    for head in heads:
        if "/ID" in head:
            head.ID = new[str(head.ID)]
    for cell in cells:
        for attributes in cell.get("/A", []):
            if "/Headers" in attributes:
                attributes.Headers = pikepdf.Array([new[str(head)] for head in attributes.Headers])
    _rename(file.Root.StructTreeRoot.get("/IDTree", pikepdf.Dictionary()), new)


def _rename(tree: pikepdf.Dictionary, new: dict[str, pikepdf.String]) -> None:
    for part in ("/Names", "/Limits"):
        for place, name in enumerate(tree.get(part, [])):
            if isinstance(name, pikepdf.String):
                tree[part][place] = new[str(name)]
    for each in tree.get("/Kids", []):
        _rename(each, new)


def _bookmark(entry: paper.Entry, places: pikepdf.Dictionary) -> pikepdf.OutlineItem:
    item = pikepdf.OutlineItem(entry.title, places[f"/{entry.key}"])
    item.is_closed = True
    item.children.extend(_bookmark(each, places) for each in entry.within)
    return item


def make(folder: Path, about: About, progress) -> bytes:
    """The book in ``folder`` as a PDF; ``progress`` is called with what is done next."""
    from playwright.sync_api import sync_playwright

    progress("Reading the pages")
    chapters = list(paper.read_all(folder))
    html = paper.assemble(chapters, paper.styles(folder, STYLE), about.title, about.byline)
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        try:
            pages: dict[str, int] = {}
            for _ in range(PASSES):
                progress("Printing, with numbers of pages" if pages else "Printing")
                pdf = print_document(browser, paper.numbered(html, pages) if pages else html, Path(scratch))
                before, pages = pages, pages_of(pdf)
                if before == pages:
                    break
                if missing := sorted(paper.asked(html) - set(pages)):
                    raise paper.Unprintable(f"no page has the place {missing[0]}")
            else:
                raise paper.Unprintable("the numbers of its pages do not settle")
        finally:
            browser.close()
    progress("Writing")
    return finish(pdf, about, paper.outline(chapters))


def offers(folder: Path, output: Path, pdf: bytes) -> dict[Path, str]:
    """The pages of a book with a link to its PDF, where it is among them."""
    if not output.resolve().is_relative_to(folder.resolve()):
        return {}
    with pikepdf.open(io.BytesIO(pdf)) as file:
        said = f"The whole book as PDF, {len(file.pages)} pages, {len(pdf) / 1e6:.1f} MB"
    pages = [folder / f"{name}.html" for _, name in paper.order(paper.soup(folder, paper.FRONT))]
    links = {page: Path(os.path.relpath(output, page.parent)).as_posix() for page in pages}
    return {page: paper.offer(page.read_text(encoding="utf-8"), link, said) for page, link in links.items()}


def main(arguments: list[str]) -> None:
    folder = Path(arguments[0]) if arguments else ROOT / "_build" / "html"
    output = Path(arguments[1]) if len(arguments) > 1 else folder / "netterbook.pdf"
    if not (folder / "index.html").is_file():
        raise Missing(f"there is no built book in {folder}: make book")
    find_chromium()
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from netterbook.files import write_together

    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=5, completed=-1)
        pdf = make(folder, about(), lambda what: bar.update(task, description=what, advance=1))
    write_together({output: pdf} | offers(folder, output, pdf))
    print(f"The book is in {os.path.relpath(output)}")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except (Missing, paper.Unprintable, OSError) as error:
        sys.exit(f"No PDF was written: {error}")

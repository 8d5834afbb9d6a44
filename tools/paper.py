"""The pages of the built book as one document for paper: in one order, with one set of addresses, nothing folded."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from statistics import mean
from urllib.parse import quote, unquote, urlsplit

from bs4 import BeautifulSoup, Tag

FRONT = "index"
SHORT = 300  # characters up to which folded words are opened where they stand
MANY = 200  # rows from which a table's columns are fitted
LONG = 14  # characters from which a word may be broken at its points and underscores
UNPRINTABLE = (
    "script, noscript, details.above-input, .headerlink, .cell_input, .d-print-none, .only-dark, "
    ".nb-ask, .nb-files, .nb-filters, .nb-key, .nb-pdf, picture[hidden], picture > source, .toctree-wrapper"
)
CONTENTS = "Contents"
APPENDIX = "Appendix: what is folded on the pages"
HEADINGS = ["h1", "h2", "h3", "h4", "h5", "h6"]


class Unprintable(Exception):
    """The built book is not as this tool knows it."""


@dataclass
class Fold:
    """What is folded on a page: its title, its parts and where it stood."""

    title: str
    content: str
    section: str
    key: str

    @property
    def place(self) -> str:
        return f"{self.key}-place"


@dataclass
class Chapter:
    """A page of the book, ready for paper."""

    name: str
    part: str
    article: Tag
    folds: list[Fold] = field(default_factory=list)

    @property
    def key(self) -> str:
        return key_of(self.name)

    @property
    def title(self) -> str:
        return text_of(self.article.find("h1"))


def key_of(name: str, fragment: str = "") -> str:
    """The address in the one document of a page, or of a place on it.

    >>> key_of("chapters/netter1"), key_of("chapters/netter1", "safety")
    ('chapters-netter1', 'chapters-netter1--safety')
    """
    return name.replace("/", "-") + (f"--{fragment}" if fragment else "")


def text_of(tag: Tag) -> str:
    return " ".join(tag.get_text().split())


def order(front: BeautifulSoup) -> list[tuple[str, str]]:
    """The part and name of every page, in the order of the contents beside each page; the front page first.

    Raises
    ------
    Unprintable
        If there are no such contents.
    """
    part, found = "", {FRONT: ""}
    for tag in front.select("p.caption, li[class*=toctree-l] > a.reference.internal"):
        if tag.find_parent("article"):
            continue
        if tag.name == "p":
            part = text_of(tag)
        elif page := urlsplit(tag["href"]).path.removesuffix(".html"):
            found.setdefault(page, part)
    if len(found) == 1:
        raise Unprintable("its front page has no contents of the book")
    return [(part, name) for name, part in found.items()]


def read(folder: Path, part: str, name: str, known: set[str]) -> Chapter:
    """A page of the built book without what only a screen can show, its links turned to the one document.

    Parameters
    ----------
    folder : the built book
    part, name : of the page
    known : names of all pages of the document

    Raises
    ------
    Unprintable
        If it has no article.
    """
    page = soup(folder, name)
    article = page.find("article")
    if article is None or article.find("h1") is None:
        raise Unprintable(f"{name}.html has no article with a title")
    if name == FRONT and (foot := page.select_one(".nb-foot")) and foot not in article.descendants:
        article.append(foot)
    clean(article)
    fit_long_tables(article)
    chapter = Chapter(name, part, article)
    address(article, folder, name, known)
    chapter.folds = unfold(chapter)
    return chapter


def soup(folder: Path, name: str) -> BeautifulSoup:
    try:
        return BeautifulSoup((folder / f"{name}.html").read_text(encoding="utf-8"), "html.parser")
    except FileNotFoundError:
        raise Unprintable(f"its page {name}.html is missing") from None


def fit_long_tables(article: Tag) -> None:
    """Make the columns of long tables as wide as what they hold needs, and their long words breakable."""
    for table in article.find_all("table"):
        heads = [text_of(head) for head in table.select("thead th")]
        rows = [row.find_all("td") for row in table.select("tbody tr")]
        rows = [row for row in rows if len(row) == len(heads)]  # no heads of groups
        if len(rows) < MANY:
            continue
        texts = [[text_of(cell) for cell in column] for column in zip(*rows, strict=True)]
        columns = "".join(f'<col style="width: {share:.1%}">' for share in shares(heads, texts))
        table.thead.insert_before(fragment(f"<colgroup>{columns}</colgroup>"))
        table["class"] = [*table.get("class", []), "paper-long"]
        for cell in (cell for row in rows for cell in row):
            inner = BeautifulSoup(breakable(cell.decode_contents()), "html.parser")
            cell.clear()
            cell.extend(list(inner.contents))


def breakable(markup: str) -> str:
    """Markup whose long words, such as ids, may be broken at points and underscores.

    >>> breakable("<p>netter1.results.pfs_hr is 0.21</p>")
    '<p>netter1.<wbr>results.<wbr>pfs_<wbr>hr is 0.21</p>'
    """
    long = rf"(?<![\w.])[\w.]{{{LONG},}}(?=[^<>]*(?:<|$))"
    return re.sub(long, lambda word: re.sub(r"([._])(?=\w)", r"\1<wbr>", word[0]), markup)


def shares(names: list[str], texts: list[list[str]]) -> list[float]:
    """Shares of the width for columns: more for more text, so that rows are of few lines, and room for usual words.

    >>> [round(share, 2) for share in shares(["a", "b"], [["x" * 4] * 3, ["y z " * 16] * 3])]
    [0.21, 0.79]
    """
    wanted = []
    for name, column in zip(names, texts, strict=True):
        words = sorted(max(map(len, cell.split()), default=0) for cell in column)
        usual = max(words[int(len(words) * 0.97)], *map(len, name.split()))
        wanted.append(max(mean(map(len, column)) ** 0.75, min(usual, LONG) + 2))
    return [each / sum(wanted) for each in wanted]


def fragment(html: str) -> Tag:
    """The first element of some markup.

    >>> fragment("<p>a</p>").name
    'p'
    """
    return BeautifulSoup(html, "html.parser").find()


def clean(article: Tag) -> None:
    """Take out code cells, buttons and downloads. What draws itself (it has a word for those without scripts) may."""
    for tag in article.find_all("noscript"):
        tag.parent["data-moving"] = ""
    for tag in article.select(UNPRINTABLE):
        if not (tag.decomposed or (tag.name == "script" and _moves(tag))):
            tag.decompose()
    for link in article.select("a[download], a[href^='data:']"):
        _take_out(link)


def _take_out(link: Tag) -> None:
    """Take out a download with the brackets or the paragraph that hold nothing else; in a table its name stays."""
    if link.find_parent("td"):
        link.unwrap()
        return
    before, after, parent = link.previous_sibling, link.next_sibling, link.parent
    link.decompose()
    if str(before or "").rstrip().endswith("(") and str(after or "").lstrip().startswith(")"):
        before.replace_with(before.rstrip()[:-1].rstrip())
        after.replace_with(after.lstrip()[1:])
    if parent.name == "p" and not re.search(r"\w", parent.get_text()) and not parent.find("img"):
        parent.decompose()


def address(article: Tag, folder: Path, name: str, known: set[str]) -> None:
    """Make addresses of a page its own in the one document, and links and pictures lead from there."""
    for tag in article.find_all(id=True):
        if not tag.find_parent(["svg"]) and not _moves(tag):
            tag["id"] = key_of(name, tag["id"])
    for tag in article.find_all(["a"], href=True):
        target = target_of(tag["href"], name, known)
        if target:
            tag["href"] = target
        else:
            del tag["href"]
    for tag in article.find_all(["img"], src=True):
        if not urlsplit(tag["src"]).scheme:
            tag["src"] = (
                (folder / f"{name}.html").parent.joinpath(unquote(urlsplit(tag["src"]).path)).resolve().as_uri()
            )
        tag["loading"] = "eager"


def _moves(tag: Tag) -> bool:
    return tag.has_attr("data-moving") or tag.find_parent(attrs={"data-moving": True}) is not None


def target_of(href: str, name: str, known: set[str]) -> str | None:
    """Where a link of a page leads on paper: a place in the document, the web, or nowhere.

    >>> target_of("netter2.html#safety", "chapters/netter1", {"chapters/netter2"})
    '#chapters-netter2--safety'
    >>> target_of("#safety", "chapters/netter1", set()), target_of("https://doi.org/1", "index", set())
    ('#chapters-netter1--safety', 'https://doi.org/1')
    >>> target_of("genindex.html", "index", {"index"})
    """
    parts = urlsplit(href)
    if parts.scheme in ("http", "https", "mailto"):
        return href
    if parts.scheme or parts.netloc or href == "#":
        return None
    page = posixpath.normpath(posixpath.join(posixpath.dirname(name), parts.path)) if parts.path else name
    page = page.removesuffix(".html")
    if parts.path and page not in known:
        return None
    return "#" + quote(key_of(page, unquote(parts.fragment)))


def unfold(chapter: Chapter) -> list[Fold]:
    """Open what is short, in a list or a table where it stands; take the rest out, with a line in its place."""
    larger = []
    for details in chapter.article.find_all("details"):
        summary = details.find("summary", recursive=False)
        title = title_of(summary) if summary else ""
        if details.find_parent(["td", "th", "li"]):
            _open(details, summary, "")
        elif details.find_parent("details") or (
            len(text_of(details)) <= SHORT and not details.find(["table", "img", "svg"])
        ):
            _open(details, summary, title)
        else:
            larger.append((details, summary, title))
    return [_take(chapter, *each, number) for number, each in enumerate(larger, start=1)]


def title_of(summary: Tag) -> str:
    """What is folded, without the words that say on a screen how to open it.

    >>> one, other = "Figure: show output", "Figure: hide output"
    >>> title_of(fragment(f'<summary><p class="collapsed">{one}</p><p class="expanded">{other}</p></summary>'))
    'Figure'
    """
    return text_of(summary.select_one(".collapsed") or summary).removesuffix(": show output")


def _open(details: Tag, summary: Tag | None, title: str) -> None:
    if summary:
        summary.decompose()
    if title:
        details.insert(0, fragment(f'<p class="paper-opened">{escape(title)}</p>'))
    details.name = "div"
    del details["open"]


def _take(chapter: Chapter, details: Tag, summary: Tag | None, title: str, number: int) -> Fold:
    """Take a fold out; its addresses, and those of its summary, go with it."""
    key, section = f"fold-{chapter.key}-{number}", details.find_previous(HEADINGS)
    named = [details, *([summary, *summary.find_all(id=True)] if summary else [])]
    anchors = "".join(f'<span id="{escape(tag["id"])}"></span>' for tag in named if tag.get("id"))
    fold = Fold(title, "", text_of(section), key)
    line = f'{escape(title)} → <a href="#{key}">page {page_of(key)}</a>'
    details.replace_with(fragment(f'<p class="paper-fold" id="{fold.place}">{line}</p>'))
    if summary:
        summary.decompose()
    for heading in details.find_all(HEADINGS):
        heading.name = f"h{min(int(heading.name[1]) + 2, 6)}"
    fold.content = anchors + details.decode_contents()
    return fold


def page_of(key: str) -> str:
    """A place for the number of the page where ``key`` stands; :func:`numbered` fills it."""
    return f'<span class="paper-page" data-of="{key}">000</span>'


def numbered(html: str, pages: dict[str, int]) -> str:
    """Fill the places of :func:`page_of`.

    >>> numbered(page_of("a"), {"a": 12})
    '<span class="paper-page" data-of="a">12</span>'
    """
    return re.sub(r'(<span class="paper-page" data-of="([^"]+)">)[^<]*', lambda m: f"{m[1]}{pages[m[2]]}", html)


def asked(html: str) -> set[str]:
    """The keys whose pages a document names.

    >>> asked(page_of("a") + page_of("b")) == {"a", "b"}
    True
    """
    return set(re.findall(r'<span class="paper-page" data-of="([^"]+)">', html))


@dataclass
class Entry:
    """A line of the contents: a chapter or what is in it."""

    title: str
    key: str
    part: str = ""
    within: list[Entry] = field(default_factory=list)


def outline(chapters: list[Chapter]) -> list[Entry]:
    """Chapters and their sections, as they are printed; last, what is folded on the pages."""
    found = [Entry(chapter.title, chapter.key, chapter.part, sections(chapter)) for chapter in chapters]
    found[:1] = [Entry(found[0].title, found[0].key), Entry(CONTENTS, "contents")]
    if folded := [chapter for chapter in chapters if chapter.folds]:
        within = [Entry(chapter.title, f"appendix-{chapter.key}") for chapter in folded]
        found.append(Entry(APPENDIX, "appendix", within=within))
    return found


def sections(chapter: Chapter) -> list[Entry]:
    places = ((heading, _place(heading)) for heading in chapter.article.find_all("h2"))
    return [Entry(text_of(heading), key) for heading, key in places if key]


def _place(heading: Tag) -> str:
    """The address of a heading: its own or its section's."""
    section = heading.find_parent("section")
    return heading.get("id") or (section.get("id", "") if section else "")


def contents(entries: list[Entry]) -> str:
    """The table of contents: parts, chapters, sections and their pages."""
    lines, part = [], ""
    for entry in entries:
        if entry.part != part:
            part = entry.part
            lines.append(f'<p class="paper-part">{escape(part)}</p>')
        lines.append(_line(entry, "paper-h1"))
        lines += [_line(each, "paper-h2") for each in entry.within]
    return f'<nav class="paper-contents" id="contents"><h1>Contents</h1>{"".join(lines)}</nav>'


def _line(entry: Entry, kind: str) -> str:
    key = escape(entry.key)
    return f'<p class="{kind}"><a href="#{key}"><span>{escape(entry.title)}</span>{page_of(key)}</a></p>'


def appendix(chapters: list[Chapter]) -> str:
    """What is folded on the pages, chapter by chapter, each with the page that it is from."""
    found = []
    for chapter in chapters:
        if chapter.folds:
            found.append(f'<h2 id="appendix-{chapter.key}">{escape(chapter.title)}</h2>')
        for fold in chapter.folds:
            where = f"{escape(fold.section)}, page {page_of(fold.place)}"
            found.append(
                f'<section class="paper-folded"><h3 id="{fold.key}">{escape(fold.title)}</h3>'
                f'<p class="paper-back">From <a href="#{fold.place}">{where}</a></p>{fold.content}</section>'
            )
    return _section("paper-chapter", "appendix", f"<h1>{APPENDIX}</h1>{''.join(found)}") if found else ""


def _section(kind: str, key: str, inside: str) -> str:
    return f'<section class="{kind}" id="{key}" style="page: {key}">{inside}</section>'


def running_head(key: str, chapter: str, book: str) -> str:
    """Rules for the pages of a chapter: its title and the book's above the text, the number below.

    >>> 'content: "A \\\\"B\\\\""' in running_head("a", 'A "B"', "Book")
    True
    """
    chapter, book = (json.dumps(said, ensure_ascii=False) for said in (chapter, book))
    return f"@page {key} {{ @top-left {{ content: {chapter}; }} @top-right {{ content: {book}; }} }}\n"


def read_all(folder: Path) -> Iterator[Chapter]:
    pages = order(soup(folder, FRONT))
    for part, name in pages:
        yield read(folder, part, name, {name for _, name in pages})


def styles(folder: Path, own: Path) -> str:
    """The styles of the front page, and after them a style sheet for paper."""
    found = []
    for tag in soup(folder, FRONT).select("link[rel=stylesheet], head > style"):
        if tag.name == "style":
            found.append(str(tag))
        elif not urlsplit(tag["href"]).scheme:
            found.append(_sheet(folder / unquote(urlsplit(tag["href"]).path)))
    return "".join([*found, _sheet(own)])


def _sheet(path: Path) -> str:
    return f'<link rel="stylesheet" href="{path.resolve().as_uri()}">'


def mend_links(html: str) -> str:
    """Let links to a place that is not there, which only a script makes on a screen, lead to the top of its page.

    >>> mend_links('<h1 id="ledger"></h1><a href="#ledger--gone">fixed</a>')
    '<h1 id="ledger"></h1><a href="#ledger">fixed</a>'
    """
    places = set(re.findall(r'\sid="([^"]+)"', html))

    def mended(link: re.Match[str]) -> str:
        key = unquote(link[1])
        return link[0] if key in places else f'href="#{quote(key.partition("--")[0])}"'

    return re.sub(r'href="#([^"]+)"', mended, html)


def assemble(chapters: list[Chapter], styles: str, title: str, byline: str) -> str:
    """The book as one document, with ``000`` for every number of a page.

    Parameters
    ----------
    chapters : all pages, the front page first
    styles : elements for the head
    title : of the book, for the running head
    byline : a line below the title on the front page
    """
    front, *others = chapters
    front.article.find("h1").insert_after(fragment(f'<p class="paper-byline">{escape(byline)}</p>'))
    entries = outline(chapters)
    heads = "".join(running_head(entry.key, entry.title, title) for entry in entries[1:])
    body = [_section("paper-front", front.key, front.article.decode_contents()), contents(entries)]
    body += [_section("paper-chapter", each.key, each.article.decode_contents()) for each in others]
    body.append(appendix(chapters))
    head = f'<meta charset="utf-8"><title>{escape(title)}</title>{styles}<style>{heads}</style>'
    return (
        f'<!DOCTYPE html><html lang="en-GB" data-theme="light" data-mode="light"><head>{head}</head>'
        f'<body data-theme="light"><article id="paper" role="main">{mend_links("".join(body))}</article></body></html>'
    )


OFFER = re.compile(r'<p class="nb-pdf">.*?</p>\s*')


def offer(html: str, link: str, said: str) -> str:
    """A page with a link to the PDF at the end of its article, once.

    >>> page = offer("<article>A</article>", "a.pdf", "PDF")
    >>> page, page == offer(page, "a.pdf", "PDF")
    ('<article>A<p class="nb-pdf"><a href="a.pdf">PDF</a></p></article>', True)
    """
    before, end, after = OFFER.sub("", html).rpartition("</article>")
    return f'{before}<p class="nb-pdf"><a href="{escape(link)}">{escape(said)}</a></p>{end}{after}' if end else html

import re
import runpy
from pathlib import Path

import nbformat
import pytest
from docutils import nodes

ROOT = Path(__file__).parents[2]
FOLDING = runpy.run_path(str(ROOT / "docs" / "folding.py"))
CHAPTERS = sorted((ROOT / "chapters").glob("*.ipynb"))


def test_what_follows_a_mark_in_its_section_is_folded_and_the_heading_is_not():
    mark = nodes.raw("", "<!-- folded: For statisticians: power -->", format="html")
    before, after = nodes.paragraph("", "seen"), nodes.paragraph("", "folded")
    section = nodes.section(
        "", nodes.title("", "Power"), before, mark, after, nodes.section("", nodes.title("", "More"))
    )
    FOLDING["fold"](mark, "For statisticians: power")
    title, seen, box = section.children
    assert (title.astext(), seen.astext()) == ("Power", "seen")
    assert box["design_component"] == "dropdown" and not box["opened"]
    assert [child.astext() for child in box.children] == ["For statisticians: power", "folded", "More"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("<!-- folded: For statisticians -->\n", "For statisticians"),
        ("<!-- a remark -->", None),
        ("<p>folded: no</p>", None),
    ],
)
def test_a_mark_says_what_is_folded(text, words):
    found = FOLDING["_MARK"].fullmatch(text)
    assert (found and found[1]) == words


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_a_mark_stands_alone_and_has_something_to_fold(path):
    """The next cell neither begins another section nor is another mark."""
    cells = nbformat.read(path, 4).cells
    for number, cell in enumerate(cells):
        if "<!-- folded" in cell.source:
            assert cell.cell_type == "markdown" and re.fullmatch(r"<!-- folded: \S.* -->", cell.source)
            assert not cells[number + 1].source.startswith(("#", "<!--"))

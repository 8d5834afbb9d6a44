import re
import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXTENSION = "term_titles"
GLOSSARY = """# Words

```{glossary}
draw
lot
  One of *many*
  values.

hazard
  A rate.

O'Brien's rule
  A limit.
```
"""
CHAPTER = """# Hazard

Draws are no `hazard` and [no hazard](../page.md).

Hazards; one hazard more, hazardous. **O'Brien's rule**, O'Brien's rule.
"""
PAGE = "# Page\n\nA {term}`draw`, a {term}`Lot <lot>`; [elsewhere](glossary.md).\n"


@pytest.fixture(scope="module")
def build(tmp_path_factory):
    """Build a book of two pages; a second time after its glossary was changed."""
    pytest.importorskip("myst_parser")
    from sphinx.application import Sphinx
    from sphinx.util.docutils import docutils_namespace

    folder = tmp_path_factory.mktemp("book")
    suffixes = {".md": "markdown"}  # said, as Sphinx keeps those of books built before in the same process
    configuration = {"extensions": ["myst_parser", EXTENSION], "root_doc": "page", "source_suffix": suffixes}
    (folder / "conf.py").write_text("".join(f"{name} = {value!r}\n" for name, value in configuration.items()))
    (folder / "page.md").write_text(PAGE + "\n```{toctree}\nglossary\nchapters/one\n```\n")
    (folder / "chapters").mkdir()
    (folder / "chapters" / "one.md").write_text(CHAPTER)

    def run(glossary):
        (folder / "glossary.md").write_text(glossary)
        out = folder / "out"
        with docutils_namespace():
            Sphinx(folder, folder, out, out / "trees", "html", status=None, warningiserror=True).build()
        return [(out / name).read_text(encoding="utf-8") for name in ("page.html", "chapters/one.html")]

    return run


def test_a_link_to_a_word_carries_its_meaning(build):
    page, _ = build(GLOSSARY)
    assert page.count('title="One of many values."') == 2
    assert 'href="glossary.html#term-draw" title=' in page and 'href="glossary.html#term-lot" title=' in page
    changed, _ = build(GLOSSARY.replace("values", "numbers, drawn"))
    assert changed.count('title="One of many numbers, drawn."') == 2


def test_the_first_of_each_word_in_a_chapters_prose_is_linked(build):
    """Not in heads, links and code, and not those that are everyday words as well."""
    page, chapter = build(GLOSSARY)
    assert re.findall(r'title="([^"]+)"><span class="[^"]*std-term">([^<]+)<', chapter) == [
        ("A rate.", "Hazards"),
        ("A limit.", "O’Brien’s rule"),
    ]
    assert page.count("std-term") == 2  # its own


def test_words_are_explained_in_few_words_and_none_twice():
    lines = (ROOT / "glossary.md").read_text(encoding="utf-8").splitlines()
    blocks = "\n".join(lines).split("```{glossary}\n:sorted:\n")[1:]
    entries = [entry.splitlines() for block in blocks for entry in block.partition("```")[0].strip().split("\n\n")]
    terms = [line for entry in entries for line in entry if not line.startswith("  ")]
    assert len(terms) > 60 and len({term.lower() for term in terms}) == len(terms)
    for entry in entries:
        said = " ".join(line.strip() for line in entry if line.startswith("  "))
        assert 20 < len(said) < 330 and said.endswith("."), entry


def test_the_extension_names_the_page_of_the_book():
    assert (ROOT / f"{runpy.run_path(str(ROOT / 'docs' / 'term_titles.py'))['GLOSSARY']}.md").is_file()

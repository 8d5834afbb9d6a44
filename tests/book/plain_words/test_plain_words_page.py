"""What the page for patients says, as it is stored: short sentences, no statistics' words, no advice."""

import re
from pathlib import Path

import nbformat
import pytest

PAGE = Path(__file__).parents[3] / "chapters" / "plain_words.ipynb"
FIRST = 60
"""Words within which what was found is told."""


@pytest.fixture(scope="module")
def paragraphs():
    """What is read aloud: prose without headings and links, up to the sources."""
    said = []
    for cell in nbformat.read(PAGE, as_version=4).cells:
        outputs = [o["data"].get("text/markdown", "") for o in cell.get("outputs", []) if "data" in o]
        said += [cell.source] if cell.cell_type == "markdown" else outputs
    text = "\n\n".join(said).partition("## Where the numbers come from")[0]
    text = re.sub(r"^#+ .*$|```(\{note\})?|\*", "", text, flags=re.MULTILINE)
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)
    text = re.sub(r"</?a\b[^>]*>", "", text)
    return [" ".join(part.split()) for part in re.split(r"\n\n|^- ", text, flags=re.MULTILINE) if part.strip()]


def test_the_first_words_say_what_was_found_what_was_not_what_harm_and_how_many_cycles(paragraphs):
    first = " ".join(paragraphs[0].split()[:FIRST])
    assert first == paragraphs[0]
    for part in (
        "NETTER-1",
        "NETTER-2",
        "Longer life has not been shown",
        "Severe",
        "blood disease",
        "Cycles",
        "unknown",
    ):
        assert part in first


def test_sentences_are_short(paragraphs):
    lengths = [len(each.split()) for part in paragraphs for each in re.split(r"(?<=[.?!])\s+", part)]
    assert len(lengths) > 100
    assert sum(lengths) / len(lengths) < 15
    assert max(lengths) <= 30


def test_no_word_of_statistics_is_used(paragraphs):
    words = (
        r"hazard|confidence|P value|median|Kaplan|randomis|significan|statistic|interval|cohort|censor|\bCI\b|\bPFS\b"
    )
    assert re.findall(words, " ".join(paragraphs), re.IGNORECASE) == []


def test_no_advice_is_given(paragraphs):
    told = [part for part in paragraphs if not part.endswith("?")]
    assert (
        re.findall(r"\byou (?:should|must|need)|recommend|we advise|best treatment", " ".join(told), re.IGNORECASE)
        == []
    )


@pytest.mark.parametrize(
    ("term", "meaning"),
    [
        ("cycle", "One such infusion is called a cycle"),
        ("receptors", "docking places, which doctors call receptors"),
        ("progression-free survival", "how long people lived before the cancer grew"),
        ("Severe", "Severe means grade 3 or 4"),
        ("myelodysplastic syndrome", "in which the marrow makes too few healthy blood cells"),
        ("amino acids", "These are parts of protein"),
    ],
)
def test_a_term_has_its_meaning(paragraphs, term, meaning):
    text = " ".join(paragraphs)
    assert term in text and meaning in text


def test_each_picture_has_its_data_and_tells_its_numbers():
    markup = "\n".join(
        o["data"].get("text/html", "")
        for cell in nbformat.read(PAGE, as_version=4).cells
        for o in cell.get("outputs", [])
        if "data" in o
    )
    figures = re.findall(r'<figure class="nb-figure".*?</figure>', markup, re.DOTALL)
    assert len(figures) == 9
    for figure in figures:
        assert re.search(r"<figcaption>.*Data: .*</figcaption>.*download=", figure, re.DOTALL)
        (told,) = set(re.findall(r'alt="([^"]*)"', figure))
        groups = re.findall(r": of 100 people, ([^.]*)\.", told)
        assert len(groups) == 2
        for group in groups:
            assert sum(int(part.split()[0]) for part in group.split("; ")) == 100

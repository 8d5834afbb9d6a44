"""The book is written in British spelling, but for titles, names and the words of others."""

import ast
import re
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[2]
PAGES = [*ROOT.glob("*.md"), *ROOT.glob("data/*.md"), *ROOT.glob("api/*.md"), *ROOT.glob("chapters/*.ipynb")]
SENTENCES = [*ROOT.glob("data/*.yml"), *ROOT.glob("src/netterbook/**/*.yml"), ROOT / "_config.yml", ROOT / "_toc.yml"]
SENTENCES.append(ROOT / "data/reference/sentences.yml")
AMERICAN = re.compile(
    r"\b(?:tumor\w*|cent(?:er|ers|ered|ering)|behavior\w*|colors?|colored|favor(?:s|ed|ing|able|ably)?|fibers?|labeled"
    r"|labeling|modeled|modeling|canceled|signaled|traveled|liters?|(?:milli|centi)?meters?|catalog|toward|enroll|fulfill"
    r"|enrollments?|skeptic\w*|defense|practiced|hem(?:at|o|orrh)\w*|(?:an|isch|hypox|glyc|leuk)emi[ac]|pediatr\w*"
    r"|esoph\w*|edema|diarrhea|fec(?:al|es)|fetus|estrogen|orthopedic|dyspnea|celiac|cecum|anesthe\w+"
    r"|[a-z]{3,}(?:yz|(?<!s)iz)(?:e|es|ed|er|ers|ing|ation|ations|able))\b",
    re.IGNORECASE,
)
"""Words that are spelled otherwise in Britain; with -ize."""
ALIKE = {"size", "sized", "sizes", "sizing", "seize", "seized", "prize", "prizes", "capsize", "resize"}
"""Spelled so there as well."""
NOT_OURS = re.compile(
    r"```.*?```|`[^`\n]*`|\"[^\"\n]{0,200}\"|“[^”]*”|<[^<>]*>|\{[\w.,:]+\}|\]\([^)]*\)|https?://\S+"
    r"|Solid Tumors|WebPlotDigitizer|SurvdigitizeR|color-\w+|css_variables"
    r"|(?:upper|lower|outside lower|outside upper) center",
    re.DOTALL,
)
"""Code, quotations, markup, slots, addresses, names, and places of a legend."""


def american(text):
    """Words of a text that are spelled in the American way."""
    return [word for word in AMERICAN.findall(NOT_OURS.sub(" ", text)) if word.lower() not in ALIKE]


def said(path):
    """What readers see of a page: its prose, and the sentences that its code fills."""
    if path.suffix != ".ipynb":
        return [path.read_text(encoding="utf-8")]
    found = []
    for cell in nbformat.read(path, 4).cells:
        if cell.cell_type == "markdown":
            found.append(cell.source)
            continue
        about = cell.metadata.get("mystnb", {})
        found += [about[part][name] for part, name in (("figure", "caption"), ("image", "alt")) if part in about]
        constants = [node.value for node in ast.walk(ast.parse(cell.source)) if isinstance(node, ast.Constant)]
        found += [value for value in constants if isinstance(value, str) and " " in value]
    return found


@pytest.mark.parametrize("path", [*PAGES, *SENTENCES], ids=lambda path: str(path.relative_to(ROOT)))
def test_spelling_is_british(path):
    assert [word for text in said(path) for word in american(text)] == []


@pytest.mark.parametrize("path", sorted(ROOT.glob("src/netterbook/book/**/*.py")), ids=lambda path: path.stem)
def test_words_that_figures_and_tables_say_are_british(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    constants = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    assert [word for value in constants if isinstance(value, str) and " " in value for word in american(value)] == []


def test_american_words_are_seen_and_quotations_are_not():
    words = "tumors randomized center analyzed hemoglobin anemia diarrhea favors color labeled enrollment"
    assert american(words) == words.split()
    assert american("The size of tumours, analysed and randomised; metre, centre, gray (Gy)") == []
    assert american('As printed: "tumor"; `color`, <b style="color: red">, {netter1.results.enrollment_end}') == []

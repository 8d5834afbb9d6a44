"""Sentences about cited facts say what the facts' rows say."""

import re
from datetime import date, datetime
from pathlib import Path

import nbformat
import pytest
import yaml

from netterbook import facts, papers
from netterbook.book import cited
from netterbook.errors import DataError

ROOT = Path(__file__).parents[2]
FILE = yaml.safe_load((papers.data_dir() / "reference/sentences.yml").read_text(encoding="utf-8"))
KNOWN = facts.read(papers.data_dir())
SAID = cited.read(papers.data_dir())
RAW = re.compile(
    r"(?<!¹⁷⁷)\bLu\b|>=|<=|\+-|~|\b(?:n=|pts?|yrs?|mo|wk|vs|ORR|OS|PFS|TTD|HR|CI|OR|SD|PD|R-PRRT|PRRT|EBRT|TBI|BED|AE|SAE|NE|MDS"
    r"|AML|SSA|SSTR|p?NETs?|GEP|GI|ITT|BSC|CEA|MAIC|STC|IPD|DSU|MDM|PI|SmPC|NEJM)\b"
)
"""Abbreviations and signs of the rows, that a physician should not have to guess."""
NAMES = "NETTER-1", "NETTER-2", "START-NET", "ESMO-GI"
LEVEL = "95% confidence interval"


def told():
    """Ids in the tables of cited facts that the chapters display."""
    found = set()
    for path in (ROOT / "index.ipynb", *(ROOT / "chapters").glob("*.ipynb")):
        for cell in nbformat.read(path, 4).cells:
            for output in cell.get("outputs", []):
                html = output.get("data", {}).get("text/html", "")
                if "nb-cited" in html:
                    found |= set(re.findall(r"; (F\d{3})\)</td>", html))
    return found


MONTH = re.compile(
    r"\b(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)(?:r?uary|ch|il|[ey]|ust|t|(?:t|v|c)?em?ber|ober)?\b"
)


def numbers(text):
    """Numbers in a text, each written in one way: both ends of a range, a month as its number."""
    text = re.sub(r"\d{4}-\d\d-\d\d", lambda day: f"{date.fromisoformat(day[0]):%d %m %Y}", text)
    text = MONTH.sub(lambda month: f"{datetime.strptime(month[1], '%b').month}", text)
    text = text.replace("mm3", "mm³").replace("+-", "±").replace("−", "-").replace("–", "-")
    text = re.sub(r"(?<=\d),(?=\d{3}\b)", "", text)
    found = re.findall(r"(?<![\w.)])-\d+(?:\.\d+)?|\d+(?:\.\d+)?", text)
    return {str(int(number)) if number.isdigit() else number for number in found}


def row_of(fact):
    return f"{fact.quantity} {fact.printed} {fact.unit} {fact.population}"


def without_names(sentence, fact):
    """A sentence without the names with digits that its row, topic or source has, and without an interval's level where
    the row makes it plain: it says it, or is a hazard ratio."""
    for name in NAMES:
        if name in f"{fact.topic} {fact.source} {row_of(fact)}":
            sentence = sentence.replace(name, "")
    if LEVEL in row_of(fact) or "HR" in f"{fact.quantity} {fact.unit}":
        sentence = sentence.replace(LEVEL, "")
    return sentence


def test_every_fact_that_a_chapter_shows_has_a_sentence_and_none_is_left_over():
    shown = told()
    assert len(shown) > 100
    assert shown == set(SAID)
    assert set(SAID) <= set(KNOWN)
    assert list(SAID) == sorted(SAID)


@pytest.mark.parametrize("fact_id", SAID)
def test_every_number_of_a_sentence_is_of_its_row_and_the_other_way_round(fact_id):
    fact, left_out = KNOWN[fact_id], FILE["left_out"].get(fact_id, {})
    said = numbers(without_names(SAID[fact_id], fact))
    assert said <= numbers(row_of(fact))
    printed = fact.printed
    for name, reason in left_out.items():
        assert name in printed and len(reason) > 10
        printed = printed.replace(name, "")
    assert numbers(printed) <= said


def test_what_is_left_out_is_of_a_fact_with_a_sentence():
    assert set(FILE["left_out"]) <= set(SAID)


@pytest.mark.parametrize("fact_id", SAID)
def test_a_sentence_is_one_without_the_abbreviations_of_its_row(fact_id):
    sentence = SAID[fact_id]
    assert RAW.findall(re.sub("|".join(NAMES), "", sentence)) == []
    assert sentence[0].isupper() or sentence[0].isdigit()
    assert sentence.endswith(".") and "  " not in sentence and not re.search(r"\d-\d", sentence)
    assert len(sentence) < 420


def test_misprints_and_abbreviations_are_seen():
    fact = KNOWN["F061"]
    assert not numbers(without_names(SAID["F061"].replace("0.84", "0.48"), fact)) <= numbers(row_of(fact))
    assert not numbers(fact.printed) <= numbers(SAID["F061"].replace("0.60", "some"))
    assert numbers("fell by −1.6 to 12.8 of 70,000/mm³, 15–17") == {"-1.6", "12.8", "70000", "15", "17"}
    assert numbers("2026-01-21; Sept 6, 2012") == {"2026", "1", "21", "9", "6", "2012"}
    assert RAW.findall("Lu arm, 5 pts, ORR 3%, 2 SAE, NE, PRRT, EBRT") == [
        "Lu",
        "pts",
        "ORR",
        "SAE",
        "NE",
        "PRRT",
        "EBRT",
    ]
    assert RAW.findall("¹⁷⁷Lu-Dotatate; ¹⁷⁷Lu; NETTER-1; COMPETE") == []


def test_a_level_is_said_only_where_the_row_makes_it_plain():
    for fact_id, sentence in SAID.items():
        assert LEVEL not in without_names(sentence, KNOWN[fact_id])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sentences: {F059: [two]}", "holds no sentences about facts"),
        ("sentences: {F059: a}\nothers: {}", "holds no sentences about facts"),
        ("sentences: {F059: ", "holds no sentences about facts"),
        (None, "there are no sentences about facts in"),
    ],
)
def test_a_broken_file_is_told(text, said, data_copy):
    path = data_copy / "reference" / "sentences.yml"
    path.unlink() if text is None else path.write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=f"{said}|sentences.yml {said}"):
        cited.read(data_copy)

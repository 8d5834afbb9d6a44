"""The front page, as it is stored: its first words, what its sentences hang on, its links and its pictures."""

import re
from html import escape
from pathlib import Path

import drawn
import nbformat
import pytest
import yaml

from netterbook import facts, trials
from netterbook.book import findings
from netterbook.book.cross_trial import conclusions, studies
from netterbook.book.front import reading, standing
from netterbook.book.plain_words import results
from netterbook.claims import Verdict

ROOT = Path(__file__).parents[3]
FIRST = 60
"""Words within which what was found is told."""


@pytest.fixture(scope="module")
def outputs():
    """What its cells display, in order."""
    cells = nbformat.read(ROOT / "index.ipynb", as_version=4).cells
    data = [o["data"] for cell in cells for o in cell.get("outputs", []) if "data" in o]
    return [each.get("text/markdown") or each["text/html"] for each in data]


@pytest.fixture(scope="module")
def text(outputs):
    """All of its words."""
    cells = nbformat.read(ROOT / "index.ipynb", as_version=4).cells
    said = [cell.source for cell in cells if cell.cell_type == "markdown"] + outputs
    return " ".join(re.sub(r"<[^>]+>", " ", "\n\n".join(said)).split())


def test_the_first_sixty_words_say_what_was_found_and_what_was_not(outputs, ledger):
    first = re.sub(r"<[^>]+>", "", outputs[0])
    assert len(first.split()) <= FIRST
    shown = standing.ledger_standing(ledger)
    cycles = ledger["netter1.results.infusions_all"].printed.lower()
    months = ledger.number("netter1.results.pfs_timepoint")
    held = [results.progression(ledger, trial, months) for trial in trials.read(ledger.folder).values()]
    for part in (
        f"after {months:g} months",
        "{} of a hundred lived without growth against {} in NETTER-1".format(*(group.first for group in held[0])),
        "{} against {} (our estimate) in NETTER-2".format(*(group.first for group in held[1])),
        "NETTER-2, whose patients differ",
        "Longer life has not been shown",
        "Harms: blood-cell loss, in a few marrow disease",
        f"Cycles: {cycles} planned; best number unproven",
        f"Of {shown.all:,} printed numbers",
        f"{shown.confirmed:.0%} were confirmed",
        f"{shown.differing:.0%} disagree",
    ):
        assert part in " ".join(first.split()), part


def test_what_the_first_words_say_without_a_number_is_so(ledger):
    for claim in ("netter1.results.pfs_hr", "netter2.figure2a.pfs_hr"):
        hr, _, high = ledger.estimate(claim)
        assert hr < high < 1  # fewer with the radioligand, and more than chance
    assert not results.survival(ledger).shown
    late = results.late_blood_disease(ledger)
    assert 0 < late.experimental.first < 5 and late.control.first == 0  # a few
    assert ledger.number("netter1.results.infusions_all") == ledger.number("netter2.methods.cycles")
    for trial in ("F165", "F166"):  # of a fitted number of cycles; the page in plain words says two
        assert facts.read(ledger.folder)[trial].text == "ongoing"
    assert "not recruiting" in facts.read(ledger.folder)["F103"].text  # NETTER-2 goes on, and cannot answer yet


def test_each_trial_has_its_number_its_verdict_and_a_picture_that_is_told(outputs, ledger):
    panels = re.findall(r'<div class="nb-panel">.*?</div>', outputs[1], re.DOTALL)
    for panel, claim in zip(panels, ("netter1.results.pfs_hr", "netter2.figure2a.pfs_hr"), strict=True):
        printed = ledger[claim].parts
        for name in ("point", "low", "high"):
            assert printed[name].text.replace("·", ".") in panel
        assert f'data-claim="{claim}">{ledger.leading(claim).verdict}</a>' in panel
        (alt,) = set(re.findall(r'<img [^>]* alt="([^"]+)"', panel))
        chapter, figure = re.search(r'href="(chapters/\w+)\.html#figure-([^"]+)"', panel).groups()
        assert figure.replace("-", "_") in drawn.names_of_figures(ROOT / f"{chapter}.ipynb")
        told, plain = re.findall(r"\d+(?= (?:and|of)| with)", alt), re.findall(r"(\d+) \([^)]*\) with", panel)
        assert len(plain) == 2 and all(number in alt for number in plain), told
    assert "Data: " in outputs[1]


def test_final_survival_is_told_with_its_interval_and_the_crossover(text, ledger):
    known = facts.read(ledger.folder)
    value, low, high = known["F061"].stated
    assert f"{value:.2f} ({low:.2f} to {high:.2f}), not significant" in text
    assert low < 1 < high
    assert f"{known['F062'].value:.0f}% of the control group had a radioligand later" in text
    assert "not met" in known["F232"].quantity  # so that the hazard ratio is an average


def test_the_bar_has_every_verdict_with_its_count(outputs, ledger):
    (bar,) = [each for each in outputs if 'class="nb-bar" role="img"' in each]
    counts = ledger.summary().loc["all"]
    label = re.search(r'aria-label="([^"]+)"', bar)[1]
    for verdict in Verdict:
        assert f"flex-grow: {counts[verdict]}" in bar
        assert f"{counts[verdict]} {verdict}" in label
        assert re.search(rf"\?verdict={re.escape(str(verdict).replace(' ', '+'))}\">.*?{counts[verdict]}</a>", bar)


def test_every_finding_has_a_line_that_leads_to_it(outputs, ledger):
    said = "\n".join(outputs)
    for finding in findings.read(ledger.folder):
        assert f'- <a href="chapters/findings.html#{finding.anchor}">{escape(finding.title)}</a>' in said


def test_every_conclusion_of_the_chapter_across_the_trials_is_there(outputs, ledger):
    said = "\n".join(outputs)
    table = studies.side_by_side(ledger, True, ("all",))
    found = conclusions.conclusions(ledger, table, 0.95)
    assert len(found) >= 5
    for each in found:
        assert f"<td>{each.statement}</td>" in said


def test_addresses_of_the_built_book_are_those_of_its_pages(outputs):
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    pages = {f"{chapter['file']}.html" for part in toc["parts"] for chapter in part["chapters"]}
    built = "".join(outputs).replace('href="ledger.html#', 'href="chapters/ledger.html#')  # as the build mends them
    links = {re.split("[#?]", each)[0] for each in re.findall(r'href="(?!data:)([^"]+)"', built)}
    assert links and links <= pages


@pytest.mark.parametrize("name", sorted(reading.MINUTES))
def test_a_chapter_and_the_front_page_give_it_the_same_time(name, text):
    cells = nbformat.read(ROOT / "chapters" / f"{name}.ipynb", as_version=4).cells
    said = [int(each) for cell in cells for each in re.findall(r"\bminutes=(\d+),", cell.source)]
    assert said in ([], [reading.MINUTES[name]])
    assert f"](chapters/{name}.ipynb)" in text


def test_medical_advice_is_disclaimed_once_in_the_foot(text):
    assert "advice" not in text
    assert "It gives no medical advice" in (ROOT / "_templates" / "foot.html").read_text(encoding="utf-8")


def test_the_methods_that_the_page_names_are_those_of_the_checks(ledger, known):
    assert (known["netter1"].response.interval_method, known["netter2"].response.interval_method) == (
        "Wald",
        "Clopper–Pearson",
    )
    for claim, method in (("netter1.results.pfs20_lu", "log-log"), ("netter1.results.os_threshold", "O'Brien–Fleming")):
        assert any(method in check.method or method in check.note for check in ledger.checks[claim]), claim

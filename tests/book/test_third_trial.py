"""A trial is data: an invented third one, a folder and a record, goes through everything the two NETTER trials do."""

import re
import shutil
from pathlib import Path

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient

from netterbook import trials
from netterbook.audit import build_ledger, ensembles
from netterbook.audit.given import inputs
from netterbook.book import curves
from netterbook.book.chart import WIDE
from netterbook.book.display import Page
from netterbook.book.forest import forest
from netterbook.book.netter import baseline, figures, outcomes, response, safety, subgroups
from netterbook.errors import DataError
from netterbook.methods import pooling

FOLDER = Path(__file__).parents[1] / "invented"
OTHER_NAMES = re.compile(r"Dotatate|octreotide|NETTER|¹⁷⁷Lu|\blu\b", re.IGNORECASE)
LEVEL = 0.95


@pytest.fixture(scope="module")
def garden():
    return build_ledger(FOLDER)


@pytest.fixture(scope="module")
def trial(garden):
    return trials.read(garden.folder)["garden"]


@pytest.fixture(scope="module")
def found(garden, trial):
    return ensembles.reconstruct(garden, trial, "relapse", "hazard ratio", 20, 1)


def words(figure):
    """All that is written in a figure."""
    axes = figure.axes
    said = [text.get_text() for axis in axes for text in (*axis.texts, axis.title, axis.xaxis.label, axis.yaxis.label)]
    said += [label.get_text() for axis in axes for label in (*axis.get_xticklabels(), *axis.get_yticklabels())]
    said += [text.get_text() for axis in axes if axis.get_legend() for text in axis.get_legend().get_texts()]
    said += [text.get_text() for legend in figure.legends for text in legend.get_texts()]
    return " ".join(said)


def test_its_ledger_has_checks_of_every_kind(garden):
    counts = garden.frame()["verdict"].value_counts()
    assert counts["reproduced"] > 20 and counts["fixed"] > 20 and "differs" not in counts
    methods = {check.method for checks in garden.checks.values() for check in checks}
    assert {
        "percentage of count",
        "sum over sex",
        "Fisher's exact test, two-sided",
        "Wald test of the hazard ratio, in place of the log-rank test",
        "interval no narrower than its events allow",
        "between its neighbours at risk",
        "later than the last time with more than half of the group at risk",
        "95% interval of the subgroups pooled over age",
        "severe within any grade",
        "middle of its own interval on the log scale",
    } <= methods


def test_a_misprint_in_it_is_found(tmp_path):
    folder = Path(shutil.copytree(FOLDER, tmp_path / "data"))
    path = folder / "garden" / "table2.csv"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("40 (42)", "40 (43)"), encoding="utf-8")
    differing = build_ledger(folder).frame(verdict="differs")["claim_id"].tolist()
    assert set(differing) == {f"garden.table2.nausea.nova_any.{part}" for part in ("count", "percent")}


def test_its_tables_of_verdicts_name_its_arms(garden, shown):
    page = Page(garden)
    page.verdicts(["garden.results.events_nova", "garden.table2.rash.usual_any.percent"], "Two numbers")
    page.published_table("garden", "table2")
    page.summary()
    page.source(("garden", "figure1"))
    text = " ".join(shown)
    assert "Novatide" in text and "usual care" in text and "GARDEN (invented)" in text
    assert not OTHER_NAMES.search(re.sub(r'base64,[^"]*', "", text))


def test_its_patients_are_reconstructed_without_the_hazard_ratio(garden, trial, found):
    at_risk, arms, _ = inputs(trial, "relapse").tables(garden)
    for row in at_risk.itertuples():
        assert ((found.time[:, found.arm == row.arm] >= row.time).sum(axis=1) == row.n_risk).all()
    assert set(found.event[:, found.arm == 1].sum(axis=1)) == {arms.set_index("arm").loc[1, "events"]}
    low, middle, high = np.quantile(found.values("hr"), [0.025, 0.5, 0.975])
    assert low < 0.625 and high > 0.615, middle


def test_its_figures_name_its_arms(garden, trial, found):
    names = trial.names
    at_risk = inputs(trial, "relapse").numbers_at_risk(garden)
    ratios = subgroups.subgroup_ratios(garden, trial)
    assert outcomes.headlines(garden, trial).empty  # none is stored
    drawn = [
        curves.reconstructed_curves(found, at_risk, names, level=LEVEL, counts=True, landmark=12, ylabel="Free, %"),
        curves.proportional_hazards(found, pooling.hazard_ratios_by_period(found, at_risk, LEVEL), names, LEVEL),
        forest(ratios, subgroups.overall(garden, trial), better=[f"favours {name}" for name in names]),
        figures.adverse_events(safety.event_differences(garden, trial, LEVEL, "any"), names, LEVEL),
        figures.baseline_balance(baseline.standardised_differences(garden, trial), names, 0.3),
        figures.response_intervals(response.intervals(((33, 96), (8, 48)), "Wald", LEVEL), names),
    ]
    said = [words(chart.figure(WIDE)) for chart in drawn]
    assert not any(OTHER_NAMES.search(each) for each in said)
    assert all("Novatide" in each and "usual care" in each for each in (said[0], said[2], said[3], said[5]))


SECTION = """
from pathlib import Path

from netterbook import trials
from netterbook.audit import build_ledger
from netterbook.book.display import Page

page = Page(build_ledger(Path({folder!r})))
trial = trials.read(page.ledger.folder)["garden"]
about = trial.end_points["relapse"]
counts = page.ledger.counts(*trial.of_arms(about.events))
page.say(
    "{{seen}} and {{others}} patients {{event}} with {{experimental}} and {{control}}: "
    "hazard ratio {{garden.abstract.hr}}.",
    seen=counts[0],
    others=counts[1],
    event=about.event,
    experimental=trial.experimental.name,
    control=trial.control.name,
)
"""


def test_a_section_of_a_chapter_says_it():
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(SECTION.format(folder=str(FOLDER)))])
    NotebookClient(notebook, timeout=None).execute()
    (output,) = notebook.cells[0].outputs
    assert re.sub("<[^>]+>", "", output.data["text/markdown"]) == (
        "60 and 39 patients relapsed with Novatide and usual care: hazard ratio 0.62 (95% CI 0.41 to 0.93)."
    )


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("garden/trial.yml", "at_risk: figure1", "at_risk: figure9", "at_risk is 'figure9'"),
        ("garden/trial.yml", "name: GARDEN", "nam: GARDEN", "trial.yml: name: field required"),
        ("papers.yml", "garden:", "gardn:", "names 'gardn', but there is no folder"),
        ("garden/text.csv", "count,patients,60", "counts,patients,60", "measure 'counts' is none of: axis, count"),
        ("datapackage.json", '"name": "garden-figure2"', '"name": "garden-figure8"', "figure8.csv is missing"),
    ],
)
def test_what_is_wrong_in_a_folder_is_named(tmp_path, file, old, new, said):
    folder = Path(shutil.copytree(FOLDER, tmp_path / "data"))
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DataError, match=re.escape(said)):
        build_ledger(folder)


def test_a_folder_without_a_descriptor_is_refused(tmp_path):
    with pytest.raises(DataError, match=r"no datapackage\.json in"):
        build_ledger(tmp_path)

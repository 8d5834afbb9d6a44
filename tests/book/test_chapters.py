import ast
import re
from pathlib import Path

import drawn
import nbformat
import papermill
import pytest
from short_chains import thorough

from netterbook.audit import ensembles
from netterbook.audit.given import inputs
from netterbook.book import curves, findings, parameters
from netterbook.book.chapters import PARAMETERS
from netterbook.book.netter import outcomes, response
from netterbook.methods import pooling
from netterbook.papers import data_dir
from netterbook.text import needed

pytestmark = pytest.mark.usefixtures("short_chains")

ROOT = Path(__file__).parents[2]
CHAPTERS = [ROOT / "index.ipynb", *sorted((ROOT / "chapters").glob("*.ipynb"))]
NAMES = re.compile(
    r"¹⁷⁷Lu|Lutetium-177|Ki67|NETTER-[12]|netter[12]|RADIANT-[34]|[Gg]rade \d(?:(?: and | or |–)\d)?|F\d{3}"
    r"|5-HIAA|ICRP Publication 107|Figures? \d[ABC]?|Tables? \d(?: and \d)?|95% CI|octreotide \d+ mg"
    r"|inside \d\d%|95 and 50 would be ideal|90th percentile"
    r"|\{cite:[tp]\}`\w+`|`[^`]*`|\(.*?\.(?:ipynb|md)\)|\]\([\w./]*#[\w-]+\)"
    r"|1/SE²|1/hazard ratio|score \d|[A-Z][a-zö]+ 20\d\d"
)
"""Digits that belong to a name, a reference or code."""


def path_of(name):
    (path,) = [path for path in CHAPTERS if path.stem == name]
    return path


def text_of(path):
    """All text that a run notebook displays."""
    outputs = [o for c in nbformat.read(path, 4).cells if c.cell_type == "code" for o in c.outputs]
    return "\n".join(
        o["data"].get("text/markdown", "") + o["data"].get("text/html", "") for o in outputs if "data" in o
    )


@pytest.fixture
def rerun(monkeypatch):
    """The text of a chapter whose cells are run here with other parameters."""

    def run(name, changed):
        shown = []
        drawn.unsaved(monkeypatch)
        drawn.run_cells(path_of(name), monkeypatch, lambda thing: shown.append(thing.data), changed)
        return "\n".join(shown)

    return run


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda p: p.stem)
def test_the_parameters_cell_is_the_model_s(path):
    cells = [cell for cell in nbformat.read(path, as_version=4).cells if "parameters" in cell.metadata.get("tags", [])]
    assert len(cells) == (path.stem in PARAMETERS)
    for cell in cells:
        model = PARAMETERS[path.stem]
        assert cell.source == parameters.cell(model)
        namespace = {}
        exec(cell.source, namespace)
        assert parameters.read(model, namespace) == model()
        for line in cell.source.splitlines():
            assert re.fullmatch(r"\w+: (float|int|str|bool) = \S.*  # \S.*", line), line


@pytest.mark.parametrize(
    ("name", "changed", "shows"),
    [
        (
            "netter1",
            {"interval_method": "wilson", "level": 0.9, "draws": 20},
            "By Wilson the first is 12.4% to 24.9% (90% confidence)",
        ),
        ("netter2", {"unknown_as": "excluded", "draws": 20}, "65 of 145 patients responded"),
        ("dosimetry", {"kidney_limit_gy": "28", "cohort": "NETTER-1", "patients": 1920}, "At a limit of 28 Gy"),
        ("cross_trial", {"level": 0.8, "draws": 20, "models": "Weibull"}, "(80%\ninterval"),
        (
            "cross_trial",
            {"include_secondary": False, "trials": "RADIANT-3, RADIANT-4", "comparator": "placebo", "draws": 20},
            "RADIANT-3 over RADIANT-4",
        ),
        ("reconstruction", {"withhold": "Median", "draws": 20}, "in 20 reconstructed trials made without its median"),
    ],
)
def test_a_chapter_runs_under_other_parameters(name, changed, shows, rerun):
    assert shows.replace("\n", " ") in rerun(name, changed).replace("\n", " ")


def test_a_chapter_runs_alone_under_papermill(tmp_path):
    changed = {"cycles": 6}
    papermill.execute_notebook(path_of("background"), tmp_path / "out.ipynb", changed, progress_bar=False, cwd=tmp_path)
    assert "With 6 cycles of 7.4 GBq the cumulative activity is 44.4 GBq" in text_of(tmp_path / "out.ipynb")


def ends_of_ranges(model, bounds):
    """Each number at one end of its range, the lower or the upper one; just inside where the end is excluded."""
    found = {}
    for name, field in model.model_fields.items():
        for rule in field.metadata:
            for bound, inwards in zip(bounds, (0, 1e-6 if bounds[0] == "ge" else -1e-6), strict=True):
                if (end := getattr(rule, bound, None)) is not None:
                    found[name] = end + inwards
    return found


LOWEST, HIGHEST = ("ge", "gt"), ("le", "lt")
FEW = {"patients": 960, "seed": 1}


@pytest.mark.parametrize(
    ("name", "changed"),
    [
        ("background", ends_of_ranges(PARAMETERS["background"], LOWEST)),
        ("background", ends_of_ranges(PARAMETERS["background"], HIGHEST)),
        ("dosimetry", ends_of_ranges(PARAMETERS["dosimetry"], LOWEST) | FEW),
        ("dosimetry", ends_of_ranges(PARAMETERS["dosimetry"], HIGHEST) | FEW),
        ("dosimetry", {"limit_bed_gy": 40} | FEW),  # as the higher one
        ("dosimetry", {"limit_bed_gy": 23, "higher_limit_bed_gy": 23, "higher_share": 0, "stop_probability": 0} | FEW),
    ],
)
def test_a_chapter_says_something_at_the_ends_of_its_parameters_ranges(name, changed, monkeypatch):
    """Its cells, run here: each one works, and no number is missing."""
    shown = []
    drawn.unsaved(monkeypatch)
    scope = drawn.run_cells(path_of(name), monkeypatch, lambda thing: shown.append(thing.data), changed)
    text = re.sub(r"base64,[^\"]+|<(style|script).*?</\1>", "", "\n".join(shown), flags=re.DOTALL)
    assert scope["p"].model_dump(include=set(changed)) == changed
    assert len(text) > 1000 and not re.search(r"\b(nan|inf|None)\b|\{(?!(?:dropdown|term)\})\w+\}", text)


def table_after(text, caption):
    """Cells of the table under a caption, row by row."""
    body = text[text.index(caption) :].partition("<tbody>")[2].partition("</tbody>")[0]
    return [re.findall(r"<td>(.*?)</td>", row, re.DOTALL) for row in body.split("</tr>") if "<td>" in row]


def test_netter1_without_its_hazard_ratio_at_another_landmark(rerun):
    text = rerun("netter1", {"withhold": "Hazard ratio", "landmark": 12, "horizon": 12, "draws": 20})
    rows = table_after(text, "Results as printed, and in 20 reconstructed trials, which were not given: hazard ratio")
    given = {row[0]: row[-1] for row in rows}
    assert [given.pop(f"Median, {group}, months") for group in ("control", "¹⁷⁷Lu-Dotatate")] == ["given", "given"]
    assert "given" not in given.values()
    assert "Free of progression at 12 months, control, %" in given
    assert "Difference of restricted means to 12 months" in given
    assert dict(zip((row[0] for row in rows), (row[1] for row in rows), strict=True))["Hazard ratio"].startswith("0.21")
    assert "Over the first 12 months" in text
    assert "At 12 months the rates differ" in re.sub(r"\s+", " ", text)
    assert "20 sets of 229 reconstructed patients, netter1_pfs_patients.csv" in text
    assert not re.search(r"\bnan\b|\{[a-z_]+\}", re.sub(r"base64,[^\"]+", "", text))


def test_netter2_without_its_medians(rerun):
    text = rerun("netter2", {"withhold": "median", "draws": 20})
    rows = table_after(text, "Results as printed, and in 20 reconstructed trials, which were not given: median")
    assert "given" not in {row[-1] for row in rows}
    medians = [row for row in rows if row[0].startswith("Median")]
    assert [row[1] for row in medians] == ["8·5 (7·7 to 13·8)", "22·8 (19·4 to NE)"]
    assert all(" to " in row[3] and row[3].split(" to ")[0] != row[3].split(" to ")[1] for row in medians)
    assert "20 sets of 226 reconstructed patients, netter2_pfs_patients.csv" in text
    assert not re.search(r"\bnan\b|\{[a-z_]+\}", re.sub(r"base64,[^\"]+", "", text))


def test_a_landmark_beyond_the_curves_stops_the_chapter_and_says_what_would_do(rerun):
    with pytest.raises(parameters.ParameterError) as error:
        rerun("netter1", {"landmark": 30, "draws": 20})
    assert "parameter landmark = 30 months cannot be used" in str(error.value)
    assert re.search(r"the curves of both groups reach 2[4-6]\.\d months; give 2[4-6] or less", str(error.value))


@pytest.mark.parametrize(
    ("model", "changed", "message"),
    [
        ("netter1", {"withhold": "hr"}, r"withhold = 'hr' cannot be used: .*'nothing', 'hazard ratio', 'rates'"),
        ("netter1", {"draws": 5}, "draws = 5 cannot be used: input should be greater than or equal to 20"),
        ("netter1", {"draws": 20.5}, "draws = 20.5 cannot be used"),
        ("netter1", {"landmark": -1}, "landmark = -1 cannot be used"),
        ("netter1", {"horizon": 37}, "horizon = 37 cannot be used"),
        ("netter1", {"crossover": 0.8}, "crossover = 0.8 cannot be used"),
        ("netter1", {"os_true_hr": 0}, "os_true_hr = 0 cannot be used"),
        ("netter1", {"seed": -1}, "seed = -1 cannot be used"),
        ("netter1", {"level": float("nan")}, "level = nan cannot be used"),
        ("netter2", {"withhold": "hazard ratio"}, "withhold = 'hazard ratio' cannot be used: .*'nothing', 'median'"),
        ("netter2", {"draws": 5001}, "draws = 5001 cannot be used"),
    ],
)
def test_a_wrong_parameter_is_named_with_what_would_do(model, changed, message):
    with pytest.raises(parameters.ParameterError, match=f"parameter {message}"):
        parameters.read(PARAMETERS[model], changed)


@pytest.fixture(scope="module")
@thorough
def sets(ledger, known):
    """The smallest ensembles that the parameters allow."""
    return {name: ensembles.reconstruct(ledger, trial, "pfs", "nothing", 20, 1) for name, trial in known.items()}


@pytest.mark.parametrize("level", [0.501, 0.999])
@pytest.mark.parametrize("time", [0.01, 0.5, "last"])
@pytest.mark.parametrize("name", ["netter1", "netter2"])
def test_results_over_the_whole_range_of_landmark_horizon_and_level(name, time, level, sets, ledger, known):
    """All that the chapters compute from landmark, horizon and level, by calling it."""
    found, trial = sets[name], known[name]
    at_risk = inputs(trial, "pfs").numbers_at_risk(ledger)
    last = pooling.last_time(found)
    time = last if time == "last" else time
    parameters.read(PARAMETERS[name], {"landmark": time, "horizon": time, "level": level})
    parameters.check_time("landmark", time, last)
    table = outcomes.estimates(ledger, trial, "pfs", found, level, time, time)
    assert len(table) == 6
    assert not table[["value", "low", "high"]].isna().any(axis=None)
    means = pooling.restricted_means(found, time, level)
    assert (means["lower"] <= means["value"]).all() and (means["value"] <= means["upper"]).all()
    assert (means.loc[["control", "experimental"], "value"] <= time + 1e-9).all()
    rates = outcomes.rate_gain(found, time, level)
    low, high = rates.interval
    assert -100 <= low.value <= rates.gain.value <= high.value
    assert re.match("NNT[BH]? ", needed(rates.needed))
    assert len(outcomes.quantiles(found, level)) == 3
    curves.reconstructed_curves(found, at_risk, trial.headings, level=level, counts=True, landmark=time, ylabel="%")
    if time == 0.5:
        periods = pooling.hazard_ratios_by_period(found, at_risk, level)
        assert (periods["low"] < periods["hr"]).all() and (periods["hr"] < periods["high"]).all()
        curves.proportional_hazards(found, periods, trial.headings, level)
        assert 0 <= outcomes.proportionality(found, level).share.value <= 1


@pytest.mark.parametrize("name", ["netter1", "netter2"])
def test_what_netter_chapters_say_of_fixed_results_is_so(name, sets, ledger, known):
    """Sentences whose wording holds no number but rests on some, at the default parameters."""
    trial = known[name]
    unknown = response.under_assumptions(ledger, trial, 0.95).set_index("assumption")
    if name == "netter1":
        headlines = outcomes.headlines(ledger, trial)
        hr = headlines[(headlines["kind"] == "hazard_ratio") & (headlines["end_point"] == "PFS")].iloc[0]
        assert abs(hr["high"] - hr["printed"]) < 0.005  # recovered only at the edge of its rounding
        assert unknown.loc["worst case", "difference"] < 2 < 10 < unknown.loc["none responded", "difference"]
    else:
        table = outcomes.strata(ledger, trial, "pfs", sets[name], 1, 0.95)
        for row in table.iloc[1:].itertuples():
            assert row.low <= float(row.printed.replace("·", ".").split()[0]) <= row.high
        assert table.loc[0, "value"] > table.loc[1, "value"]
        assert (unknown["low"] > 0).all()


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"levle": 0.9}, "unknown parameter 'levle'; did you mean 'level'?"),
        ({"level": 90}, "parameter level = 90 cannot be used: input should be less than 1"),
        ({"interval_method": "Wlad"}, "parameter interval_method = 'Wlad' cannot be used"),
    ],
)
def test_a_wrong_parameter_stops_the_chapter_before_it_computes(changed, message, monkeypatch):
    shown = []
    with pytest.raises(parameters.ParameterError, match=re.escape(message)):
        drawn.run_cells(path_of("netter1"), monkeypatch, shown.append, changed)
    assert shown == []


def test_papermill_says_what_is_wrong_with_a_parameter(tmp_path):
    with pytest.raises(papermill.PapermillExecutionError, match="ParameterError: parameter cycles = 0 cannot be used"):
        papermill.execute_notebook(
            path_of("background"), tmp_path / "out.ipynb", {"cycles": 0}, progress_bar=False, cwd=tmp_path
        )
    run = nbformat.read(tmp_path / "out.ipynb", 4)
    assert not any("data" in o for c in run.cells if c.cell_type == "code" for o in c.outputs)


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda p: p.stem)
def test_code_is_folded_and_figures_are_given_to_the_page(path):
    for cell in nbformat.read(path, 4).cells:
        if cell.cell_type != "code":
            continue
        assert "hide-input" in cell.metadata.tags
        assert not {"figure", "image"} & set(cell.metadata.get("mystnb", {}))
        draws = re.search(r"\b(?:figures|curves)\.\w+\(|\bforest\(", cell.source)
        assert not draws or "page.figure(" in cell.source, cell.source  # its caption is looked at in test_charts


def has_number(said):
    """Whether a number is typed into a text, outside its slots, however deep these are nested."""
    while (outer := re.sub(r"\{[^{}]*\}", "", said)) != said:
        said = outer
    return re.search(r"\d", NAMES.sub("", said)) is not None


def texts(cell):
    """A paragraph of prose, or every text with a blank in it of a code cell: sentences, captions, headings."""
    if cell.cell_type == "markdown":
        return [cell.source]
    constants = [node.value for node in ast.walk(ast.parse(cell.source)) if isinstance(node, ast.Constant)]
    return [value for value in constants if isinstance(value, str) and " " in value.strip()]


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda p: p.stem)
def test_no_number_is_typed_into_prose(path):
    assert [said for cell in nbformat.read(path, 4).cells for said in texts(cell) if has_number(said)] == []


def test_no_number_is_typed_into_a_finding():
    for finding in findings.read(data_dir()):
        for said in (finding.title, finding.arithmetic, *finding.readings, finding.settles):
            assert not has_number(said)


def test_a_typed_number_is_seen():
    assert has_number("a gain of 3.2 months") and has_number("{given:yes|{low:.1f} of 5}, 7")
    assert not has_number("{given:yes|{low:.1f} of {n}} in Figure 2A")


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda p: p.stem)
def test_chapters_define_nothing_and_read_no_other_notebook(path):
    code = "\n".join(c.source for c in nbformat.read(path, 4).cells if c.cell_type == "code")
    assert not re.search(r"^\s*(def|class) ", code, flags=re.MULTILINE)
    assert ".ipynb" not in re.sub(r"\]\([\w./#-]+\)", "", code)  # but for links

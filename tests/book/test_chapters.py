import re
from pathlib import Path

import nbformat
import papermill
import pytest

from netterbook.audit import ensembles
from netterbook.book import display as chapter
from netterbook.book import figures, findings, parameters
from netterbook.book.dosimetry import kidney
from netterbook.book.netter import outcomes, tables
from netterbook.methods import extrapolation, pooling, proportions

CHAPTERS = sorted((Path(__file__).parents[2] / "chapters").glob("*.ipynb"))
MODELS = {
    "background": parameters.Background,
    "netter1": parameters.Netter1,
    "netter2": parameters.Netter2,
    "dosimetry": parameters.Dosimetry,
    "cross_trial": parameters.CrossTrial,
    "reconstruction": parameters.Reconstruction,
}
NAMES = re.compile(
    r"¹⁷⁷Lu|Lutetium-177|Ki67|NETTER-[12]|netter[12]|RADIANT-[34]|[Gg]rade \d(?: and \d)?"
    r"|5-HIAA|ICRP Publication 107|Figures? \d[ABC]?|Table \d"
    r"|\{cite:[tp]\}`\w+`|`[^`]*`|\(.*?\.(?:ipynb|md)\)|1/SE²"
)
"""Digits that belong to a name, a reference or code."""


def notebook(name):
    return nbformat.read(Path(__file__).parents[2] / "chapters" / f"{name}.ipynb", as_version=4)


def cell_with_tag(name, tag):
    return next(cell for cell in notebook(name).cells if tag in cell.metadata.get("tags", []))


def text_of(path):
    """All text that a run notebook displays."""
    outputs = [o for c in nbformat.read(path, 4).cells if c.cell_type == "code" for o in c.outputs]
    return "\n".join(
        o["data"].get("text/markdown", "") + o["data"].get("text/html", "") for o in outputs if "data" in o
    )


@pytest.mark.parametrize("name", MODELS)
def test_the_parameters_cell_says_what_the_model_says(name):
    lines = cell_with_tag(name, "parameters").source.splitlines()
    fields = MODELS[name].model_fields
    assert [line.partition(":")[0] for line in lines] == list(fields)
    namespace = {}
    exec("\n".join(lines), namespace)
    given = parameters.read(MODELS[name], {k: v for k, v in namespace.items() if not k.startswith("__")})
    assert given == MODELS[name]()
    for line in lines:
        assert re.fullmatch(r"\w+: (float|int|str|bool) = \S.*  # \S.*", line), line


@pytest.mark.parametrize(
    ("name", "changed", "shows"),
    [
        ("background", {"cycles": 6}, "With 6 cycles of 7.4 GBq the cumulative activity is 44.4 GBq"),
        (
            "netter1",
            {"interval_method": "wilson", "level": 0.9},
            "By Wilson the first is 12.4% to 24.9% (90% confidence)",
        ),
        ("netter2", {"unknown_as": "excluded"}, "65 of 145 patients responded"),
        ("dosimetry", {"kidney_limit_gy": "28", "cohort": "NETTER-1", "patients": 1920}, "At a limit of 28 Gy"),
        ("cross_trial", {"level": 0.8, "draws": 20, "models": "Weibull"}, "(80%\ninterval"),
        (
            "cross_trial",
            {"include_secondary": False, "trials": "RADIANT-3, RADIANT-4", "comparator": "placebo", "draws": 20},
            "RADIANT-3 over RADIANT-4",
        ),
        ("reconstruction", {"withhold": "Median", "draws": 20}, "(withheld: median)"),
    ],
)
def test_a_chapter_runs_alone_under_other_parameters(name, changed, shows, tmp_path):
    source = Path(__file__).parents[2] / "chapters" / f"{name}.ipynb"
    papermill.execute_notebook(source, tmp_path / "out.ipynb", changed, progress_bar=False, cwd=tmp_path)
    text = text_of(tmp_path / "out.ipynb")
    assert shows.replace("\n", " ") in text.replace("\n", " ")


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
        ("background", ends_of_ranges(parameters.Background, LOWEST)),
        ("background", ends_of_ranges(parameters.Background, HIGHEST)),
        ("dosimetry", ends_of_ranges(parameters.Dosimetry, LOWEST) | FEW),
        ("dosimetry", ends_of_ranges(parameters.Dosimetry, HIGHEST) | FEW),
        ("dosimetry", {"limit_bed_gy": 40} | FEW),  # as the higher one
        ("dosimetry", {"limit_bed_gy": 23, "higher_limit_bed_gy": 23, "higher_share": 0, "stop_probability": 0} | FEW),
    ],
)
def test_a_chapter_says_something_at_the_ends_of_its_parameters_ranges(name, changed, monkeypatch):
    """Its cells, run here: each one works, and no number is missing."""
    shown, scope = [], {}
    for module in (chapter, kidney, findings):
        monkeypatch.setattr(module, "display", lambda thing: shown.append(thing.data), raising=False)
    for number, cell in enumerate(notebook(name).cells):
        if cell.cell_type == "code":
            exec(compile(cell.source, f"{name}, cell {number}", "exec"), scope)
        if "parameters" in cell.metadata.get("tags", []):
            scope = {name: value for name, value in scope.items() if not name.startswith("__")} | changed
    text = re.sub(r"base64,[^\"]+|<(style|script).*?</\1>", "", "\n".join(shown), flags=re.DOTALL)
    assert scope["p"].model_dump(include=set(changed)) == changed
    assert len(text) > 1000 and not re.search(r"\b(nan|inf|None)\b|\{\w+\}", text)


@pytest.fixture(scope="module")
def rerun(tmp_path_factory):
    """The text of a chapter run with few sets of patients."""

    def run(name, changed):
        folder = tmp_path_factory.mktemp(name)
        source = Path(__file__).parents[2] / "chapters" / f"{name}.ipynb"
        changed = {"draws": 20} | changed
        papermill.execute_notebook(source, folder / "out.ipynb", changed, progress_bar=False, cwd=folder)
        return text_of(folder / "out.ipynb")

    return run


def table_after(text, caption):
    """Cells of the table under a caption, row by row."""
    body = text[text.index(caption) :].partition("<tbody>")[2].partition("</tbody>")[0]
    return [re.findall(r"<td>(.*?)</td>", row, re.DOTALL) for row in body.split("</tr>") if "<td>" in row]


def test_netter1_without_its_hazard_ratio_at_another_landmark(rerun):
    text = rerun("netter1", {"withhold": "Hazard ratio", "landmark": 12, "horizon": 12})
    rows = table_after(text, "What 20 sets of patients say (withheld: hazard ratio)")
    given = {row[0]: row[-1] for row in rows}
    assert [given.pop(f"Median, {group}, months") for group in ("control", "¹⁷⁷Lu-Dotatate")] == ["given", "given"]
    assert "given" not in given.values()
    assert "Free of progression at 12 months, control, %" in given
    assert "Difference of restricted means to 12 months" in given
    assert dict(zip((row[0] for row in rows), (row[1] for row in rows), strict=True))["Hazard ratio"].startswith("0.21")
    assert "Over the first 12 months" in text
    assert "At 12 months the difference" in re.sub(r"\s+", " ", text)
    assert "20 sets of 229 reconstructed patients, netter1_pfs_patients.csv" in text
    assert not re.search(r"\bnan\b|\{[a-z_]+\}", re.sub(r"base64,[^\"]+", "", text))


def test_netter2_without_its_medians(rerun):
    text = rerun("netter2", {"withhold": "median"})
    rows = table_after(text, "What 20 sets of patients say (withheld: median)")
    assert "given" not in {row[-1] for row in rows}
    medians = [row for row in rows if row[0].startswith("Median")]
    assert [row[1] for row in medians] == ["8·5 (7·7 to 13·8)", "22·8 (19·4 to NE)"]
    assert all(" to " in row[3] and row[3].split(" to ")[0] != row[3].split(" to ")[1] for row in medians)
    assert "20 sets of 226 reconstructed patients, netter2_pfs_patients.csv" in text
    assert not re.search(r"\bnan\b|\{[a-z_]+\}", re.sub(r"base64,[^\"]+", "", text))


def test_a_landmark_beyond_the_curves_stops_the_chapter_and_says_what_would_do(rerun):
    with pytest.raises(papermill.PapermillExecutionError) as error:
        rerun("netter1", {"landmark": 30})
    assert "ParameterError: parameter landmark = 30 months cannot be used" in str(error.value)
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
        parameters.read(MODELS[model], changed)


@pytest.fixture(scope="module")
def sets():
    """The smallest ensembles that the parameters allow."""
    return {name: ensembles.reconstruct(f"{name}_pfs", "nothing", 20, 1) for name in ("netter1", "netter2")}


@pytest.mark.parametrize("level", [0.501, 0.999])
@pytest.mark.parametrize("time", [0.01, 0.5, "last"])
@pytest.mark.parametrize("name", ["netter1", "netter2"])
def test_results_over_the_whole_range_of_landmark_horizon_and_level(name, time, level, sets):
    """All that the chapters compute from landmark, horizon and level, by calling it."""
    found, at_risk = sets[name]
    time = pooling.last_time(found) if time == "last" else time
    parameters.read(MODELS[name], {"landmark": time, "horizon": time, "level": level})
    outcomes.check_time("landmark", time, found)
    table = outcomes.estimates(f"{name}_pfs", found, level, time, time)
    assert len(table) == 6 and f"Middle {100 * level:g}% of the sets" in table
    assert not table.map(lambda cell: re.search(r"\bnan\b", cell) is not None).any(axis=None)
    means = pooling.restricted_means(found, time, level)
    assert (means["lower"] <= means["value"]).all() and (means["value"] <= means["upper"]).all()
    assert (means.loc[["control", "lu"], "value"] <= time + 1e-9).all()
    gain = pooling.rate_difference(found, time, level)
    assert -100 <= gain[1] <= gain[0] <= gain[2]
    assert re.match("NNT[BH]? ", str(proportions.number_needed(*gain)))
    assert len(outcomes.quantile_table(found, level)) == 3
    figures.reconstructed_curves(found, at_risk, level=level, counts=True, landmark=time)
    if time == 0.5:
        periods = pooling.hazard_ratios_by_period(found, at_risk, level)
        assert (periods["low"] < periods["hr"]).all() and (periods["hr"] < periods["high"]).all()
        figures.proportional_hazards(found, periods, level)
        assert outcomes.proportional_hazards_text(found, level)["share"].endswith("%")


@pytest.mark.parametrize("name", ["netter1", "netter2"])
def test_what_netter_chapters_say_of_fixed_results_is_so(name, sets):
    """Sentences whose wording holds no number but rests on some, at the default parameters."""
    found, _ = sets[name]
    if name == "netter1":
        hr = outcomes.headlines(name).set_index("label").loc["Hazard ratio, PFS"]
        assert abs(hr["high"] - hr["printed"]) < 0.005  # recovered only at the edge of its rounding
        worst = tables.unknown_response(name).set_index("Assumed of them")["Difference, points"]
        assert float(worst["worst case"].split()[0]) < 2 < 10 < float(worst["none responded"].split()[0])
    else:
        table = outcomes.strata_table(found, 1)
        for row in table.iloc[1:].itertuples():
            low, high = map(float, row[4].split(" to "))
            assert low <= float(row.Printed.replace("·", ".").split()[0]) <= high
        assert float(table.loc[0, "Reconstructed"]) > float(table.loc[1, "Reconstructed"])
        unknown = tables.unknown_response(name)["Difference, points"]
        assert all(float(re.search(r"\((-?[\d.]+)", cell)[1]) > 0 for cell in unknown)
        pooled = tables.pooled_subgroups(name)["Pooled hazard ratio (95% CI)"]
        ends = [[float(x) for x in re.findall(r"\d\.\d\d", cell)] for cell in pooled]
        assert all(low < 0.276 < hr < high for hr, low, high in ends)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"levle": 0.9}, "unknown parameter 'levle'; did you mean 'level'?"),
        ({"level": 90}, "parameter level = 90 cannot be used: input should be less than 1"),
        ({"interval_method": "Wlad"}, "parameter interval_method = 'Wlad' cannot be used"),
    ],
)
def test_a_wrong_parameter_stops_the_chapter_before_it_computes(changed, message, tmp_path):
    source = Path(__file__).parents[2] / "chapters" / "netter1.ipynb"
    with pytest.raises(papermill.PapermillExecutionError) as error:
        papermill.execute_notebook(source, tmp_path / "out.ipynb", changed, progress_bar=False, cwd=tmp_path)
    assert message in str(error.value)
    assert "ParameterError" in str(error.value)
    run = nbformat.read(tmp_path / "out.ipynb", 4)
    assert not any("data" in o for c in run.cells if c.cell_type == "code" for o in c.outputs)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"models": "Weibul"}, "no model 'Weibul'; there are: exponential, Weibull"),
        ({"models": ["Weibull", "Weibul"]}, "no model 'Weibul'; there are: exponential, Weibull"),
        ({"models": [3]}, "no model '3'; there are: exponential, Weibull"),
        ({"models": []}, "models = [] cannot be used: name at least one model"),
        ({"models": 3}, "models = 3 cannot be used: input should be a valid tuple"),
        ({"trials": "COMPETE, FOO"}, "no study 'FOO'; there are: "),
        ({"trials": ("COMPETE", "FOO")}, "no study 'FOO'; there are: "),
        ({"trials": {"FOO"}}, "no study 'FOO'; there are: "),
        ({"comparator": "interferon"}, "should be 'octreotide 60 mg', 'placebo' or 'everolimus'"),
        ({"horizon": 40}, "should be less than or equal to 36"),
        ({"draws": 3}, "should be greater than or equal to 20"),
    ],
)
def test_wrong_parameters_across_the_trials(changed, message):
    with pytest.raises(parameters.ParameterError, match=re.escape(message)):
        parameters.read(parameters.CrossTrial, changed)


def test_models_and_studies_are_chosen_by_name():
    chosen = parameters.read(parameters.CrossTrial, {"models": "spline, weibull", "trials": " compete"})
    assert (chosen.models, chosen.trials) == (("Weibull", "spline"), ("COMPETE",))
    assert parameters.read(parameters.CrossTrial, {"models": ["spline", "weibull"], "trials": [" compete"]}) == chosen
    assert parameters.read(parameters.CrossTrial, {"trials": []}).trials == ()
    assert parameters.CrossTrial().models == extrapolation.MODELS
    about = parameters.CrossTrial.model_fields["models"].description
    assert all(model in about for model in extrapolation.MODELS)


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda p: p.stem)
def test_code_is_folded_and_figures_are_described(path):
    for cell in nbformat.read(path, 4).cells:
        if cell.cell_type != "code":
            continue
        assert "hide-input" in cell.metadata.tags
        draws = "figures." in cell.source and "import" not in cell.source
        about = cell.metadata.get("mystnb", {})
        assert draws == bool(about), cell.source
        if draws:
            assert len(about["image"]["alt"]) > 40
            assert "Data: " in about["figure"]["caption"]


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda p: p.stem)
def test_no_number_is_typed_into_prose(path):
    for cell in nbformat.read(path, 4).cells:
        if cell.cell_type == "markdown":
            assert not re.search(r"\d", NAMES.sub("", cell.source))
        for said in re.findall(r'say\(f?"""(.*?)"""', cell.source, flags=re.DOTALL):
            assert not re.search(r"\d", NAMES.sub("", re.sub(r"\{.*?\}", "", said)))


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda p: p.stem)
def test_chapters_define_nothing_and_read_no_other_notebook(path):
    code = "\n".join(c.source for c in nbformat.read(path, 4).cells if c.cell_type == "code")
    assert not re.search(r"^\s*(def|class) ", code, flags=re.MULTILINE)
    assert ".ipynb" not in code

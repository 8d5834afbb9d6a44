import re
from pathlib import Path

import nbformat
import papermill
import pytest

from netterbook import extrapolation, parameters

CHAPTERS = sorted((Path(__file__).parents[1] / "chapters").glob("*.ipynb"))
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
    r"|ICRP Publication 107|Figures? \d[ABC]?|Table \d"
    r"|\{cite:[tp]\}`\w+`|`[^`]*`|\(.*?\.(?:ipynb|md)\)|1/SE²"
)
"""Digits that belong to a name, a reference or code."""


def notebook(name):
    return nbformat.read(Path(__file__).parents[1] / "chapters" / f"{name}.ipynb", as_version=4)


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
        ("dosimetry", {"kidney_limit_gy": "28"}, "At a limit of 28 Gy"),
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
    source = Path(__file__).parents[1] / "chapters" / f"{name}.ipynb"
    papermill.execute_notebook(source, tmp_path / "out.ipynb", changed, progress_bar=False, cwd=tmp_path)
    text = text_of(tmp_path / "out.ipynb")
    assert shows.replace("\n", " ") in text.replace("\n", " ")


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"levle": 0.9}, "unknown parameter 'levle'; did you mean 'level'?"),
        ({"level": 90}, "parameter level = 90 cannot be used: input should be less than 1"),
        ({"interval_method": "Wlad"}, "parameter interval_method = 'Wlad' cannot be used"),
    ],
)
def test_a_wrong_parameter_stops_the_chapter_before_it_computes(changed, message, tmp_path):
    source = Path(__file__).parents[1] / "chapters" / "netter1.ipynb"
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
        ({"trials": "COMPETE, FOO"}, "no study 'FOO'; there are: "),
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

import pandas as pd
import pytest

from netterbook.audit import sensitivity as stored
from netterbook.book import sensitivity
from netterbook.book.chart import NARROW, WIDE
from netterbook.errors import DataError, ParameterError
from netterbook.precision import Simulated

HEAD = "point,prior_scale,seed,quantity,value,low,high,error,error_low,error_high,problem\n"
ROWS = (
    "1,1,1,hazard ratio,0.3,0.2,0.4,0.003,0.01,0.01,\n"
    "1,1,1,difference of restricted means to 24,5,4,6,0.03,0.1,0.1,\n"
    "2,0.5,1,hazard ratio,0.32,0.2,0.4,0.003,0.01,0.01,\n"
    "2,0.5,1,difference of restricted means to 24,5.01,4,6,0.03,0.1,0.1,\n"
    "3,1,2,hazard ratio,0.304,0.2,0.4,0.003,0.01,0.01,\n"
    "3,1,2,difference of restricted means to 24,inf,inf,inf,,,,\n"
    "4,9,1,,,,,,,,no patients\n"
)


@pytest.fixture
def table():
    return sensitivity.with_analyses(stored.read_swept(HEAD + ROWS, "own.csv"), "own.csv")


def test_analyses_are_named_by_what_they_change(table):
    assert table["analysis"].unique().tolist() == ["As in the book", "Prior half as wide", "Seed 2", "prior_scale 9"]
    assert sensitivity.without_patients(table) == [("prior_scale 9", "no patients")]


def test_what_moves_is_what_monte_carlo_error_does_not_explain(table):
    found = sensitivity.moves(table, "hazard ratio")
    assert (found.first, found.least, found.greatest) == tuple(Simulated(each, 0.003) for each in (0.3, 0.3, 0.32))
    assert found.moved == ("Prior half as wide",) and found.analyses == 3
    means = sensitivity.moves(table, sensitivity.means_horizon(table).difference)
    assert means.moved == () and means.analyses == 2  # one is not reached
    with pytest.raises(DataError, match="no headline 'median'; there are: hazard ratio"):
        sensitivity.moves(table, "median")


def test_headlines_are_no_finer_than_their_errors(table):
    shown = sensitivity.headline_table(table).set_index("Analysis")
    assert shown.loc["Prior half as wide", "Hazard ratio"] == "0.32 (0.20 to 0.40)"
    assert shown.loc["Seed 2", "Difference of restricted means to 24"] == "not reached"
    assert "prior_scale 9" not in shown.index


@pytest.mark.parametrize("layout", [WIDE, NARROW])
def test_the_chart_has_a_point_and_a_line_for_each_headline(table, layout):
    chart = sensitivity.analyses_chart(
        table[table["point"] < 3], ("hazard ratio", "difference of restricted means to 24"), ("HR", "Months")
    )
    assert len(chart.frame) == 4 and set(chart.frame["first"]) == {0.3, 5.0}
    left, right = chart.figure(layout).axes
    for axis, least, most in ((left, 0.3, 0.32), (right, 5.0, 5.01)):
        points = axis.collections[-1].get_offsets()
        assert sorted(points[:, 0].tolist()) == [least, most]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is no table"),
        ("point,value\n1,2\n", "no column quantity, low, high, error"),
        (HEAD + ROWS.replace("0.32,", "much,"), "line 4: value is 'much', no number"),
        (HEAD + "1,1,1,,,,,,,,no patients\n", "first point, with which others are compared"),
        (HEAD, "first point, with which others are compared"),
    ],
)
def test_a_table_of_no_sweep_is_refused_by_what_is_wrong(tmp_path, ledger, text, said):
    path = tmp_path / "own.csv"
    path.write_text(text)
    with pytest.raises(DataError, match=said):
        sensitivity.sweeps(sensitivity.Sensitivity(netter1=str(path)), ledger)


def test_a_missing_file_is_named(ledger):
    with pytest.raises(ParameterError, match=r"netter2: cannot read nowhere\.csv: No such file"):
        sensitivity.sweeps(sensitivity.Sensitivity(netter2="nowhere.csv"), ledger)


def test_a_table_without_restricted_means_says_so(table):
    with pytest.raises(DataError, match="no difference of restricted means; give it times"):
        sensitivity.means_horizon(table[table["quantity"] == "hazard ratio"])


def test_a_sweep_of_ones_own_takes_the_place_of_the_books(tmp_path, ledger):
    path = tmp_path / "own.csv"
    path.write_text(HEAD + ROWS)
    found = sensitivity.sweeps(sensitivity.Sensitivity(netter2=str(path)), ledger)
    assert found["netter2"]["point"].nunique() == 4
    assert found["netter1"]["point"].nunique() > 10


def test_every_analysis_of_the_book_has_words_of_its_own(ledger):
    for trial, table in sensitivity.sweeps(sensitivity.Sensitivity(), ledger).items():
        said = table.groupby("point")["analysis"].first()
        assert said.is_unique and not [each for each in said if "_" in each], trial


def test_what_is_given_is_met_in_every_analysis_of_the_book(ledger):
    """Printed medians and the hazard ratio come back wherever they are not withheld."""
    tables = sensitivity.sweeps(sensitivity.Sensitivity(), ledger)
    for trial, quantity, printed, half, names in (
        ("netter1", "hazard ratio", 0.21, 0.005, ("hr",)),
        ("netter1", "median, control", 8.4, 0.05, ("median0",)),
        ("netter2", "median, 177Lu-DOTATATE", 22.8, 0.05, ("median1",)),
    ):
        own = tables[trial][(tables[trial]["quantity"] == quantity)]
        held = own[[not any(name in each.split(" + ") for name in names) for each in own["withhold"]]]
        assert len(held) >= 9
        assert ((held["low"] >= printed - half - 1e-6) & (held["high"] <= printed + half + 1e-6)).all(), quantity


def test_the_first_analysis_is_the_chapters(ledger):
    """The descriptions say what the chapters are given: medians of headlines agree within Monte Carlo error."""
    from netterbook import trials
    from netterbook.audit import ensembles

    known = trials.read(ledger.folder)
    for trial, table in sensitivity.sweeps(sensitivity.Sensitivity(), ledger).items():
        found = ensembles.reconstruct(ledger, known[trial], "pfs", "nothing", 200, 1)
        horizon = sensitivity.means_horizon(table)
        for quantity, values in (
            ("hazard ratio", found.values("hr")),
            (horizon.difference, found.values("rmst_difference", horizon.time)),
        ):
            first = sensitivity.moves(table, quantity).first
            assert abs(pd.Series(values).median() - first.value) <= 4 * first.error

import pytest

from netterbook import papers
from netterbook.audit import sensitivity
from netterbook.errors import DataError


@pytest.mark.parametrize("trial", sensitivity.SWEPT)
def test_what_is_stored_rests_on_the_numbers_and_the_code_as_they_are(ledger, trial):
    """If this fails, the sampler, a description or a number changed: run netterbook sensitivity."""
    assert sensitivity.stored_sweep(ledger, trial)["point"].is_monotonic_increasing


def test_another_number_or_description_makes_it_stale(data_copy):
    text = data_copy / "netter1/figure1a.csv"
    text.write_text(text.read_text().replace("t3,3,97", "t3,3,96"))
    with pytest.raises(DataError, match=r"netter1\.csv was made with other numbers.*run netterbook sensitivity"):
        sensitivity.stored_sweep(papers.load(data_copy), "netter1")
    grid = sensitivity.sweep_grid(data_copy, "netter2")
    sensitivity.stored_sweep(papers.load(data_copy), "netter2")
    grid.write_text(grid.read_text() + "# a comment changes nothing\n")
    sensitivity.stored_sweep(papers.load(data_copy), "netter2")
    grid.write_text(grid.read_text().replace("0.5", "0.4"))
    with pytest.raises(DataError, match=r"netter2\.csv was made with other"):
        sensitivity.stored_sweep(papers.load(data_copy), "netter2")


def test_what_is_stored_is_read_back(ledger, data_copy):
    own = papers.load(data_copy)
    text = "point,seed,quantity,value,low,high,error,error_low,error_high,problem\n1,1,hazard ratio,0.2,0.1,0.3,,,,\n"
    for path, content in sensitivity.sweep_files(own, {"netter1": text}).items():
        path.write_text(content)
    assert sensitivity.stored_sweep(own, "netter1")["value"].tolist() == [0.2]
    with pytest.raises(DataError, match="netter2"):
        sensitivity.stored_sweep(own, "netter2")

import pytest

from netterbook import papers, safety
from netterbook.parameters import ParameterError
from netterbook.proportions import fisher


def test_adverse_events_are_ordered_and_tested_as_the_paper_tested_them(ledger):
    frame = safety.adverse_events("netter1")
    assert frame["difference"].is_monotonic_decreasing
    assert len(frame) == len(papers.table("netter1", "table4")) - 1
    for row in frame.itertuples():
        assert row.p == fisher(row.lu_count, 111, row.control_count, 110)
        assert row.low < row.difference < row.high
    nausea = frame.set_index("label").loc["Nausea"]
    assert ledger["netter1.table4.nausea.lu_any.percent"].point.admits(nausea.lu)


def test_rare_adverse_events_are_left_out_and_an_empty_table_is_refused():
    assert list(safety.adverse_events("netter1", threshold=50)["label"]) == ["Nausea", "Any adverse event"]
    with pytest.raises(ParameterError, match="ae_threshold = 99"):
        safety.adverse_events("netter1", threshold=99)


def test_adverse_events_as_text():
    text = safety.adverse_event_text(safety.adverse_events("netter1")).set_index("Event").loc["Headache"]
    assert text["¹⁷⁷Lu-Dotatate"] == "18 (16.2%)"
    assert text["P (Fisher)"] == "0.007"

"""Doses of the standard number of cycles."""

import pytest

from netterbook import facts
from netterbook.book.display import shown
from netterbook.book.dosimetry import four_cycles
from netterbook.book.dosimetry.parameters import Dosimetry
from netterbook.text import fill

ENDS = ["middle", "low", "high"]


def test_doses_of_four_cycles_are_the_published_ones(ledger):
    known = facts.read(ledger.folder)
    table = four_cycles.doses_of_cycles(ledger, Dosimetry()).set_index("fact")
    assert table.loc["F082", ENDS].astype(float).round(1).tolist() == [19.4, 10.7, 28.1]
    assert table.loc["F083", ENDS].astype(float).round(1).tolist() == [1.0, 0.2, 1.8]
    assert table.loc["F085", ENDS].tolist() == [134, 7, 2218]
    assert table.loc["F087", "middle"] == pytest.approx(4 * 4.3)
    assert table.loc["F091", "middle"] == pytest.approx(4 * 0.246)
    assert table.loc["F149", "middle"] == pytest.approx(29.6 * 0.47)
    assert table.loc["F158", ["low", "high"]].tolist() == [4 * 2, 4 * 77]
    for organ, (fact, *_) in four_cycles.MODEL_FACTS.items():  # good kidneys receive least
        model = four_cycles.clearance_models(known)[organ]
        ends = [4 * float(model.cycle_gy(7.4, x)) for x in (189.77, 46.97)]  # fact F098
        assert table.loc[fact, ["low", "high"]].tolist() == pytest.approx(ends)
        assert ends[0] < table.loc[fact, "middle"] < ends[1]
    assert table["label"].to_dict() == {
        "F151": "18 patients, 80 cycles",
        "F152": "12 patients, SPECT/CT",
        "F149": "Aarhus, 56 treatments",
        "F153": "61 patients, planar",
        "F082": "NETTER-1, 20 patients",
        "F087": "model of 47 patients",
        "F091": "model of 47 patients",
        "F083": "NETTER-1, 20 patients",
        "F085": "NETTER-1, 65 lesions",
        "F158": "41 patients, 182 lesions",
    }


def test_models_are_the_facts(ledger):
    models = four_cycles.clearance_models(facts.read(ledger.folder))
    assert models["Kidneys"] == (4.3, 7.4, 99, 0.66, -0.552)
    assert models["Red marrow"] == (0.246, 7.4, 99, 0.597, -1.11)


def test_the_model_is_printed_with_the_numbers_it_computes_with(ledger, sentence):
    model = four_cycles.clearance_models(facts.read(ledger.folder))["Kidneys"]
    values = {"model": model, "first": "F087", "last": "F089", "error": 0.23, "read_at": "a library"}
    said = fill(sentence("The model describes"), values)
    assert "4.3 Gy × (activity / 7.4 GBq)<sup>0.66</sup> × (clearance /\n99 mL/min)<sup>−0.55</sup>" in said
    assert "as given by a library (F087 to F089)" in said
    assert model.cycle_gy(3.7, 50) == pytest.approx(4.3 * (3.7 / 7.4) ** 0.66 * (50 / 99) ** -0.55, rel=0.002)


def test_doses_scale_with_the_activity_but_the_models_by_less(ledger):
    one, half = (
        four_cycles.doses_of_cycles(ledger, Dosimetry(activity_gbq=a)).set_index("fact")["middle"] for a in (7.4, 3.7)
    )
    assert half["F082"] / one["F082"] == pytest.approx(0.5)
    assert half["F085"] / one["F085"] == pytest.approx(0.5)
    assert half["F087"] / one["F087"] == pytest.approx(0.5**0.66)


def test_doses_are_shown_as_they_are_published(ledger, sentence):
    table = four_cycles.doses_of_cycles(ledger, Dosimetry())
    table = table.assign(sd=table["high"] - table["middle"], cycles=4, least=table["low"] / 4, most=table["high"] / 4)
    gray = {
        "SD": sentence("{middle:.1f} (SD"),
        "median": "{middle:.1f}",
        "creatinine clearance": sentence("{middle,low,high:interval.1}"),
        "range": sentence("{middle,low,high:interval.0}"),
        "range of a cycle": sentence("{low,high:span.0}"),
    }
    given = dict.fromkeys(gray, "") | {"range of a cycle": sentence("times the range of a cycle")}
    words = shown(table, {"fact": "{fact}", "Gy": gray, "given": given}).set_index("fact")
    assert words["Gy"].to_dict() == {
        "F151": "11.2 (SD 5.6)",
        "F152": "12.7 (SD 3.8)",
        "F149": "13.9",
        "F153": "16.9 (SD 2.7)",
        "F082": "19.4 (SD 8.7)",  # as printed
        "F087": "17.2 (12.0 to 26.0)",
        "F091": "1.0 (0.5 to 2.3)",
        "F083": "1.0 (SD 0.8)",  # as printed
        "F085": "134 (7 to 2218)",  # as printed
        "F158": "8 to 308",
    }
    assert words.loc["F158", "given"] == "4 times the range of a cycle, 2 to 77 Gy"


def test_limits_of_organs_are_the_parameters_and_the_facts(ledger):
    assert four_cycles.organ_limits(ledger, Dosimetry(kidney_limit_gy=29)) == {"Kidneys": 29, "Red marrow": 2}

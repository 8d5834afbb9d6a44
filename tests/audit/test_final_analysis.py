"""The final analysis of NETTER-1: what its reconstruction is given, and what is kept back, stored and compared."""

from datetime import date
from math import sqrt

import numpy as np
import pandas as pd
import pytest
from final_sets import FEW, FEWER, final_sets, store_final

from netterbook import facts
from netterbook.audit import ensembles, recovered
from netterbook.audit.final_analysis import FinalInputs, kept_back
from netterbook.methods.patients import kaplan_meier
from netterbook.methods.proportional_hazards import proportional_hazards_test

SECOND = {
    "F058": ("231 (117 vs 114)", "", ""),
    "F059": ("48.0", "37.4", "55.2"),
    "F060": ("36.3", "25.9", "51.7"),
    "F061": ("0.84", "0.60", "1.17"),
    "F227": ("21.2", "20.2", "22.3"),
    "F228": ("19.3", "18.0", "20.7"),
    "F229": ("1.9", "0.1", "3.6"),
    "F230": ("26/117 (22.2%)", "", ""),
    "F231": ("39/114 (34.2%)", "", ""),
    "F232": ("0.034", "", ""),
    "F234": ("76.3", "0.4", "95.0"),
    "F235": ("76.5", "0.1", "92.3"),
    "F236": ("Sept 6, 2012", "", ""),
    "F237": ("Jan 14, 2016", "", ""),
}
"""The facts that this rests on, typed from the abstracts anew."""


@pytest.fixture(scope="module")
def trial(known):
    return known["netter1"]


@pytest.fixture(scope="module")
def sets():
    return final_sets()


@pytest.fixture
def store(data_copy, monkeypatch):
    return store_final(data_copy, monkeypatch)


def test_the_facts_agree_with_a_second_reading(ledger):
    cited = facts.read(ledger.folder)
    assert {i: (cited[i].text, cited[i].low_text, cited[i].high_text) for i in SECOND} == SECOND


def test_percentages_and_differences_of_the_abstract_follow_from_its_counts_and_means(ledger):
    cited = facts.read(ledger.folder)
    for fact in ("F230", "F231"):
        died, patients, percent = cited[fact].numbers
        assert percent == round(100 * died / patients, 1)
    assert cited["F229"].value == pytest.approx(cited["F227"].value - cited["F228"].value)


def test_the_reconstruction_is_given_patients_medians_hazard_ratio_and_follow_up(ledger, trial):
    given = FinalInputs(trial).arguments(ledger)
    assert given["at_risk"].to_numpy().tolist() == [[0, 0, 114], [1, 0, 117]]
    assert given["arms"].to_dict("list") == {"arm": [0, 1], "n": [114, 117], "tmax": [92.3, 95.0]}
    said = [
        tuple(row.get(name, "") for name in ("quantity", "arm", "value", "low", "high")) for row in given["quantities"]
    ]
    assert said == [
        ("hr", "", "0.84", "0.60", "1.17"),
        ("median", 0, "36.3", "25.9", "51.7"),
        ("followup", 0, "76.5", "", ""),
        ("median", 1, "48.0", "37.4", "55.2"),
        ("followup", 1, "76.3", "", ""),
    ]
    least, greatest = given["possible_follow_up"]
    assert least == 60
    assert greatest == pytest.approx(60 + (date(2016, 1, 14) - date(2012, 9, 6)).days / 365.25 * 12)


def test_nothing_that_is_kept_back_is_given(ledger, trial):
    given = FinalInputs(trial).claims(ledger)
    kept = [one.id for one in kept_back(ledger, trial)]
    assert len(kept) == len(set(kept)) == 13
    assert not {one.partition(" ")[0] for one in kept} & set(given)
    assert set(given) - set(SECOND) == {"netter1.methods.final_os_years"}
    assert [target.claim for target in recovered.final_targets(ledger)] == kept


def test_what_is_kept_back_is_read_off_patients_as_by_hand(ledger, trial, sets):
    read = {one.id: one.read(sets) for one in kept_back(ledger, trial)}
    means, errors = {}, {}
    for code, fact in ((0, "F228"), (1, "F227")):
        time, event = sets.own(3, code)
        curve = kaplan_meier(time, event)
        steps = np.append(curve.time[(curve.time > 0) & (curve.time < 24)], 24)
        area = np.diff(np.append(0, steps)) * np.append(1, curve.at(steps[:-1]))
        means[code] = area.sum()
        deaths = steps[:-1]
        died = np.array([event[time == t].sum() for t in deaths])
        n = np.array([(time >= t).sum() for t in deaths])
        beyond = area[::-1].cumsum()[::-1][1:]
        errors[code] = sqrt(np.sum(beyond**2 * died / (n * (n - died))))
        assert read[fact][3] == pytest.approx(means[code])
        for sign, end in ((-1, " low"), (1, " high")):
            assert read[fact + end][3] == pytest.approx(means[code] + sign * 1.959964 * errors[code], rel=1e-6)
        assert read["F231" if code == 0 else "F230"][3] == ((time <= 24) & (event == 1)).sum()
    gain, error = means[1] - means[0], sqrt(errors[0] ** 2 + errors[1] ** 2)
    found = [read[f"F229{end}"][3] for end in ("", " low", " high")]
    assert found == pytest.approx([gain, gain - 1.959964 * error, gain + 1.959964 * error])
    assert read["F063"].tolist() == sets.event.sum(axis=1).tolist()
    assert read["F232"][3] == pytest.approx(proportional_hazards_test(sets.time[3], sets.event[3], sets.arm).p)


def test_what_is_stored_places_the_print_and_says_whether_every_seed_meets_it(store, trial, sets):
    stored = recovered.stored_final(store)
    kept = {one.id: one for one in kept_back(store, trial)}
    assert stored.index.tolist() == list(kept)
    pooled = np.concatenate([kept["F231"].read(sets)] * 2 + [kept["F231"].read(sets.first(FEWER))])
    row = stored.loc["F231"]
    below = np.mean(pooled < 39) + np.mean(pooled == 39) / 2
    assert float(row.below) == pytest.approx(below, abs=0.05)  # rounded to its Monte Carlo error
    assert row.draws == len(pooled) == 2 * FEW + FEWER
    for one, row in stored.iterrows():
        low, high = recovered.common_interval(row)
        inside = low <= high and kept[one].point.overlaps(low, high)
        assert row.recovered == inside
        assert float(row.low) <= float(row.estimate) <= float(row.high)
    assert stored["recovered"].sum() > 0


def test_a_print_outside_the_sets_is_not_recovered(store, trial):
    path = store.folder / "reference" / "facts.csv"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(",39/114 (34.2%)", ",99/114 (86.8%)"), encoding="utf-8")
    assert "F231" not in recovered.stored_final(store).index  # placed against another print
    table = pd.read_csv(store.folder / recovered.STORE, dtype=str)
    table.loc[table["claim"] == "F231", "against"] = "99"
    table.to_csv(store.folder / recovered.STORE, index=False)
    assert not recovered.stored_final(store).loc["F231", "recovered"]


def test_a_changed_input_leaves_all_out_of_the_store_and_changes_the_fingerprint(store, trial):
    before = ensembles.fingerprint(store, FinalInputs(trial))
    path = store.folder / "reference" / "facts.csv"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(",48.0,37.4,55.2,", ",48.0,37.4,55.3,"), encoding="utf-8")
    assert recovered.stored_final(store).empty
    assert ensembles.fingerprint(store, FinalInputs(trial)) != before

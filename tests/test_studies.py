import pytest

from netterbook import papers, studies


def test_kidney_cohorts_give_netter1s_published_dose():
    cohorts = studies.kidney_cohorts(activity_gbq=7.4, limit_gy=23).set_index("fact")
    assert round(cohorts.loc["F154", "dose"], 1) == 19.4  # Bodei, J Nucl Med 2025, fact F082
    assert papers.facts().loc["F082", "value"].startswith("19.4")
    assert cohorts.loc["F151", "cycles_within"] == 8
    assert (cohorts["cycles_within"] * 7.4 * cohorts["gy_per_gbq"] <= 23).all()
    text = studies.kidney_cohort_text(cohorts.reset_index(), 23)
    assert list(text["Gy/GBq"])[:2] == ["0.38 (SD 0.19)", "0.43 (SD 0.13)"]


def test_trials_carry_their_facts():
    rows = studies.trials().set_index("id")
    facts = papers.facts()
    for fact_id in (i for i in rows.index if i.startswith("F")):
        fact = facts.loc[fact_id]
        assert fact["unit"] == "HR"
        assert [float(fact[c]) for c in ("value", "low", "high")] == list(rows.loc[fact_id, ["hr", "low", "high"]])
    assert tuple(rows.loc["netter1.figure1c.overall.hr.hr", ["hr", "low", "high"]]) == (0.21, 0.13, 0.33)


def test_secondary_sources_can_be_left_out():
    rows = studies.trials(include_secondary=False)
    assert "secondary" not in set(rows["confidence"])
    assert "F176" not in set(rows["id"])
    assert not studies.conclusions(include_secondary=False)["Supported?"].str.contains("COMPETE").any()


@pytest.mark.parametrize(("level", "word"), [(0.95, "not shown"), (0.51, "perhaps")])
def test_conclusions_follow_the_interval(level, word):
    table = studies.conclusions(level).set_index("Statement")["Supported?"]
    assert table["The effect is larger in one NETTER trial than in the other"].startswith(word)


def test_the_two_trials_side_by_side():
    table = studies.netter_side_by_side().set_index("")
    assert list(table.loc["PFS hazard ratio"]) == ["0.21 (95% CI 0.13 to 0.33)", "0.276 (95% CI 0.182 to 0.418)"]
    assert table.loc["Median PFS, ¹⁷⁷Lu-Dotatate, months", "NETTER-1"] == "not reached"

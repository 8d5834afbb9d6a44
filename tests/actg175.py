"""The example of ``netterbook new-trial``: two groups of ACTG 175 as a paper would print them, from the public data."""

from importlib import resources

import numpy as np
import pandas as pd
from lifelines import CoxPHFitter, KaplanMeierFitter
from lifelines.statistics import logrank_test
from scipy import stats

MONTH = 365.25 / 12
TIMES = (0, 6, 12, 18, 24, 30, 36)


def groups():
    """Patients on zidovudine with didanosine, and on zidovudine alone."""
    table = pd.read_csv(str(resources.files("lifelines") / "datasets" / "ACTG175.csv"))
    return table[table["arms"] == 1], table[table["arms"] == 0]


def cell(count, total):
    return f"{count} ({100 * count / total:.0f})"


NAMES = ("Combination", "Zidovudine")
SECTIONS = {
    "Sex": {"Female": "gender == 0", "Male": "gender == 1"},
    "Karnofsky score": {"100": "karnof == 100", "90": "karnof == 90", "80 or less": "karnof <= 80"},
    "Earlier antiretroviral therapy": {"None": "strat == 1", "1 to 52 weeks": "strat == 2", "Longer": "strat == 3"},
}
ALONE = {"Symptomatic HIV infection": "symptom == 1", "Haemophilia": "hemo == 1"}


def baseline():
    """Rows of the table of baseline characteristics."""
    both = groups()
    sizes = [len(own) for own in both]
    heads = [f"{name} (n={n})" for name, n in zip(NAMES, sizes, strict=True)]
    rows = [["Characteristic", *heads, "P value"]]
    for label, column in (("Age, mean (SD), years", "age"), ("CD4 cells, mean (SD), per mm³", "cd40")):
        p = stats.ttest_ind(both[0][column], both[1][column]).pvalue
        rows.append([label, *(f"{own[column].mean():.1f} ({own[column].std():.1f})" for own in both), f"{p:.2f}"])
    for name, levels in SECTIONS.items():
        counts = [[int(own.eval(which).sum()) for which in levels.values()] for own in both]
        p = f"{stats.chi2_contingency(counts, correction=False).pvalue:.2f}"
        rows.append([name, "", "", ""])
        for k, label in enumerate(levels):
            own = [cell(count[k], n) for count, n in zip(counts, sizes, strict=True)]
            rows.append([label, *own, "" if k else p])
    rows.append(["Other", "", "", ""])
    for label, which in ALONE.items():
        counts = [int(own.eval(which).sum()) for own in both]
        table = [[count, n - count] for count, n in zip(counts, sizes, strict=True)]
        p = f"{stats.chi2_contingency(table, correction=False).pvalue:.2f}"
        rows.append([label, *(cell(count, n) for count, n in zip(counts, sizes, strict=True)), p])
    return rows


def survival():
    """Summaries and numbers at risk, as printed."""
    both = groups()
    time = np.concatenate([own["days"] / MONTH for own in both])
    event = np.concatenate([own["cens"] for own in both])
    arm = np.repeat([1, 0], [len(own) for own in both])
    fit = (
        CoxPHFitter().fit(pd.DataFrame({"time": time, "event": event, "arm": arm}), "time", "event").summary.loc["arm"]
    )
    test = logrank_test(time[arm == 1], time[arm == 0], event[arm == 1], event[arm == 0])
    rates = {}
    for code in (0, 1):
        curve = KaplanMeierFitter().fit(time[arm == code], event[arm == code])
        rates[code] = f"{float(curve.predict(24)):.3f}"
    columns = {"hr": "exp(coef)", "low": "exp(coef) lower 95%", "high": "exp(coef) upper 95%"}
    found = {name: f"{fit[column]:.2f}" for name, column in columns.items()}
    at_risk = {code: [int((time[arm == code] >= t).sum()) for t in TIMES] for code in (0, 1)}
    events = {code: int(event[arm == code].sum()) for code in (0, 1)}
    return found | {"p": test.p_value, "rates": rates, "at_risk": at_risk, "events": events}


def curve():
    """Rows of the curves of both groups, as clicked on a figure: every 0.75 months, to thousandths."""
    rows = [["arm", "time", "survival"]]
    for code, own in zip((0, 1), reversed(groups()), strict=True):
        fitted = KaplanMeierFitter().fit(own["days"] / MONTH, own["cens"])
        for time in np.arange(0, 40, 0.75):
            rows.append([code, f"{time:g}", f"{float(fitted.predict(time)):.3f}"])
    return rows

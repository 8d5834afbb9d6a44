"""Public data sets of patients, compared in two groups each.

Nothing of them is kept here: they are read from lifelines (MIT), and from SurvSet (GPL-3; Drysdale, arXiv 2203.03094),
which collects data sets of R's packages; SurvSet comes with the extra ``validate``.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import resources
from typing import NamedTuple

import numpy as np
import pandas as pd

from netterbook.errors import ParameterError
from netterbook.reconstruction.known import KnownTrial

DAYS_A_MONTH, DAYS_A_YEAR = 30.4375, 365.25


class DataSet(NamedTuple):
    """Where a data set's times are, in what unit they are printed, and the groups compared."""

    library: str
    event: str
    """End point, and of whom."""
    unit: str
    groups: tuple[tuple[str, str, str], ...]
    """Name, arm 1 and arm 0, each a condition on the columns; who meets neither is left out."""
    step: float | None = 1
    """Spacing of the recorded times, in what they are recorded in; None for none that is known."""
    per: float = 1
    """By how much recorded times are divided to have the unit."""
    columns: tuple[str, str] = ("time", "event")
    file: str = ""
    """Where it is not the name of the data set."""


_L, _S = "lifelines", "SurvSet"
_SEXES = ("women v men", "fac_sex == 2", "fac_sex == 1")
_WOMEN = ("women v men", "fac_sex == 'female'", "fac_sex == 'male'")
_LYMPH_NODE = (
    ("hormone therapy v none", "hormone == 2", "hormone == 1"),
    ("grade 3 v 1–2", "grade == 3", "grade < 3"),
    ("five nodes or more v fewer", "nodes >= 5", "nodes < 5"),
)
PUBLIC: dict[str, DataSet] = {
    "rossi": DataSet(_L, "rearrest", "weeks", (("financial aid v none", "fin == 1", "fin == 0"),),
                     columns=("week", "arrest")),
    "lymphoma": DataSet(_L, "death, lymphoma", "days",
                        (("stage IV v III", "Stage_group == 2", "Stage_group == 1"),), columns=("Time", "Censor")),
    "anderson": DataSet(_L, "relapse, leukaemia", "weeks", (("6-MP v placebo", "Rx == 0", "Rx == 1"),),
                        columns=("t", "status")),
    "larynx": DataSet(_L, "death, cancer of the larynx", "years",
                      (("stage III–IV v I–II", "Stage_III + Stage_IV > 0", "Stage_III + Stage_IV == 0"),
                       ("age 65 or more v less", "age >= 65", "age < 65")), step=0.1, columns=("time", "death")),
    "kidney_transplant": DataSet(_L, "death, kidney transplant", "days",
                                 (("50 or older v younger", "age >= 50", "age < 50"),
                                  ("men v women", "black_male + white_male > 0", "black_male + white_male == 0")),
                                 columns=("time", "death")),
    "lung": DataSet(_L, "death, lung cancer", "months",
                    (("women v men", "sex == 2", "sex == 1"),
                     ("ECOG 1 or more v 0", "`ph.ecog` >= 1", "`ph.ecog` == 0")), per=DAYS_A_MONTH,
                    columns=("time", "status")),
    "lymph_node_recurrence": DataSet(_L, "recurrence, breast cancer", "months", _LYMPH_NODE, per=DAYS_A_MONTH,
                                     columns=("rectime", "censrec"), file="lymph_node"),
    "lymph_node_death": DataSet(_L, "death, breast cancer", "days", _LYMPH_NODE[:2], columns=("survtime", "censdead"),
                                file="lymph_node"),
    "ACTG175": DataSet(_L, "fall of CD4 cells, AIDS or death, HIV", "days",
                       (("zidovudine and didanosine v zidovudine", "arms == 1", "arms == 0"),
                        ("zidovudine and zalcitabine v zidovudine", "arms == 2", "arms == 0"),
                        ("didanosine v zidovudine", "arms == 3", "arms == 0"),
                        ("symptoms v none", "symptom == 1", "symptom == 0")), columns=("days", "cens")),
    "veteran": DataSet(_S, "death, lung cancer", "days",
                       (("test v standard", "fac_trt == 2", "fac_trt == 1"),
                        ("small cell and adenocarcinoma v others", "fac_celltype in ['smallcell', 'adeno']",
                         "fac_celltype in ['squamous', 'large']"))),
    "colon": DataSet(_S, "death, colon cancer", "months",
                     (("levamisole and fluorouracil v observation", "fac_rx == 'Lev+5FU'", "fac_rx == 'Obs'"),
                      ("levamisole v observation", "fac_rx == 'Lev'", "fac_rx == 'Obs'"),
                      ("five nodes or more v fewer", "fac_node4 == 1", "fac_node4 == 0"),
                      ("obstruction v none", "fac_obstruct == 1", "fac_obstruct == 0")), per=DAYS_A_MONTH),
    "pbc": DataSet(_S, "death, biliary cirrhosis", "years",
                   (("penicillamine v placebo", "fac_trt == 1", "fac_trt == 2"),
                    ("hepatomegaly v none", "fac_hepato == 1", "fac_hepato == 0")), per=DAYS_A_YEAR),
    "rott2": DataSet(_S, "recurrence or death, breast cancer", "months",
                     (("chemotherapy v none", "fac_chemo == 'yes'", "fac_chemo == 'no'"),
                      ("tumour above 20 mm v less", "fac_tsize != '<=20mm'", "fac_tsize == '<=20mm'")), step=None),
    "nwtco": DataSet(_S, "relapse, Wilms' tumour", "days",
                     (("unfavourable v favourable histology, stage III", "fac_stage == 3 and fac_histol == 2",
                       "fac_stage == 3 and fac_histol == 1"),
                      ("stage IV v I", "fac_stage == 4", "fac_stage == 1"))),
    "Melanoma": DataSet(_S, "death of melanoma", "days", (("ulceration v none", "fac_ulcer == 1", "fac_ulcer == 0"),)),
    "actg": DataSet(_S, "AIDS or death, HIV", "days", (("indinavir v none", "fac_tx == 1", "fac_tx == 0"),)),
    "whas500": DataSet(_S, "death, heart attack", "years",
                       (("women v men", "fac_gender == 1", "fac_gender == 0"),
                        ("heart failure v none", "fac_chf == 1", "fac_chf == 0")), per=DAYS_A_YEAR),
    "burn": DataSet(_S, "infection, burns", "days",
                    (("body cleansing v routine", "fac_treatment == 1", "fac_treatment == 0"),)),
    "e1684": DataSet(_S, "relapse, melanoma", "years",
                     (("interferon v observation", "fac_trt == 1", "fac_trt == 0"),
                      ("women v men", "fac_sex == 1", "fac_sex == 0")), step=None),
    "prostate": DataSet(_S, "death, prostate cancer", "months",
                        (("oestrogen 1 mg v placebo", "fac_rx == '1.0 mg estrogen'", "fac_rx == 'placebo'"),
                         ("oestrogen 5 mg v placebo", "fac_rx == '5.0 mg estrogen'", "fac_rx == 'placebo'"),
                         ("stage 4 v 3", "fac_stage == '4'", "fac_stage == '3'"),
                         ("cardiovascular disease v none", "fac_hx == '1'", "fac_hx == '0'"))),
    "LeukSurv": DataSet(_S, "death, acute leukaemia", "months",
                        (("65 or older v younger", "num_age >= 65", "num_age < 65"),), per=DAYS_A_MONTH),
    "d.oropha.rec": DataSet(_S, "death, cancer of the oropharynx", "years",
                            (("chemotherapy and radiation v radiation", "fac_treatm == 2", "fac_treatm == 1"),
                             ("tumour stage 4 v less", "fac_tstage == 4", "fac_tstage != 4")), step=None),
    "pharmacoSmoking": DataSet(_S, "smoking again", "weeks",
                               (("three drugs v patch", "fac_grp == 'combination'", "fac_grp == 'patchOnly'"),), per=7),
    "stagec": DataSet(_S, "progression, prostate cancer", "years",
                      (("grade 3–4 v 1–2", "fac_grade in [3, 4]", "fac_grade in [1, 2]"),
                       ("tetraploid v diploid", "fac_ploidy == 'tetraploid'", "fac_ploidy == 'diploid'")), step=0.1),
    "breast": DataSet(_S, "death, breast cancer", "months",
                      (("nodes v none", "fac_NodalStatus == 1", "fac_NodalStatus == 0"),), step=None),
    "rdata": DataSet(_S, "death, heart attack", "years", (_SEXES,), per=DAYS_A_YEAR),
    "grace": DataSet(_S, "death, coronary syndrome", "days",
                     (("revascularised v not", "fac_revasc == 1", "fac_revasc == 0"),), step=0.5),
    "TRACE": DataSet(_S, "death, heart attack", "years",
                     (("ventricular fibrillation v none", "fac_vf == 1", "fac_vf == 0"),
                      ("heart failure v none", "fac_chf == 1", "fac_chf == 0")), step=None),
    "dataDIVAT2": DataSet(_S, "graft failure or death, kidney transplant", "years",
                          (("donor of expanded criteria v standard", "fac_ecd == 1", "fac_ecd == 0"),), step=None),
    "uis": DataSet(_S, "drug use again", "days",
                   (("long v short programme", "fac_treat == 1", "fac_treat == 0"),
                    ("recent v no injection", "fac_ivhx == '3'", "fac_ivhx == '1'"))),
    "glioma": DataSet(_S, "death, glioma", "months",
                      (("radioimmunotherapy v control", "fac_group == 'RIT'", "fac_group == 'Control'"),)),
    "follic": DataSet(_S, "relapse or death, lymphoma", "years",
                      (("stage II v I", "fac_clinstg == 2", "fac_clinstg == 1"),), step=None),
    "mgus": DataSet(_S, "death, monoclonal gammopathy", "years", (_WOMEN,), per=DAYS_A_YEAR),
    "Aids2": DataSet(_S, "death, AIDS", "days",
                     (("blood or haemophilia v others", "fac_T_categ in ['blood', 'haem']",
                       "fac_T_categ not in ['blood', 'haem']"),)),
    "wpbc": DataSet(_S, "recurrence, breast cancer", "months",
                    (("tumour above 2 cm v less", "num_tsize > 2", "num_tsize <= 2"),)),
    "ova": DataSet(_S, "death, ovarian cancer", "months",
                   (("FIGO stage IV v III", "fac_figo == 1", "fac_figo == 0"),
                    ("residual tumour above 2 cm v less", "fac_diam in [3, 4]", "fac_diam in [0, 1, 2]")),
                   per=DAYS_A_MONTH),
    "micro.censure": DataSet(_S, "death, colorectal cancer", "years",
                             (("metastases v none", "fac_M == 1", "fac_M == 0"),), step=None),
    "cost": DataSet(_S, "death, stroke", "days",
                    (("atrial fibrillation v none", "fac_atrialFib == 'yes'", "fac_atrialFib == 'no'"),)),
    "retinopathy": DataSet(_S, "loss of vision, diabetes", "months",
                           (("laser v none", "fac_trt == 1", "fac_trt == 0"),), step=None),
    "support2": DataSet(_S, "death, in hospital", "days",
                        (("women v men with heart failure", "fac_dzgroup == 'CHF' and fac_sex == 'female'",
                          "fac_dzgroup == 'CHF' and fac_sex == 'male'"),
                         ("women v men with lung cancer", "fac_dzgroup == 'Lung Cancer' and fac_sex == 'female'",
                          "fac_dzgroup == 'Lung Cancer' and fac_sex == 'male'"))),
    "Pbc3": DataSet(_S, "transplantation or death, biliary cirrhosis", "days",
                    (("ciclosporin v placebo", "fac_tment == 1", "fac_tment == 0"),)),
    "cgd": DataSet(_S, "infection, granulomatous disease", "days",
                   (("interferon v placebo", "fac_treat == 'rIFN-g'", "fac_treat == 'placebo'"),)),
    "hepatoCellular": DataSet(_S, "death, liver cancer", "months",
                              (("tumour above 5 cm v less", "fac_Tumorsize == 2", "fac_Tumorsize == 1"),
                               ("vascular invasion v none", "fac_Vascularinvasion == 1", "fac_Vascularinvasion == 0"))),
    "flchain": DataSet(_S, "death, free light chains", "years",
                       (("men v women, sampled in 1997", "fac_sample_yr == 1997 and fac_sex == 'M'",
                         "fac_sample_yr == 1997 and fac_sex == 'F'"),), per=DAYS_A_YEAR),
    "Framingham": DataSet(_S, "coronary disease", "years",
                          (("women v men above 50", "num_age > 50 and fac_sex == 2", "num_age > 50 and fac_sex == 1"),),
                          per=DAYS_A_YEAR),
    "Dialysis": DataSet(_S, "death, dialysis", "months",
                        (("diabetes v renal disease", "fac_disease == 'diabetes'", "fac_disease == 'renal'"),)),
    "prostateSurvival": DataSet(_S, "death of prostate cancer", "months",
                                (("poor v moderate grade, age 66–69", "fac_grade == 'poor' and fac_ageGroup == '66-69'",
                                  "fac_grade == 'mode' and fac_ageGroup == '66-69'"),)),
    "zinc": DataSet(_S, "cancer of the oesophagus", "days",
                    (("moderate dysplasia or worse v less", "fac_dysp1 == 3", "fac_dysp1 != 3"),)),
    "rhc": DataSet(_S, "death, intensive care", "days",
                   (("catheter v none in lung disease", "fac_cat1 == 'COPD' and fac_swang1 == 'RHC'",
                     "fac_cat1 == 'COPD' and fac_swang1 == 'No RHC'"),)),
    "nki70": DataSet(_S, "metastasis or death, breast cancer", "years",
                     (("oestrogen receptor negative v positive", "fac_ER == 'Negative'", "fac_ER == 'Positive'"),),
                     step=None),
}  # fmt: skip
"""Data sets by name, in the order of the study; 30 to 4,000 patients a comparison."""

LOOKED_AT = frozenset(
    {"rossi", "lymphoma", "anderson", "larynx", "kidney_transplant", "lung", "lymph_node_recurrence", "ACTG175"}
    | {"lymph_node_death", "veteran", "colon", "pbc", "rott2", "nwtco", "Melanoma", "actg", "whas500", "burn"}
)
"""Looked at while the method was made, so that none of them can be held out."""


def held_out_sets() -> frozenset[str]:
    """Data sets held out: every other one, by name, of those never looked at; about a third of the comparisons."""
    return frozenset(sorted(set(PUBLIC) - LOOKED_AT, key=str.casefold)[1::2])


def _read_lifelines(file: str) -> pd.DataFrame:
    return pd.read_csv(str(resources.files("lifelines") / "datasets" / f"{file}.csv"), sep=None, engine="python")


def _read_survset(file: str) -> pd.DataFrame:
    try:
        from SurvSet.data import SurvLoader
    except ModuleNotFoundError:
        raise ParameterError(
            "the public data sets need SurvSet, which is not installed: pip install 'netterbook[validate]'"
        ) from None
    return SurvLoader().load_dataset(file)["df"]


_READ: dict[str, Callable[[str], pd.DataFrame]] = {_L: _read_lifelines, _S: _read_survset}


def public_trials(name: str) -> list[KnownTrial]:
    """The comparisons of a data set, in the order of :data:`PUBLIC`.

    Patients followed for no time at all are left out.

    Raises
    ------
    ParameterError
        For a name that is not in :data:`PUBLIC`, or where SurvSet is needed and missing.

    >>> trial, = public_trials("anderson")
    >>> trial.name, len(trial.time), trial.summaries["median1"]
    ('anderson: 6-MP v placebo', 42, '23.0')
    """
    if name not in PUBLIC:
        raise ParameterError(f"no data set {name!r}; there are: {', '.join(PUBLIC)}")
    about = PUBLIC[name]
    table = _READ[about.library](about.file or name)
    time, event = (table[column].to_numpy(dtype=float) for column in about.columns)
    trials = []
    for group, experimental, reference in about.groups:
        one, zero = (table.eval(condition).to_numpy(dtype=bool) for condition in (experimental, reference))
        kept = (one | zero) & (time > 0)
        trials.append(
            KnownTrial(
                f"{name}: {group}",
                about.library,
                time[kept] / about.per,
                (event[kept] > 0).astype(np.int64),
                one[kept].astype(np.int64),
                family=name,
                unit=about.unit,
                time_step=None if about.step is None else about.step / about.per,
                held_out=name in held_out_sets(),
            )
        )
    return trials

"""Parameters of the chapter across the trials."""

import re

import pytest

from netterbook.book.cross_trial.parameters import CrossTrial
from netterbook.book.parameters import read
from netterbook.errors import ParameterError
from netterbook.methods import extrapolation


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"models": "Weibul"}, "no model 'Weibul'; there are: exponential, Weibull"),
        ({"models": ["Weibull", "Weibul"]}, "no model 'Weibul'; there are: exponential, Weibull"),
        ({"models": [3]}, "no model '3'; there are: exponential, Weibull"),
        ({"models": []}, "models = [] cannot be used: name at least one model"),
        ({"models": 3}, "models = 3 cannot be used: input should be a valid tuple"),
        ({"trials": 3}, "trials = 3 cannot be used: input should be a valid tuple"),
        ({"comparator": "interferon"}, "should be 'octreotide 60 mg', 'placebo' or 'everolimus'"),
        ({"horizon": 40}, "should be less than or equal to 36"),
        ({"draws": 3}, "should be greater than or equal to 20"),
    ],
)
def test_wrong_parameters_across_the_trials(changed, message):
    with pytest.raises(ParameterError, match=re.escape(message)):
        read(CrossTrial, changed)


def test_models_are_chosen_and_studies_named():
    chosen = read(CrossTrial, {"models": "spline, weibull", "trials": " compete,RADIANT-4 "})
    assert (chosen.models, chosen.trials) == (("Weibull", "spline"), ("compete", "RADIANT-4"))
    assert read(CrossTrial, {"models": ["spline", "weibull"], "trials": [" compete", "RADIANT-4"]}) == chosen
    assert read(CrossTrial, {"trials": []}).trials == ()
    assert CrossTrial().trials == ("all",)
    assert CrossTrial().models == extrapolation.SURVIVAL_MODELS
    about = CrossTrial.model_fields["models"].description
    assert all(model in about for model in extrapolation.SURVIVAL_MODELS)

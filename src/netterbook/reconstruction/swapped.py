"""Whether a hazard ratio looks as if it were that of the arms the other way round."""

from __future__ import annotations

from math import inf

from netterbook.reconstruction.given import Given


def swapped_arms(printed: list[Given], found: float | None = None) -> str:
    """A hint where the hazard ratio says that one arm is better, and medians, rates or the curve that the other is.

    Parameters
    ----------
    printed : all that is printed of a trial of two arms
    found : the hazard ratio of patients read from a curve; None where there is no curve

    Returns
    -------
    A sentence; empty where nothing points the other way, or some numbers do and some do not.

    >>> from netterbook.printed import Printed
    >>> printed = [Given("hr", "hr", Printed("4.76")), Given("median0", "median", Printed("8.4"), 0),
    ...            Given("median1", "median", Printed("NR"), 1)]
    >>> print(swapped_arms(printed))
    The hazard ratio, 4.76, is above 1, as if arm 0 were better, but the medians say that arm 1 is: were the arms taken
    the other way round? 1/4.76 = 0.21.
    >>> swapped_arms(printed[:1]), swapped_arms(printed[:1], 3.9)
    ('', '')
    """
    ratio = next((item for item in printed if item.kind == "hr" and not item.side and item.reached), None)
    if ratio is None or ratio.printed.relation:
        return ""
    value, signs = float(ratio.printed.value), _signs(printed)
    if found is not None:
        signs["patients read from the curve"] = 0 if found == 1 else 1 if found < 1 else -1
    better = 1 if value < 1 else -1
    if value in (0, 1) or not signs or any(sign != -better for sign in signs.values()):
        return ""
    digits = max(2, ratio.printed.decimals)
    side, other = ("above", (0, 1)) if value > 1 else ("below", (1, 0))
    return (
        f"The hazard ratio, {ratio.printed}, is {side} 1, as if arm {other[0]} were better, but the "
        f"{' and the '.join(signs)} say that arm {other[1]} is: were the arms taken the other way round? "
        f"1/{ratio.printed} = {1 / value:.{digits}f}."
    )


def _signs(printed: list[Given]) -> dict[str, int]:
    """What shows which arm is better: 1 where arm 1 is, -1 where arm 0 is, 0 where it does not tell."""
    signs: dict[str, int] = {}
    for kind, said in (("median", "medians"), ("rate", "rates")):
        values: dict[float, dict[int, float]] = {}
        for item in printed:
            if item.kind == kind and not item.side:
                values.setdefault(item.time, {})[item.arm] = float(item.printed.value) if item.reached else inf
        differences = [own[1] - own[0] for own in values.values() if len(own) == 2 and own[0] != own[1]]
        if differences:
            signs[said] = 1 if min(differences) > 0 else -1 if max(differences) < 0 else 0
    return signs

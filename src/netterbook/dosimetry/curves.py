"""Time–activity curves of an organ or tumour: sums of exponentials, their fit to images, and their integral.

Times are in hours after injection. Activities may be in any one unit; a time-integrated activity is in that unit times
hours, so activities as a share of the injected one give the time-integrated activity coefficient.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from math import log
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import least_squares

from netterbook.dosimetry.checks import increasing_times, numbers

LN2 = log(2)


class Curve(NamedTuple):
    """A sum of exponentials, ``sum_i amplitude_i 2^(-t / half_life_i)``; the phases are on the last axis."""

    amplitudes: NDArray[np.float64]
    """Activity of each phase extrapolated to injection; negative for uptake."""
    half_lives_h: NDArray[np.float64]

    def at(self, time_h: ArrayLike) -> NDArray[np.float64]:
        """Activity at ``time_h``; the curves' leading axes come first, those of time after them."""
        time = numbers("times", time_h, "h", zero=True)
        phases = (..., *(None,) * time.ndim, slice(None))
        return (self.amplitudes[phases] * np.exp2(-time[..., None] / self.half_lives_h[phases])).sum(axis=-1)

    def integral(self) -> NDArray[np.float64]:
        """Time-integrated activity from injection to infinity, ``sum_i amplitude_i half_life_i / ln 2``.

        >>> round(float(mono_exponential(1, 50).integral()), 2)  # mean life of a half-life of 50 h
        72.13
        """
        return (self.amplitudes * self.half_lives_h).sum(axis=-1) / LN2


def _curve(amplitudes: tuple, half_lives: tuple) -> Curve:
    values = np.broadcast_arrays(*amplitudes, *half_lives)
    phases = len(amplitudes)
    return Curve(np.stack(values[:phases], axis=-1), np.stack(values[phases:], axis=-1))


def mono_exponential(activity: ArrayLike, half_life_h: ArrayLike) -> Curve:
    """``activity 2^(-t / T)``: uptake at once, then one effective half-life.

    >>> mono_exponential(2.0, 50).at([0, 50, 100]).tolist()
    [2.0, 1.0, 0.5]
    """
    activity = numbers("the activity", activity, zero=True)
    return _curve((activity,), (numbers("the half-life", half_life_h, "h"),))


def with_uptake(activity: ArrayLike, half_life_h: ArrayLike, uptake_half_life_h: ArrayLike) -> Curve:
    """``activity (2^(-t / T) - 2^(-t / T_uptake))``: nothing at injection, then uptake and washout.

    Raises
    ------
    ValueError
        If the uptake is not the faster of the two.

    >>> with_uptake(1.0, 50, 2).at([0, 50]).round(3).tolist()
    [0.0, 0.5]
    """
    activity = numbers("the activity", activity, zero=True)
    half_life = numbers("the half-life", half_life_h, "h")
    uptake = _faster(uptake_half_life_h, half_life)
    return _curve((activity, -activity), (half_life, uptake))


def bi_exponential(
    activity: ArrayLike,
    half_life_h: ArrayLike,
    fast_activity: ArrayLike,
    fast_half_life_h: ArrayLike,
    uptake_half_life_h: ArrayLike | None = None,
) -> Curve:
    """Two phases of washout, a slow and a fast one; with an uptake half-life, from nothing at injection.

    >>> bi_exponential(1.0, 60, 1.0, 10).at([0, 60]).round(3).tolist()
    [2.0, 0.516]
    """
    slow = numbers("the activity", activity, zero=True)
    fast = numbers("the activity of the fast phase", fast_activity, zero=True)
    half_lives = numbers("the half-life", half_life_h, "h"), numbers("the fast half-life", fast_half_life_h, "h")
    if uptake_half_life_h is None:
        return _curve((slow, fast), half_lives)
    uptake = _faster(uptake_half_life_h, np.minimum(*half_lives))
    return _curve((slow, fast, -(slow + fast)), (*half_lives, uptake))


def _faster(uptake_half_life_h: ArrayLike, half_life: NDArray) -> NDArray:
    uptake = numbers("the uptake half-life", uptake_half_life_h, "h")
    if (uptake >= half_life).any():
        raise ValueError(
            f"the uptake half-life, up to {uptake.max():g} h, must be shorter than the half-life of washout, "
            f"from {half_life.min():g} h; else the activity would be negative"
        )
    return uptake


# Fits

MODELS = {
    "fixed half-life": ("activity",),
    "mono-exponential": ("activity", "half_life_h"),
    "with uptake": ("activity", "half_life_h", "uptake_half_life_h"),
    "bi-exponential": ("activity", "half_life_h", "fast_activity", "fast_half_life_h"),
    "bi-exponential with uptake": (
        "activity", "half_life_h", "fast_activity", "fast_half_life_h", "uptake_half_life_h",
    ),
}  # fmt: skip
"""The models :func:`fit` knows, each with its parameters in order."""


_MERGED = 1e-3  # relative difference of half-lives: rounding has a part in a smaller one


class Fit(NamedTuple):
    """A curve fitted to activities."""

    curve: Curve
    parameters: dict[str, float]
    covariance: NDArray[np.float64]
    """Of the parameters, in their order; infinite where no standard deviation is given and no point is to spare."""
    integral: float
    """Time-integrated activity, unit of activity times hours."""
    integral_standard_error: float


def _amplitudes_and_half_lives(model: str, values: NDArray, fixed_h: float | None) -> tuple[NDArray, NDArray]:
    if model == "fixed half-life":
        return values, np.array([fixed_h])
    if model == "mono-exponential":
        return values[:1], values[1:]
    if model == "with uptake":
        return np.array([values[0], -values[0]]), values[1:]
    slow, fast = values[0], values[2]
    if model == "bi-exponential":
        return np.array([slow, fast]), values[[1, 3]]
    return np.array([slow, fast, -(slow + fast)]), values[[1, 3, 4]]


def _slopes(model: str, amplitudes: NDArray, values: NDArray, by_half_life: NDArray) -> NDArray:
    """Derivatives of a sum over phases, of amplitude times value, by the logs of the model's parameters.

    ``by_half_life`` are those of the values by the log of the half-life; phases are on the last axis.
    """
    uptake = model.endswith("uptake")
    gone = values[..., -1] if uptake else 0
    columns = []
    for i in range(len(amplitudes) - uptake):
        columns += [amplitudes[i] * (values[..., i] - gone), amplitudes[i] * by_half_life[..., i]]
    if uptake:
        columns.append(amplitudes[-1] * by_half_life[..., -1])
    return np.stack(columns[: len(MODELS[model])], axis=-1)


def _polished(
    logs: NDArray, misfit: Callable[[NDArray], NDArray], slopes: Callable[[NDArray], NDArray]
) -> NDArray | None:
    """Least squares by Newton's method, from close by; none where a ridge leads away.

    Steps shrink quadratically, so that nothing but rounding is left after one of less than 1e-8 of each parameter.
    """
    for _ in range(20):
        left, slope = misfit(logs), slopes(logs)
        bend = [left @ (slopes(logs + move) - slopes(logs - move)) / 2e-5 for move in 1e-5 * np.eye(len(logs))]
        size = np.linalg.norm(slope, axis=0)
        curvature = (slope.T @ slope - bend) / np.outer(size, size)
        if not np.isfinite(curvature).all() or np.linalg.eigvalsh(curvature)[0] < 1e-12:
            return None
        step = np.linalg.solve(curvature, slope.T @ left / size) / size
        logs = logs + step
        if np.abs(step).max() < 1e-8:
            return logs
    return None


def _start(model: str, times: NDArray, activity: NDArray, weight: NDArray) -> NDArray:
    """The best parameters on a grid of half-lives, the activities of each by linear least squares."""
    uptake, phases = model.endswith("uptake"), 2 if model.startswith("bi") else 1
    shortest = np.diff(np.append(0, times))
    grid = np.geomspace(shortest[shortest > 0].min() / 4, 10 * times[-1], 16)
    best, found = np.inf, None
    for half_lives in combinations(grid[::-1], phases + uptake):
        basis = np.exp2(-times[:, None] / np.array(half_lives))
        if uptake:
            basis = basis[:, :-1] - basis[:, -1:]
        amplitudes = np.linalg.lstsq(basis * weight[:, None], activity * weight, rcond=None)[0]
        error = (((basis @ amplitudes - activity) * weight) ** 2).sum()
        if (amplitudes > 0).all() and error < best:
            pairs = np.column_stack([amplitudes, half_lives[:phases]]).ravel()
            best, found = error, np.append(pairs, half_lives[phases:])
    if found is None:
        raise ValueError(f"no {model} curve of positive activities is near these points; use one with fewer parameters")
    return found


def fit(
    time_h: ArrayLike,
    activity: ArrayLike,
    model: str = "mono-exponential",
    standard_deviation: ArrayLike | None = None,
    half_life_h: float | None = None,
) -> Fit:
    """Fit a curve to the activities of images by weighted least squares.

    Parameters
    ----------
    time_h : hours after injection, increasing
    activity : one a time, positive
    model : one of :data:`MODELS`; as many points as it has parameters are needed
    standard_deviation : of each activity, in its unit; weights the points and gives the covariance its scale. Without
        it all points weigh the same and the covariance comes from the residuals, which takes one point more
    half_life_h : effective half-life of the model "fixed half-life", the only one that needs a single image

    Raises
    ------
    ValueError
        If there are too few points, they are not in order or not positive, no such curve comes near them, they do not
        fall in the end, or they do not determine the parameters: two phases merge, or a ridge has no end.

    Two images, 0.1 GBq after 24 h and half of it 50 h later, each within 5%:

    >>> found = fit([24, 74], [0.10, 0.05], standard_deviation=[0.005, 0.0025])
    >>> round(found.parameters["half_life_h"], 1), round(found.integral, 2), round(found.integral_standard_error, 2)
    (50.0, 10.06, 0.48)
    """
    times, measured = increasing_times(time_h), numbers("activities", activity)
    if measured.shape != times.shape:
        raise ValueError(f"{times.size} times but activities of the shape {measured.shape}; give one a time")
    if model not in MODELS:
        raise ValueError(f"no model {model!r}; there are: {', '.join(MODELS)}")
    names = MODELS[model]
    if times.size < len(names):
        fewer = [other for other, needed in MODELS.items() if len(needed) <= times.size]
        raise ValueError(
            f"{model} has {len(names)} parameters ({', '.join(names)}) but there are only {times.size} points; "
            f"add images, or use one of: {', '.join(fewer)}"
        )
    if (model == "fixed half-life") != (half_life_h is not None):
        raise ValueError('give half_life_h with the model "fixed half-life", and only with it')
    if half_life_h is not None:
        half_life_h = float(numbers("the half-life", half_life_h, "h"))
    weight = np.ones(times.shape)
    if standard_deviation is not None:
        weight = 1 / np.broadcast_to(numbers("standard deviations", standard_deviation), times.shape)

    def curve(logs):  # on the log scale every parameter stays positive
        return Curve(*_amplitudes_and_half_lives(model, np.exp(logs), half_life_h))

    def misfit(logs):
        return (measured - curve(logs).at(times)) * weight

    def slopes(logs):
        amplitudes, half_lives = curve(logs)
        lived = LN2 * times[:, None] / half_lives
        return _slopes(model, amplitudes, np.exp(-lived), lived * np.exp(-lived)) * weight[:, None]

    start = np.array([measured.mean()]) if half_life_h is not None else _start(model, times, measured, weight)
    with np.errstate(all="ignore"):
        near = least_squares(
            misfit, np.log(start), lambda logs: -slopes(logs), method="lm", x_scale="jac",
            xtol=1e-12, ftol=1e-12, gtol=1e-12, max_nfev=2_000,
        )  # fmt: skip
        logs = near.x
        if model.startswith("bi") and logs[3] > logs[1]:
            logs = logs[[2, 3, 0, 1, *range(4, len(names))]]
        if not curve(logs).half_lives_h.max() < 1000 * times[-1]:
            raise ValueError(
                f"the activities {measured.tolist()} do not fall, so they give no half-life; add later images or use "
                'the model "fixed half-life"'
            )
        if model.startswith("bi") and logs[1] - logs[3] < _MERGED:
            raise ValueError(
                f"both phases of the {model} fit have a half-life of {np.exp(logs[1]):.3g} h, so the activities show "
                f"only one; use the model {'with uptake' if model.endswith('uptake') else 'mono-exponential'}"
            )
        logs = _polished(logs, misfit, slopes)
    if logs is None:  # a ridge, along which neither method comes to an end
        raise ValueError(f"the activities do not determine the {model} fit; use a model with fewer parameters")
    values, found = np.exp(logs), curve(logs)
    free = times.size - len(names)
    known = standard_deviation is not None or free > 0
    spread = 1.0 if standard_deviation is not None else np.linalg.norm(misfit(logs)) / np.sqrt(max(free, 1))
    root = np.linalg.inv(np.linalg.qr(slopes(logs), mode="r")) * spread  # of the covariance of the logs
    slope = _slopes(model, found.amplitudes, found.half_lives_h / LN2, found.half_lives_h / LN2)
    return Fit(
        found,
        dict(zip(names, values.tolist(), strict=True)),
        root @ root.T * np.outer(values, values) if known else np.full(root.shape, np.inf),
        float(found.integral()),
        float(np.linalg.norm(slope @ root)) if known else np.inf,
    )


# Integrals without a model


def trapezoid(time_h: ArrayLike, activity: ArrayLike, tail_half_life_h: float | None = None) -> float:
    """Time-integrated activity by the trapezoidal rule, with an exponential tail after the last point.

    Parameters
    ----------
    time_h : hours after injection, increasing, the first 0: what happened before the first image is an assumption that
        has to be made outright, for instance the activity of the first image
    activity : one a time
    tail_half_life_h : of the tail; by default that of the last two points. The physical half-life gives an upper limit

    Raises
    ------
    ValueError
        If time 0 is missing, or the default is asked for and the last two activities do not fall.

    >>> round(trapezoid([0, 24, 74], [0.14, 0.10, 0.05]), 2)
    10.24
    """
    times, measured = increasing_times(time_h), numbers("activities", activity, zero=True)
    if measured.shape != times.shape:
        raise ValueError(f"{times.size} times but activities of the shape {measured.shape}; give one a time")
    if times[0] != 0:
        raise ValueError(f"the first time is {times[0]:g} h; add time 0 with the activity that you assume there")
    if tail_half_life_h is not None:
        tail = float(numbers("the half-life of the tail", tail_half_life_h, "h"))
    elif times.size < 2 or not 0 < measured[-1] < measured[-2]:
        raise ValueError(
            f"the last activities, {measured[-2:].tolist()}, do not fall to a positive value, so they give no "
            "half-life of the tail; give tail_half_life_h"
        )
    else:
        tail = (times[-1] - times[-2]) * LN2 / log(measured[-2] / measured[-1])
    return float(np.trapezoid(measured, times) + measured[-1] * tail / LN2)


# One image


def haenscheid(time_h: ArrayLike, activity: ArrayLike) -> NDArray[np.float64]:
    """Time-integrated activity from one image without any half-life, ``A(t) 2 t / ln 2``.

    Hänscheid et al., J Nucl Med 2018;59:75-81. Exact for a mono-exponential curve imaged after one or two of its
    half-lives; see :func:`haenscheid_error`.

    >>> round(float(haenscheid(96, 0.0264)), 2)
    7.31
    """
    time = numbers("the time of the image", time_h, "h")
    return numbers("the activity", activity, zero=True) * 2 * time / LN2


def madsen(time_h: ArrayLike, activity: ArrayLike, population_half_life_h: ArrayLike) -> NDArray[np.float64]:
    """Time-integrated activity from one image and the effective half-life of the population.

    ``A(t) 2^(t / T) T / ln 2`` (Madsen et al., Med Phys 2018;45:2318-24); see :func:`madsen_error`.

    >>> round(float(madsen(96, 0.0264, 50)), 2)
    7.21
    """
    time = numbers("the time of the image", time_h, "h", zero=True)
    half_life = numbers("the half-life", population_half_life_h, "h")
    return numbers("the activity", activity, zero=True) * np.exp2(time / half_life) * half_life / LN2


def haenscheid_error(time_h: ArrayLike, half_life_h: ArrayLike) -> NDArray[np.float64]:
    """Relative error of :func:`haenscheid` if the true curve is mono-exponential, ``2 x 2^-x - 1`` with ``x = t / T``.

    At most 6.1% too high, between one and two half-lives; too low without limit before and after.

    >>> (100 * haenscheid_error(96, [35, 48, 70, 96, 120])).round(1).tolist()
    [-18.0, 0.0, 6.0, 0.0, -8.1]
    """
    x = numbers("the time of the image", time_h, "h") / numbers("the half-life", half_life_h, "h")
    return 2 * x * np.exp2(-x) - 1


def madsen_error(time_h: ArrayLike, half_life_h: ArrayLike, population_half_life_h: ArrayLike) -> NDArray[np.float64]:
    """Relative error of :func:`madsen` when the true curve is mono-exponential with another half-life.

    Smallest for half-lives near the population's if the image is taken after its mean life, ``T / ln 2``: 72 h for a
    half-life of 50 h, the time found best for 177Lu-DOTATATE in J Nucl Med 2022 (PMC8882881).

    >>> (100 * madsen_error([24, 72, 168], 40, 50)).round(1).tolist()
    [15.0, -2.6, -30.2]
    """
    time = numbers("the time of the image", time_h, "h", zero=True)
    true = numbers("the half-life", half_life_h, "h")
    assumed = numbers("the half-life of the population", population_half_life_h, "h")
    return assumed / true * np.exp2(time / assumed - time / true) - 1

"""A curve clicked by hand: heights and times are blurred.

A Metropolis walk through all sets of patients that meet the numbers at risk (and the events, if given) weighs each by
how well its steps explain the clicks; the result is the mean set. Of a large arm a few hundred patients walk, and the
mean curve is then one whose drops are known.
"""

from __future__ import annotations

from math import exp, inf, lgamma, log

import numpy as np
from scipy.stats import norm

from netterbook.arrays import Floats, Integers
from netterbook.compiled import compiled
from netterbook.methods.scans import mid_quantiles
from netterbook.reconstruction.checks import DigitisedArm, falling
from netterbook.reconstruction.reading import (
    CLICKS,
    Read,
    censored_together,
    censoring_times,
    event_then_censored,
    from_drops,
    rounding,
    whole_events,
)

WALKERS = 400
"""No more patients are in the walk, each of whom then stands for several."""
LATE = 8.0, 100.0
"""Minus the log of how much less likely an event is after the last click, where the curve is taken to be flat: if the
number of events is given, and if not."""
WALK_STEPS = 150_000
WALK_SEED = 1
BINS = 1000
"""Bins of the longest arm's follow-up in the walk, each narrower than a click's usual error."""
SEED_SPREAD = {True: (0.01, 0.03), False: (0.03, 0.07)}
"""Standard deviation of the log hazard ratio over seeds of the walk, as a share of its standard error, by whether the
events are known: median and 90th percentile over trials (``benchmarks/curve_accuracy.py`` measures it)."""
FINE = 32
BELL = np.exp(-0.5 * np.arange(64 * FINE) / FINE) + 1e-6 / (1 + np.arange(64 * FINE) / FINE)
"""Density of a click's error, not scaled, by its square in steps of 1 / ``FINE``."""
CLICK_ERROR = 0.0005, 0.02
"""Least and greatest error of a click that is believed, as a share of either axis."""


@compiled
def _weigh(
    first: int,
    drops: int,
    drop: Integers,
    height: Floats,
    corner: float,
    window: Integers,
    level: Floats,
    lower: Floats,
    clicks: Floats,
    error: float,
    fit: Floats,
) -> None:
    """Log-likelihood, into ``fit``, of each click that bin ``first`` or a later one may explain.

    A click was meant for a point anywhere on the curve (``level``, the probability of bins before each) or, ``corner``
    times as likely, for the lower corner of a drop (``lower``). The tail of the error is heavy, for clicks gone astray.
    """
    span, fine, k = lower.shape[1], FINE / error**2, 0
    for i in range(len(clicks)):
        start = window[i]
        if start + span <= first:
            continue
        while k < drops and drop[k] <= start:
            k += 1
        h = height[k - 1] if k > 0 else 1.0
        mass = corner * lower[i, 0] if k > 0 and drop[k - 1] == start else 0.0
        total, m, before, more = 0.0, k, 0.0, True
        while more:
            more = m < drops and drop[m] < start + span
            after = level[i, drop[m] - start if more else span]
            z2 = fine * (clicks[i] - h) ** 2
            j = int(z2)
            bell = BELL[j] + (z2 - j) * (BELL[j + 1] - BELL[j]) if j < len(BELL) - 1 else 1e-6 / (1 + z2 / FINE)
            total += (mass + after - before) * bell
            if more:
                h, mass, before = height[m], corner * lower[i, drop[m] - start], after
                m += 1
        fit[i] = log(total + 1e-300) - log(error)


@compiled
def _urn(dead: Integers, events: Integers, first_bin: Integers, last_bin: Integers, shared: float) -> float:
    """Log probability of the times of events in each interval.

    By a Dirichlet process: an event takes the time of an earlier one in proportion to their number, or any time, each
    bin ``shared`` times as often as that of a single event.
    """
    result = 0.0
    for b in range(len(dead)):
        if dead[b] > 0:
            result += lgamma(shared + dead[b]) - lgamma(shared)
    for k in range(len(events)):
        whole = shared * (last_bin[k] - first_bin[k] + 1)
        result += lgamma(whole) - lgamma(whole + events[k])
    return float(result)


@compiled
def _shift(gone: Integers, left: Integers, old: int, new: int, count: int) -> None:
    """Let ``count`` patients leave in another bin."""
    gone[old] -= count
    gone[new] += count
    if new > old:
        left[old + 1 : new + 1] += count
    else:
        left[new + 1 : old + 1] -= count


@compiled
def _walk(  # noqa: C901
    rng: np.random.Generator,
    place: Integers,
    event: Integers,
    block: Integers,
    first_bin: Integers,
    last_bin: Integers,
    together: float,
    last_event: int,
    corner: float,
    free: bool,
    window: Integers,
    level: Floats,
    lower: Floats,
    clicks: Floats,
    error: float,
    bins: int,
    steps: int,
) -> tuple[Floats, Floats, Floats]:
    """Mean number of events and of losses in each bin, and fall of the curve, over a Metropolis walk through patients.

    ``place``, ``event`` and ``block`` are each patient's bin, event and interval. A patient moves within the interval,
    those who have events at one time move together, or an event changes places with a censoring; if ``free``, an event
    may become a censoring or the reverse. Beforehand all numbers of events in an interval are equally likely. Events
    share times as often as they are found to, and times are else alike, but a censoring in the last interval is in its
    last bin with the probability ``together``, and events after the bin ``last_event`` are improbable.
    """
    n, intervals = len(place), len(first_bin)
    gone, dead = np.bincount(place, minlength=bins), np.bincount(place[event == 1], minlength=bins)
    losses, events = np.bincount(block, minlength=intervals), np.bincount(block[event == 1], minlength=intervals)
    begin = np.cumsum(losses) - losses
    left = n - np.cumsum(gone) + gone  # at the start of each bin
    drops, drop, height = 0, np.zeros(bins, np.int64), np.ones(bins)
    new_drop, new_height = drop.copy(), height.copy()
    fit, new_fit = np.zeros(len(clicks)), np.zeros(len(clicks))
    mean_dead, mean_gone, fall, kept = np.zeros(bins), np.zeros(bins), np.zeros(bins), 0
    final, current, shared = error, 0.0, 1.0
    burn, end, late = max(steps // 3, 1), intervals - 1, LATE[1] if free else LATE[0]
    was, now = np.zeros(2, np.int64), np.zeros(2, np.int64)
    who, turned = np.zeros(2, np.int64), np.zeros(2, np.int64)
    for step in range(-1, steps + 1):
        # Steps much higher than the clicks' error would hold the walk where it starts, so the error shrinks to its size
        if step <= burn:
            error = max(final, (1.0 / n) ** (1 - min(1.2 * step / burn, 1.0)) * final ** min(1.2 * step / burn, 1.0))
        elif step % 10 == 0:
            mean_dead += dead
            mean_gone += gone
            kept += 1
            h = 1.0
            for b in range(drops):
                fall[drop[b]] += h - height[b]
                h = height[b]
        kind, new_corner, gain = rng.random(), corner, 0.0
        who[0], size, whole = int(rng.integers(0, n)), 1, False
        if step < 0 or step % 100 == 0:
            size = 0
            new_corner = min(max(corner * exp(0.5 * rng.normal()), 0.01), 1000.0) if corner > 0 else 0.0
            other = min(max(shared * exp(rng.normal()), 0.5 / bins), 100.0)
            if log(1 - rng.random()) < _urn(dead, events, first_bin, last_bin, other) - _urn(
                dead, events, first_bin, last_bin, shared
            ):
                shared = other
        elif kind < 0.65:
            turned[0] = 0
            whole = kind > 0.6
            if whole and (event[who[0]] == 0 or dead[place[who[0]]] < 2):
                continue
        elif kind < 0.95 or not free:
            who[1], size = int(rng.integers(0, n)), 2
            if event[who[0]] == event[who[1]]:
                continue
            turned[:] = 1
        else:
            turned[0] = 1
        first, moved, alike = bins, 1, kind < 0.15 or (kind > 0.65 and rng.random() < 0.5)
        for i in range(size):  # out of the counts, then where to, and into them
            p = who[i]
            k, old = block[p], place[p]
            low, high = first_bin[k], last_bin[k]
            wide = high - low + 1
            was[i] = new = old
            moved = dead[old] if whole else 1
            if event[p] == 1:
                dead[old] -= moved
                events[k] -= moved
            dying = event[p] != turned[i]
            if dying and alike:  # as probable as it is beforehand
                if rng.random() * (shared * wide + events[k]) < shared * wide:
                    new = rng.integers(low, high + 1)
                else:
                    taken = rng.integers(0, events[k])
                    for b in range(low, high + 1):
                        taken -= dead[b]
                        if taken < 0:
                            new = b
                            break
            elif alike:
                new = high if k == end and rng.random() < together else rng.integers(low, high + 1)
            elif turned[i] == 0:
                new = old + int(np.round(rng.normal() * 10 ** (2 * rng.random() - 0.3)))
            inside = low <= new <= high and not (whole and dead[new] > 0)
            new = min(max(new, low), high)
            if not inside:
                gain = -inf
            if not alike and not whole:
                at_end = log(together + (1 - together) / wide) + log(wide) if k == end else 0.0
                early = log(1 - together) if k == end else 0.0
                if event[p] == 1:
                    gain -= log((shared + dead[old]) * wide / (shared * wide + events[k]))
                else:
                    gain -= at_end if old == high else early
                if dying:
                    gain += log((shared + dead[new]) * wide / (shared * wide + events[k]))
                else:
                    gain += at_end if new == high else early
            if event[p] == 1 and old > last_event:
                gain += moved * late
            if dying and new > last_event:
                gain -= moved * late
            if turned[i] == 1:  # all numbers of events in an interval are equally likely
                gain += log((events[k] + 1) / (losses[k] - events[k])) * (1 if dying else -1)
            now[i] = new
            _shift(gone, left, old, new, moved)
            if dying:
                dead[new] += moved
                events[k] += moved
            first = min(first, old, new)
        if size == 0:
            first = 0
        accepted = gain > -inf
        if accepted:
            new_drops = int(np.searchsorted(drop[:drops], first))
            new_drop[:new_drops], new_height[:new_drops], new_fit[:] = drop[:new_drops], height[:new_drops], fit
            h = height[new_drops - 1] if new_drops > 0 else 1.0
            for b in range(first, bins):
                if dead[b] > 0:
                    h *= (left[b] - dead[b]) / left[b]
                    new_drop[new_drops], new_height[new_drops] = b, h
                    new_drops += 1
            _weigh(first, new_drops, new_drop, new_height, new_corner, window, level, lower, clicks, error, new_fit)
            proposed = new_fit.sum() - len(clicks) * log(1 + new_corner * new_drops / bins)
            accepted = step < 0 or log(1 - rng.random()) < proposed - current + gain
        if accepted:
            current, corner = proposed, new_corner
            fit, new_fit = new_fit, fit
            drops, drop, new_drop, height, new_height = new_drops, new_drop, drop, new_height, height
            for i in range(size):
                p = who[i]
                if whole:
                    for j in range(begin[block[p]], begin[block[p]] + losses[block[p]]):
                        if event[j] == 1 and place[j] == was[i]:
                            place[j] = now[i]
                place[p] = now[i]
                event[p] = event[p] ^ turned[i]
        else:
            for i in range(size - 1, -1, -1):
                p = who[i]
                _shift(gone, left, now[i], was[i], moved)
                if event[p] != turned[i]:
                    dead[now[i]] -= moved
                    events[block[p]] -= moved
                if event[p] == 1:
                    dead[was[i]] += moved
                    events[block[p]] += moved
        if step <= burn and step % 100 == 0:  # the error has shrunk
            _weigh(0, drops, drop, height, corner, window, level, lower, clicks, error, fit)
            current = fit.sum() - len(clicks) * log(1 + corner * drops / bins)
    return mean_dead / kept, mean_gone / kept, fall / kept


def click_error(arms: list[DigitisedArm], axis: float) -> float:
    """Standard deviation of a click as a share of either axis, taken as alike: from where the clicks rise.

    What an error in time does to the height grows with the slope; the falling fit hides part of either.
    """
    misses = []
    for arm in arms:
        smooth, near = falling(arm.survival), 0.05 * axis
        slope = np.interp(arm.time - near, arm.time, smooth) - np.interp(arm.time + near, arm.time, smooth)
        misses.append(np.abs(arm.survival - smooth) / np.hypot(1, slope / 0.1))
    seen = np.concatenate(misses)
    seen = seen[seen > 1e-9]
    # Heights that are rounded err by as much, of a uniform distribution
    rounded = max(float(np.median(rounding(arm.survival))) for arm in arms) / 3**0.5
    error = float(np.clip(1.7 * np.median(seen), *CLICK_ERROR)) if len(seen) else 2 * CLICK_ERROR[0]
    return max(error, rounded)


def _thinned(arm: DigitisedArm) -> DigitisedArm:
    """An arm of ``WALKERS`` patients, of whom as large a share is at risk and has events."""
    share = min(max(WALKERS / arm.n_start[0], 0.25 * WALKERS / max(arm.deaths().sum(), 1)), 1.0)
    n_start = np.round(share * arm.n_start).astype(np.int64)
    events = arm.events if arm.events < 0 else min(round(share * arm.events), n_start[0])
    return arm.with_at_risk(n_start)._replace(events=events)


def _first_guess(arm: DigitisedArm, edges: Integers, width: float) -> tuple[Integers, Integers, Integers, float]:
    """Bin, event and interval of each patient, and how likely one censored in the last interval is so at its end.

    Events as the smoothed curve falls, censorings evenly, in the end together if few were before.
    """
    deaths, lost, early = arm.deaths(), arm.lost, arm.starts[:-1]
    time, height = np.append(0.0, arm.time), np.append(1.0, np.clip(falling(arm.survival), 0, 1))
    last = np.interp(np.linspace(arm.starts[-1], arm.ends[-1], 101), time, height)
    for again in (True, True, False):
        dead = whole_events(arm, deaths)
        earlier = np.repeat(early, lost[:-1] - dead[:-1])
        fixed = censored_together(lost[-1], arm.starts[-1], arm.ends[-1], np.repeat(early, lost[:-1]), earlier)
        fixed = min(fixed, lost[-1] - dead[-1])
        if again and len(early):  # without a table nothing is known of those censored at the end
            # So many at risk where the curve falls in the last interval, where those censored at its end still are
            free = min(fixed / max(lost[-1] * last[-1] / max(last[0], 1e-3), 1e-3), 1.0)
            before = 1 - (1 - free) * np.linspace(0, 1, 101)[:-1]
            deaths[-1] = min(lost[-1] * (before * -np.diff(last)).sum() / max(last[0], 1e-3), lost[-1])
    guessed = []
    for k in range(len(lost)):
        x = np.linspace(arm.starts[k], arm.ends[k], 101)
        fallen = -np.interp(x, time, height) + 1e-9 * np.arange(101)
        when = np.interp(fallen[0] + mid_quantiles(dead[k]) * (fallen[-1] - fallen[0]), fallen, x)
        guessed.append(np.clip((when / width).astype(np.int64), edges[k], edges[k + 1] - 1))
        guessed.append(edges[k] + (mid_quantiles(lost[k] - dead[k]) * (edges[k + 1] - edges[k])).astype(np.int64))
    place = np.concatenate(guessed)
    place[len(place) - fixed :] = edges[-1] - 1
    event = event_then_censored(dead, lost - dead)
    together = (fixed + 0.5) / (lost[-1] - dead[-1] + 1) if len(early) else 0.2
    return place, event, np.repeat(np.arange(len(lost)), lost), together


def from_clicks(arm: DigitisedArm, error: float, axis: float) -> Read:
    """Times and events of the mean patients that explain the clicks; ``axis`` is the length of the time axis."""
    clicked = arm
    if len(arm.time) > CLICKS:
        some = np.linspace(0, len(arm.time) - 1, CLICKS).round().astype(int)
        clicked = arm._replace(time=arm.time[some], survival=arm.survival[some])
    clicked, width = _thinned(clicked), axis / BINS
    order = np.arange(len(arm.starts) + 1)  # at least one bin an interval
    stops = np.append(arm.starts, arm.ends[-1]) / width
    edges = np.maximum.accumulate(np.round(stops).astype(np.int64) - order) + order
    bins = int(edges[-1])
    place, event, block, together = _first_guess(clicked, edges, width)

    # For each click the bins it may have been meant for
    spread = error * axis
    reach = int(np.ceil(3.5 * spread / width))
    span = min(2 * reach + 1, bins)
    window = np.clip((clicked.time / width).astype(np.int64) - reach, 0, bins - span)
    bounds = ((window[:, None] + np.arange(span + 1)) * width - clicked.time[:, None]) / spread
    level = norm.cdf(bounds) - norm.cdf(bounds[:, :1])
    lower = norm.pdf(bounds[:, :-1]) * width / spread
    last_event = int(clicked.time[-1] / width)
    whole = clicked.n_start[0] == arm.n_start[0]  # else no corner of a drop is that of one patient
    corner = 10.0 if whole else 0.0
    patients = place, event, block, edges[:-1], edges[1:] - 1, together, last_event, corner, arm.events < 0
    clicks = window, level, lower, clicked.survival, error
    dead, gone, fall = _walk(np.random.default_rng(WALK_SEED), *patients, *clicks, bins, WALK_STEPS)

    taken = f"clicks by hand that err by about {error:.1%} of either axis"
    if whole:
        return Read(arm, *_mean_set(arm, dead, gone, edges, width), taken)
    survival = np.clip(1 - np.cumsum(fall), 0, 1)
    return from_drops(arm, np.clip(np.arange(bins) * width, 0, arm.ends[-1]), survival)._replace(taken=taken)


def _mean_set(arm: DigitisedArm, dead: Floats, gone: Floats, edges: Integers, width: float) -> tuple[Floats, Integers]:
    """Times and events from the mean number of events and of losses in each bin.

    The i-th event is where the mean number of events passes i - 1/2; so with censorings.
    """
    bins, lost = len(dead), arm.lost
    parts, past = [], [0, 0]
    grid = (np.arange(bins + 1) - 0.5) * width
    counts = [np.append(0, np.cumsum(mean)) + 1e-9 * np.arange(bins + 1) for mean in (gone - dead, dead)]
    for k, end in enumerate(arm.ends):
        dead_by = int(counts[1][edges[k + 1]] + 0.5)
        latest = np.nextafter(end, 0) if k < len(lost) - 1 else end
        for kind, upto in ((1, dead_by), (0, arm.n_start[0] - arm.n_end[k] - dead_by)):
            part = slice(edges[k], edges[k + 1] + 1)
            when = np.interp(np.arange(past[kind], upto) + 0.5, counts[kind][part], grid[part])
            if kind == 0 and ((arm.marks >= arm.starts[k]) & (arm.marks < end)).any():
                when = censoring_times(len(when), arm.starts[k], end, arm.marks)
            parts.append((np.clip(when, arm.starts[k], latest), np.full(len(when), kind)))
            past[kind] = upto
    times, events = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    if lost[-1]:
        times[(events == 0) & (times >= grid[-2]) & (times >= arm.starts[-1])] = arm.ends[-1]
        last = np.argmax(times)
        times[last] = times[last] if events[last] else arm.ends[-1]
    return times, events

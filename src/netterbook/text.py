"""Numbers as text, for readers: the only place that turns one into the other.

Minus signs are typographic, what is infinite was not reached, what is missing cannot be estimated, and nothing shows as
a negative zero. A :class:`.Simulated` number has no more decimals than its Monte Carlo error allows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from math import ceil, isinf, isnan, log10
from numbers import Integral

from netterbook.precision import Simulated, step

MINUS = "−"
NOT_REACHED = "not reached"
NOT_ESTIMABLE = "not estimable"
UNDETERMINED = "undetermined"


def number(value: float | Simulated, digits: int | str = 1) -> str:
    """A number with so many decimals, or by a format such as ``g`` or ``,``.

    >>> number(-0.04), number(-2.26, 2), number(float("inf")), number(20.0, "g"), number(2000, ",")
    ('0.0', '−2.26', 'not reached', '20', '2,000')
    >>> number(Simulated(0.4321, 0.026), 2), number(Simulated(-267.1, 17), 0)
    ('0.45', '−260')
    """
    error = value.error if isinstance(value, Simulated) else 0.0
    value = value.value if isinstance(value, Simulated) else value
    if isnan(value):
        return NOT_ESTIMABLE
    if isinf(value):
        return NOT_REACHED if value > 0 else MINUS + "∞"
    if error > 0 and isinstance(digits, int):
        unit = max(10.0**-digits, step(error))
        value, digits = round(value / unit) * unit, max(0, ceil(-log10(unit)))
    shown = format(value, digits if isinstance(digits, str) else f".{digits}f")
    if re.fullmatch(r"-0(\.0+)?", shown):
        shown = shown[1:]
    return shown.replace("-", MINUS)


def percent(share: float | Simulated, digits: int | str = 0) -> str:
    """A share of 1 in percent.

    >>> percent(0.586), percent(0.586, 1), percent(0.991, "g"), percent(Simulated(0.0085, 0.0023), 1)
    ('59%', '58.6%', '99.1%', '1.0%')
    """
    whole = Simulated(100 * share.value, 100 * share.error) if isinstance(share, Simulated) else 100 * share
    return f"{number(whole, digits)}%"


def p(value: float | Simulated) -> str:
    """A P value as journals print it.

    >>> p(0.0004), p(0.0312), p(0.46), p(Simulated(0.0348, 0.004))
    ('<0.001', '0.031', '0.46', '0.035')
    """
    plain = value.value if isinstance(value, Simulated) else value
    return "<0.001" if plain < 0.001 else number(value, 3 if plain < 0.1 else 2)


def span(ends: Sequence[float | Simulated], digits: int | str = 1) -> str:
    """Two ends. Simulated ones that look alike are one number.

    >>> span((-1.5, 2)), span((22.75, float("inf"))), span([Simulated(8.41, 0.03), Simulated(8.38, 0.03)])
    ('−1.5 to 2.0', '22.8 to not reached', '8.4')
    """
    low, high = (number(end, digits) for end in ends)
    return low if low == high and isinstance(ends[0], Simulated) else f"{low} to {high}"


def interval(estimate: Sequence[float | Simulated], digits: int | str = 1) -> str:
    """An estimate with its interval: value, low, high. Simulated ones that all look alike are one number.

    >>> interval((0.214, 0.13, 0.33), 2)
    '0.21 (0.13 to 0.33)'
    >>> interval([Simulated(0.43, 0.004), Simulated(0.312, 0.011), Simulated(2.671, 0.17)], 2)
    '0.43 (0.32 to 2.6)'
    >>> interval([Simulated(8.4, 0)] * 3)
    '8.4'
    """
    value, low, high = (number(each, digits) for each in estimate)
    alike = isinstance(estimate[0], Simulated) and value == low == high
    return value if alike else f"{value} ({low} to {high})"


def needed(number: Sequence[float]) -> str:
    """A number needed to treat, value, best and worst limit, as Altman writes it: NNTB to benefit, NNTH to harm.

    Negative numbers harm; limits of different sign have infinity between them. See :func:`.number_needed`.

    >>> needed((3.0, 2.3, 4.3)), needed((10, 4, -20)), needed((-8.6, -27, -5))
    ('NNTB 3.0 (2.3 to 4.3)', 'NNTB 10 (NNTB 4.0 to ∞ to NNTH 20)', 'NNTH 8.6 (5.0 to 27)')
    """
    value, best, worst = number
    first, last = (worst, best) if value < 0 else (best, worst)
    if first * last < 0 and not isinf(first * last):
        limits = f"{_kind(first)} {_patients(first)} to ∞ to {_kind(last)} {_patients(last)}"
    else:
        limits = " to ".join(_patients(limit) for limit in sorted((first, last), key=abs))
    return f"{_kind(value)} {_patients(value)} ({limits})"


def _kind(number_needed: float) -> str:
    return "NNT" if isinf(number_needed) else "NNTH" if number_needed < 0 else "NNTB"


def _patients(number_needed: float) -> str:
    size = abs(number_needed)
    return "∞" if isinf(size) else f"{size:.1f}" if size < 9.95 else f"{size:.0f}"


def shares(estimate: Sequence[float | Simulated]) -> str:
    """A share of a total that may be near nothing, with its interval, in percent; below −100 it has no meaning.

    A simulated one that is known to no better than half of the total is not told.

    >>> shares((0.52, -3.1, 0.75))
    '52% (below −100 to 75)'
    >>> shares([Simulated(0.89, 0.01), Simulated(0.62, 0.5), Simulated(0.95, 0.004)])
    '89% (undetermined to 95)'
    """

    def shown(share: float | Simulated) -> str:
        plain = share.value if isinstance(share, Simulated) else share
        if plain <= -1:
            return f"below {MINUS}100"
        unknown = isinstance(share, Simulated) and share.error > 0 and step(share.error) >= 0.5
        return UNDETERMINED if unknown else percent(share)[:-1]

    value, low, high = map(shown, estimate)
    return f"{value}% ({low} to {high})"


def capital(words: str) -> str:
    """A heading or sentence with its first letter large.

    >>> capital("median, control")
    'Median, control'
    """
    return words[:1].upper() + words[1:]


_FORMS: dict[str, Callable[..., str]] = {
    "percent": percent,
    "span": span,
    "interval": interval,
    "shares": shares,
    "needed": needed,
}


def slot(value: object, form: str = "") -> str:
    """A value as a slot ``{name:form}`` of a sentence shows it.

    Parameters
    ----------
    value : text or a whole number without ``form``; otherwise what the form takes
    form : a format of Python for numbers (``.1f``, ``g``, ``,``); ``p``; ``needed``; ``shares``; one of ``percent``,
        ``span`` and ``interval`` with a number of decimals or ``g`` if need be, as ``percent.1``; two wordings,
        ``shown|not shown``, of which a condition that holds, or the number 1, takes the first

    Raises
    ------
    ValueError
        For a form that is none of these, or a number with decimals and no form.

    >>> slot(0.586, "percent"), slot((0.76, 0.41, 1.42), "interval.2"), slot(-1.26, ".1f"), slot("grade 3")
    ('59%', '0.76 (0.41 to 1.42)', '−1.3', 'grade 3')
    >>> slot(True, "shown|not shown"), slot(2, "patient|patients")
    ('shown', 'patients')
    """
    if "|" in form:
        first, _, other = form.partition("|")
        return first if value == 1 else other
    if not form:
        if isinstance(value, str | Integral) and not isinstance(value, bool):
            return str(value)
        raise ValueError(f"{value!r} is no text and no whole number: give the slot a format, as in {{name:.1f}}")
    name, _, digits = form.partition(".")
    if form == "p":
        return p(value)  # type: ignore[arg-type]
    if name in _FORMS:
        own = (int(digits) if digits.isdigit() else digits,) if digits else ()
        return _FORMS[name](value, *own)
    if match := re.fullmatch(r"\.(\d+)f", form):
        return number(value, int(match[1]))  # type: ignore[arg-type]
    try:
        return number(value, form)  # type: ignore[arg-type]
    except (ValueError, TypeError):
        raise ValueError(f"{value!r} cannot be shown as {form!r}") from None


_SLOT = re.compile(r"\{([A-Za-z_][A-Za-z0-9_.,]*)(?::([^{}]+))?\}")
_WORDINGS = re.compile(r"\{([A-Za-z_][A-Za-z0-9_.]*):([^{}|]*\|[^{}]*)\}")  # what is left where wordings hold slots
_NO_SLOTS = {ord("{"): "\ue000", ord("}"): "\ue001"}
"""Braces of what was filled in, which open no slot."""
_BRACES = {ord(other): chr(brace) for brace, other in _NO_SLOTS.items()}


def fill(text: str, values: Mapping[str, object], otherwise: Callable[[str, str], str] | None = None) -> str:
    """A sentence with its slots filled.

    Parameters
    ----------
    text : with slots ``{name}``, ``{name:form}``, ``{name.part:form}`` for a part of a value, ``{a,b,c:form}`` for
        several together; the wordings of a slot may hold slots
    values : what the names stand for
    otherwise : what a name and form give that are not among the values; by default an error

    Raises
    ------
    ValueError
        For a name that stands for nothing.

    >>> fill("{who} gained {gain:.1f} months ({hr.low:.2f})", {"who": "Patients", "gain": 3.14159, "hr": {"low": 0.1}})
    'Patients gained 3.1 months (0.10)'
    >>> fill("{low,high:span.2}", {"low": 0.13, "high": 0.33})
    '0.13 to 0.33'
    >>> fill("{last:after {start:g}|{start:g} to {end:g}} months", {"last": True, "start": 6.0, "end": float("inf")})
    'after 6 months'
    >>> fill("{given:given|{ratio:{low:.2f}|{low:.0f}}}", {"given": False, "ratio": True, "low": 0.13})
    '0.13'
    >>> fill("{title}: {new:new|old}", {"title": "{new:a|b}", "new": True})
    '{new:a|b}: new'
    """

    def value_of(name: str) -> object:
        first, *rest = name.split(".")
        value = values[first]
        for part in rest:
            value = value[part] if isinstance(value, Mapping) else getattr(value, part)
        return value

    def filled(match: re.Match[str]) -> str:
        names, form = match[1].split(","), match[2] or ""
        unknown = [name for name in names if name.partition(".")[0] not in values]
        if unknown and otherwise is not None:
            return otherwise(match[1], form)
        if unknown:
            raise ValueError(f"no value for {{{unknown[0]}}}; there are: {', '.join(values)}")
        found = [value_of(name) for name in names]
        shown = slot(found if len(names) > 1 else found[0], form)
        return shown if "|" in form else shown.translate(_NO_SLOTS)

    said = _SLOT.sub(filled, text)
    while (more := _WORDINGS.sub(filled, said)) != said:
        said = more
    return said.translate(_BRACES)


def literal(words: str) -> str:
    """Words of others as Markdown shows them, letter by letter, whatever signs are in them.

    >>> literal("Trial *A* <b> {x}, 5.0% (n=3)")
    'Trial &#42;A&#42; &#60;b&#62; &#123;x&#125;, 5.0% (n&#61;3)'
    """
    return re.sub(r"[^\w\s,.;:()%/–-]", lambda found: f"&#{ord(found[0])};", " ".join(words.split()))

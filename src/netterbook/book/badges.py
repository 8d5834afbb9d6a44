"""Verdicts and numbers as links: to one row of the ledger, which explains the number, or to all rows of a verdict."""

from __future__ import annotations

from urllib.parse import urlencode

from netterbook.claims import Verdict


def number_link(claim_id: str, said: str, classes: str = "nb-number") -> str:
    """A link to a number's row in the ledger, which explains the number where one points at it.

    Its address is that for pages beside the ledger's; the build mends it for others.

    >>> number_link("netter1.results.pfs_hr", "0.21")
    '<a class="nb-number" href="ledger.html#netter1.results.pfs_hr" data-claim="netter1.results.pfs_hr">0.21</a>'
    """
    return f'<a class="{classes}" href="ledger.html#{claim_id}" data-claim="{claim_id}">{said}</a>'


def verdict_class(verdict: Verdict | str) -> str:
    """How the style sheet knows a verdict.

    >>> verdict_class(Verdict.ALIKE)
    'verdict-printed-alike'
    """
    return f"verdict-{str(verdict).replace(' ', '-')}"


def verdict_link(verdict: Verdict | str, claim_id: str) -> str:
    """A verdict that leads to the number's row, as by :func:`number_link`."""
    return number_link(claim_id, str(verdict), f"verdict {verdict_class(verdict)}")


def badge(verdict: Verdict | str, word: str = "") -> str:
    """A verdict, or another word for it, with a sign and a colour of its own, which the style sheet gives it.

    >>> badge("differs", "differ")
    '<span class="verdict verdict-differs">differ</span>'
    """
    return f'<span class="verdict {verdict_class(verdict)}">{word or verdict}</span>'


def rows_link(verdict: Verdict | str, label: str, page: str = "ledger.html") -> str:
    """A link to the rows of one verdict on the ledger's page, whose address is that for pages beside it.

    >>> rows_link(Verdict.ALIKE, "166")
    '<a href="ledger.html?verdict=printed+alike">166</a>'
    """
    return f'<a href="{page}?{urlencode({"verdict": str(verdict)})}">{label}</a>'

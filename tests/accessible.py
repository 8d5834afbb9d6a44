"""Pages in a browser: how long to wait for them, and what keeps people from using them, as axe finds it."""

PATIENCE = 180_000
"""Milliseconds that a page has to do what is waited for, on a slow and busy machine."""
ROWS = 40
"""Of a longer table, that many: its rows are made alike, and axe takes a minute for a thousand."""
SHORTEN = """rows => document.querySelectorAll('tbody').forEach(body => {
  for (const row of [...body.rows].slice(rows)) if (!row.matches('.nb-more-row')) row.remove();
})"""


COLOURS = ["color-contrast", "link-in-text-block"]
"""The rules of axe that a page of another theme may break: the rest of it is the same."""


def faults(page, within="document", rules=None):
    """Rules that a page breaks, of these or of all, each with the elements; the script of axe is on it."""
    only = f", runOnly: {rules}" if rules else ""
    found = page.evaluate(f"axe.run({within}, {{resultTypes: ['violations'], preload: false{only}}})")["violations"]
    return [(each["id"], [node["html"][:200] for node in each["nodes"]]) for each in found]


def shorten_tables(page):
    """Leave the first :data:`ROWS` rows of each table, and what is opened in it."""
    page.evaluate(SHORTEN, ROWS)

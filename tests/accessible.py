"""Pages in a browser: opened and watched, how long to wait for them, and what keeps people from using them."""

from contextlib import contextmanager
from operator import attrgetter

PATIENCE = 180_000
"""Milliseconds that a page has to do what is waited for, on a slow and busy machine."""
LEFT = "net::ERR_ABORTED"
"""How a request fails whose page is left before it came."""
ROWS = 40
"""Of a longer table, that many: its rows are made alike, and axe takes a minute for a thousand."""
SHORTEN = """rows => document.querySelectorAll('tbody').forEach(body => {
  for (const row of [...body.rows].slice(rows)) if (!row.matches('.nb-more-row')) row.remove();
})"""


COLOURS = {"color-contrast": "[data-looked-at]", "link-in-text-block": "a[href][data-looked-at]"}
"""The rules of axe that a page of another theme may break, as the rest of it is the same, and what they look at."""
LOOK = """async ([within, colours, coloursOnly]) => {
  const root = (within && document.querySelector(within)) || document.documentElement;
  const says = (node) => node.nodeType === 3 && node.data.trim();
  const kinds = new Map(), numbers = new Map();
  const kind = (e) => {  // what an element and all around it are, and how they look
    if (!e) return 0;
    if (!kinds.has(e)) {
      const { color, background, opacity, fontSize, fontWeight, textDecorationLine, position } = getComputedStyle(e);
      const beside = e.localName === "a" && [...e.parentElement.childNodes].some(says);
      const own = [kind(e.parentElement), e.localName, color, background, opacity, fontSize, fontWeight,
                   textDecorationLine, position, beside].join();
      if (!numbers.has(own)) numbers.set(own, numbers.size + 1);
      kinds.set(e, numbers.get(own));
    }
    return kinds.get(e);
  };
  const first = new Map(), last = new Map();
  for (const e of root.querySelectorAll("*")) {
    if (!([...e.childNodes].some(says) || e.matches("a, input, select, textarea")) || !e.checkVisibility()) continue;
    if (!first.has(kind(e))) first.set(kind(e), e);
    last.set(kind(e), e);
  }
  document.querySelectorAll("[data-looked-at]").forEach((e) => e.removeAttribute("data-looked-at"));
  [...first.values(), ...last.values()].forEach((e) => e.setAttribute("data-looked-at", ""));
  axe.configure({ rules: Object.entries(colours).map(([id, selector]) => ({ id, selector })) });
  const only = coloursOnly ? { runOnly: Object.keys(colours) } : {};
  const { violations } = await axe.run(root, { resultTypes: ["violations"], preload: false, ...only });
  return violations.map((each) => [each.id, each.nodes.map((node) => node.html.slice(0, 200))]);
}"""


def watch(page):
    """What goes wrong on a page, and what it asks for."""
    page.set_default_timeout(PATIENCE)
    page.asked, page.wrong = [], []
    page.on("request", lambda request: page.asked.append(request.url))
    page.on("requestfailed", lambda request: page.wrong.append(request.url) if request.failure != LEFT else None)
    page.on("pageerror", lambda error: page.wrong.append(str(error)))
    page.on("console", lambda said: page.wrong.append(said.text) if said.type == "error" else None)
    return page


def open_page(browser, address, width=1280, scheme="light", **context):
    """A page, watched, in a window of a width; nothing glides."""
    given = {"color_scheme": scheme, "reduced_motion": "reduce", "offline": True} | context
    page = watch(browser.new_page(viewport={"width": width, "height": 900}, **given))
    page.goto(address, wait_until="load")
    return page


@contextmanager
def looking(browser):
    """Opens addresses of the book; at the end nothing may have gone wrong nor been asked for from elsewhere."""
    pages = []

    def look(address, width=1280, scheme="light", **context):
        pages.append(open_page(browser, address, width, scheme, **context))
        return pages[-1]

    yield look
    wrong, asked = [[each for page in pages for each in of(page)] for of in (attrgetter("wrong"), elsewhere)]
    for page in pages:
        page.close()
    assert (wrong, asked) == ([], [])


def redrawn(page):
    """Wait until a page has been drawn again: two frames on, as what is asked for in one is seen in the next."""
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def elsewhere(page):
    """Addresses outside of the book that a page asked for."""
    return [url for url in page.asked if not url.startswith(("file:", "data:", "blob:"))]


def faults(page, within=None, colours_only=False):
    """Rules that a page, or what a selector finds first, breaks, each with the elements; the script of axe is on it.

    Colours are looked at in the first and the last of all elements that look alike and stand in what looks alike: axe
    takes minutes for thousands.
    """
    return page.evaluate(LOOK, [within, COLOURS, colours_only])


def shorten_tables(page):
    """Leave the first :data:`ROWS` rows of each table, and what is opened in it."""
    page.evaluate(SHORTEN, ROWS)

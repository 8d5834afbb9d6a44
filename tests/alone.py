"""A page that is one file: it loads nothing, fits, and can be read by everyone."""

import re

from accessible import elsewhere, faults, open_page

VIEWS = [(390, "dark"), (1280, "light")]


def assert_alone(page):
    """Whatever a page of BeautifulSoup shows and offers is in it."""
    for tag in page.find_all(True):
        for name in ("src", "srcset", "data", "poster"):
            assert tag.get(name, "data:").startswith("data:"), tag.name
        if tag.name in ("link", "use", "form"):
            assert tag.name == "use" and tag["href"].startswith("#")
        if tag.name == "a":
            assert re.match(r"#|data:|https?:", tag.get("href", "#")), tag
    for style in page.find_all("style"):
        assert "@import" not in style.text
        assert all(address.startswith("data:") for address in re.findall(r"""url\(['"]?([^)'"]+)""", style.text))
    links = page.select("a[download]")
    assert {link["download"].rpartition(".")[2] for link in links} >= {"csv", "svg", "png"}
    assert all(link["href"].startswith("data:") for link in links)


def opened_alone(browser, axe, path, width, scheme):
    """The file in a window, in the theme asked for, wider than nothing and without a rule of axe broken."""
    page = open_page(browser, path.as_uri(), width, scheme)
    assert elsewhere(page) == []
    assert len([url for url in page.asked if url.startswith("file:")]) == 1
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, re.findall(r"\d+", ground)[:3])) < 384) == (scheme == "dark")
    page.evaluate(axe)
    assert faults(page) == []
    return page

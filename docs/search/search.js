// Searches what readers see: sections of all pages, numbers of the ledger and facts, which documents.js holds.
{
  const { pages, kinds, documents } = globalThis.nbDocuments;
  const plain = (text) =>
    text.normalize("NFKC").toLowerCase().normalize("NFD").replace(/\p{M}/gu, "").replaceAll("·", ".").replaceAll("−", "-")
      .replace(/(\d),(?=\d{3}(?!\d))/g, "$1");
  const words = (text) => plain(text).match(/[\p{L}\p{N}]+(?:[.'’-][\p{L}\p{N}]+)*/gu) ?? [];
  const silent = new Set("a an and at by for from in is of on or that the to was were with".split(" "));
  const parts = (word) => (/^\d+(\.\d+)?$/.test(word) ? [word] : word.split(/[.'’-]/).filter(Boolean));
  const index = new MiniSearch({
    fields: ["title", "text"],
    tokenize: words,
    processTerm: (word) => (silent.has(word) ? null : [...new Set([word, ...parts(word)])]),
    searchOptions: {
      processTerm: (word) => (silent.has(word) ? null : parts(word)),
      boost: { title: 3 },
      prefix: (term) => /^\p{L}{3}/u.test(term),
      fuzzy: (term) => (/^\p{L}{6}/u.test(term) ? 0.15 : false),
      combineWith: "AND",
    },
  });
  const all = documents.map(([kind, page, anchor, title, text], id) => ({ id, kind, page, anchor, title, text }));
  index.addAll(all);

  const el = (name, attributes, ...children) => {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  };
  const excerpt = (text, terms) => {
    const lowered = text.toLowerCase();
    const first = Math.max(0, Math.min(...terms.map((term) => lowered.indexOf(term)).filter((at) => at >= 0), text.length) - 70);
    const start = first >= text.length - 70 ? 0 : first;
    const said = `${start ? "…" : ""}${text.slice(start, start + 220)}${start + 220 < text.length ? "…" : ""}`;
    const sought = terms.filter(Boolean).map((term) => term.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
    const pieces = sought.length ? said.split(new RegExp(`(${sought.join("|")})`, "iu")) : [said];
    return el("p", {}, ...pieces.map((piece, k) => (k % 2 ? el("mark", {}, piece) : piece)));
  };
  const result = ({ id, terms }) => {
    const { page, anchor, title, text } = all[id];
    const [address, name] = pages[page];
    const link = el("a", { href: `${address}${anchor && `#${anchor}`}` }, title === name ? name : `${title}`);
    return el("li", {}, link, ...(title === name ? [] : [el("span", { class: "nb-note" }, ` · ${name}`)]), excerpt(text, terms));
  };
  const FIRST = 10;
  const list = (found, head) => {
    const items = el("ol", {}, ...found.slice(0, FIRST).map(result));
    const box = el("section", {}, el("h2", {}, `${head}: ${found.length.toLocaleString("en-GB")}`), items);
    if (found.length > FIRST) {
      const more = el("button", { type: "button" }, `Show all ${found.length.toLocaleString("en-GB")}`);
      more.addEventListener("click", () => {
        items.append(...found.slice(FIRST).map(result));
        items.children[FIRST].querySelector("a").focus();
        more.remove();
      });
      box.append(more);
    }
    return box;
  };

  const form = document.querySelector(".nb-search");
  const told = document.querySelector(".nb-search-count");
  const place = document.querySelector(".nb-search-found");
  const search = (asked) => {
    let found = index.search(asked);
    const near = !found.length && words(asked).length > 1;
    if (near) found = index.search(asked, { combineWith: "OR" });
    told.textContent = !asked.trim() ? "" : !found.length ? `Nothing has “${asked}”.`
      : near ? `Nothing has all of “${asked}”; these have some of it.` : `${found.length.toLocaleString("en-GB")} places have “${asked}”.`;
    const groups = kinds.map((head, kind) => [head, found.filter(({ id }) => all[id].kind === kind)]);
    place.replaceChildren(...groups.filter(([, each]) => each.length).map(([head, each]) => list(each, head)));
  };
  const asked = new URLSearchParams(location.search).get("q") ?? "";
  form.elements.q.value = asked;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const now = form.elements.q.value;
    try {
      history.replaceState(history.state, "", `?q=${encodeURIComponent(now)}`);
    } catch {
      // a browser that lets no page from a disk change its address
    }
    search(now);
  });
  search(asked);
}

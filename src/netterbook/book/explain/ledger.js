// The form above the ledger, and rows that open: as ledger.html?paper=netter2&verdict=differs, and
// ledger.html#netter1.results.pfs_hr for one number, whatever else is asked for.
{
  const form = document.querySelector(".nb-filters");
  const body = document.querySelector("#ledger tbody");
  const count = document.querySelector("#ledger caption");
  const rows = [...body.rows];
  const { paper, place, verdict, kind, q, sort } = form.elements;
  const choices = { paper, place, verdict, kind };
  const worst = [...verdict.options].map((option) => option.value).filter(Boolean);
  const rank = { differs: -1, ...Object.fromEntries(worst.filter((each) => each !== "differs").map((each, k) => [each, worst.length - k])) };
  const orders = {
    verdict: (a, b) => rank[a.dataset.verdict] - rank[b.dataset.verdict],
    loose: (a, b) => b.dataset.loose - a.dataset.loose,
  };
  // With scripts, rows below the first are laid out when the page stands, some at a time, or when they are asked for.
  const later = () => [...body.getElementsByClassName("nb-later")];
  const reveal = (some) => some.forEach((row) => row.classList.remove("nb-later"));
  const idle = globalThis.requestIdleCallback ?? setTimeout;
  const revealSome = () => {
    reveal(later().slice(0, 100));
    if (later().length) idle(revealSome);
  };
  const plain = (text) => text.toLowerCase().replaceAll("·", ".").normalize("NFKD").replace(/\p{M}/gu, "");
  let texts, sorted = "", opened;

  const narrow = () => {
    const words = plain(q.value).split(/\s+/).filter(Boolean);
    if (words.length) texts ??= rows.map((row) => plain(`${row.textContent} ${row.id}`));
    let shown = 0;
    rows.forEach((row, k) => {
      const kept =
        Object.entries(choices).every(([name, field]) => !field.value || row.dataset[name] === field.value) &&
        words.every((word) => texts[k].includes(word));
      row.hidden = !kept;
      shown += kept;
    });
    if (sort.value !== sorted) {
      sorted = sort.value;
      body.append(...(sorted ? rows.toSorted(orders[sorted]) : rows));
    }
    if (sorted || shown < rows.length) reveal(later());
    count.textContent = `${shown.toLocaleString("en-GB")} of ${rows.length.toLocaleString("en-GB")} numbers`;
    close();
  };
  const address = () => {
    const asked = new URLSearchParams([...new FormData(form)].filter(([, value]) => value));
    const said = asked.size ? `?${asked}` : location.pathname;
    try {
      history.replaceState(history.state, "", said);
    } catch {
      // a browser that lets no page from a disk change its address
    }
  };

  const close = () => {
    opened?.row.querySelector(".nb-open").setAttribute("aria-expanded", "false");
    opened?.more.remove();
    opened = undefined;
  };
  const open = async (row) => {
    const again = opened?.row === row;
    close();
    if (again) return;
    const more = document.createElement("tr");
    const cell = more.insertCell();
    more.className = "nb-more-row";
    cell.colSpan = row.cells.length;
    cell.append(nbExplain.whole(await nbExplain.load(), row.id));
    row.after(more);
    row.querySelector(".nb-open").setAttribute("aria-expanded", "true");
    opened = { row, more };
  };
  for (const row of rows) {
    const cell = row.cells[1];
    const button = document.createElement("button");
    button.type = "button";
    button.className = "nb-open";
    button.setAttribute("aria-expanded", "false");
    button.append(...cell.childNodes);
    cell.append(button);
  }
  body.addEventListener("click", (event) => {
    const button = event.target.closest(".nb-open");
    if (button) open(button.closest("tr"));
  });

  const asked = () => {
    const hash = decodeURIComponent(location.hash.slice(1));
    return new URLSearchParams(hash.includes("=") ? hash : location.search);
  };
  const fill = () => {
    const wanted = asked();
    for (const field of form.elements) if (field.name) field.value = wanted.get(field.name) ?? "";
    for (const field of form.elements) if (field.selectedIndex < 0) field.selectedIndex = 0;
    narrow();
    return wanted.size > 0;
  };
  const go = async () => {
    let id = decodeURIComponent(location.hash.slice(1));
    if (id.includes("=")) {
      fill();
      form.scrollIntoView({ behavior: "instant" });
      return;
    }
    let row = document.getElementById(id);
    if (id && !row) {
      id = (await nbExplain.load()).renamed[id];
      row = document.getElementById(id);
    }
    if (!row || row.parentElement !== body) return;
    reveal(later());
    row.hidden = false;
    if (opened?.row !== row) await open(row);
    await new Promise(requestAnimationFrame);
    row.scrollIntoView({ behavior: "instant", block: "start" });
    row.querySelector(".nb-open").focus({ preventScroll: true });
  };

  form.hidden = false;
  form.addEventListener("input", () => {
    narrow();
    address();
  });
  form.addEventListener("reset", () =>
    setTimeout(() => {
      narrow();
      address();
    }),
  );
  form.addEventListener("submit", (event) => event.preventDefault());
  addEventListener("hashchange", go);
  addEventListener("beforeprint", () => {
    close();
    reveal(later());
  });
  const asks = fill();
  const arrive = () => {
    if (location.hash) go();
    else if (asks) form.scrollIntoView({ behavior: "instant" });
    idle(revealSome);
  };
  if (document.readyState === "complete") arrive();
  else addEventListener("load", arrive);
}

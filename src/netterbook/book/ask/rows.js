// Rows with an estimate and its interval: filtered, sorted and searched; each opens to its arithmetic and its claims.
(() => {
  const { element } = nbAsk;
  const HEIGHT = 36; // pixels of a row of the drawing, its words above its interval
  const LINE = 15;
  const LETTER = 6.5; // pixels of a letter, about

  const chosenOf = (data, state) => {
    const words = state.find.toLowerCase();
    const fits = (row) =>
      data.filters.every(({ key }) => !state[key] || row.filter[key] === state[key]) &&
      (!data.least || row.sort[data.least.by] >= state.least) &&
      row.label.toLowerCase().includes(words);
    const { by, falls } = data.sorts.find(({ key }) => key === state.sort);
    const size = (row) => row.sort[by] ?? Infinity; // nothing stands for what is not reached
    const order = (a, b) => ((size(a) > size(b)) - (size(a) < size(b))) * (falls ? -1 : 1);
    const chosen = data.rows.filter(fits);
    return by ? chosen.sort(order) : chosen;
  };

  const picture = (data, rows, state, width) => {
    const { line, log, domain, label, ticks } = data.axes[state[data.axisBy] ?? ""];
    const within = (value) => Math.min(Math.max(value ?? Infinity, domain[0]), domain[1]);
    const colour = (row) => (row.key === state.row ? "var(--nb-vermilion)" : "var(--nb-blue)");
    const each = { y: "key", stroke: colour };
    // Label and estimate share a line if all have room; a label that still has none ends in dots, and is whole in the list.
    const longest = Math.max(...rows.map((row) => row.label.length + row.said.length + 2), 0);
    const lines = longest * LETTER > width - 28 ? 2 : 1;
    const words = { y: "key", fill: "currentColor", stroke: "var(--color-background-primary)", strokeWidth: 5 };
    const room = { lineWidth: (width - 28) / 12, textOverflow: "ellipsis" };
    const further = (row) => (row.high ?? Infinity) > domain[1];
    return nbAsk.plot(width, (HEIGHT + LINE * (lines - 1)) * rows.length + 62, {
      margin: [LINE * lines + 7, 14, 40, 14],
      x: { type: log ? "log" : "linear", domain, label, ticks: ticks ?? (width < 480 ? 5 : 9), tickFormat: (x) => `${x}`.replace("-", "−"), grid: true },
      y: { type: "point", domain: rows.map(({ key }) => key), axis: null, padding: 0.5 },
      marks: [
        Plot.ruleX(line === null ? [] : [line], { stroke: "currentColor" }),
        Plot.ruleY(rows.filter(({ low }) => low !== null), { ...each, x1: (row) => within(row.low), x2: (row) => within(row.high), strokeWidth: 2 }),
        Plot.text(rows.filter(further), { y: "key", x: domain[1], text: () => "▶", dx: 4, fill: colour }),
        Plot.dot(rows.filter(({ value }) => value !== null), { y: "key", x: (row) => within(row.value), fill: colour, r: 4.5 }),
        Plot.text(rows, { ...words, ...room, dy: -LINE * lines, x: domain[0], text: "label", textAnchor: "start" }),
        Plot.text(rows, { ...words, dy: -LINE, x: domain[1], text: "said", textAnchor: "end" }),
      ],
    });
  };

  const claimOf = ({ id, said, verdict, kind, address }) =>
    element("li", {}, `${said}: `, element("span", { class: `verdict verdict-${kind}` }, verdict), " ", element("a", { href: address }, id));
  const itemOf = (row, open, opened) => {
    const fold = element("details", { open, "data-key": row.key },
      element("summary", {}, element("strong", {}, row.label), ` ${row.said}`),
      element("ul", {}, ...row.lines.map((said) => element("li", {}, said)), ...row.claims.map(claimOf)),
    );
    fold.addEventListener("toggle", () => opened(fold.open));
    return element("li", {}, fold);
  };

  nbAsk.kinds.rows = (room, name, data) => {
    const begins = { sort: data.sorts[0].key, find: "", row: "" };
    for (const { key, value } of data.filters) begins[key] = value;
    if (data.least) begins.least = data.least.value;
    const known = (state) => {
      const usable = { ...state };
      for (const { key, values, value } of data.filters) if (state[key] && !values.includes(state[key])) usable[key] = value;
      if (!data.sorts.some(({ key }) => key === state.sort)) usable.sort = begins.sort;
      return usable;
    };
    const controls = (change) => {
      const made = { sort: nbAsk.choice("Sorted by", data.sorts.map(({ key, label }) => [key, label]), begins.sort, (sort) => change({ sort })) };
      for (const { key, label, values, all, value } of data.filters) {
        const options = [...(all ? [["", all]] : []), ...values.map((each) => [each, each])];
        made[key] = nbAsk.choice(label, options, value, (chosen) => change({ [key]: chosen }));
      }
      if (data.least) {
        const { label, most, value, unit } = data.least;
        made.least = nbAsk.slider(label, { min: 0, max: most, step: 1, value }, unit, (least) => change({ least }));
      }
      made.find = nbAsk.search("Words in the label", (find) => change({ find }));
      return made;
    };
    const [count, list] = [element("p"), element("ul", { class: "nb-ask-rows" })];
    let [rows, listed] = [[], ""];
    // Rows stay as they are while the same ones are listed, so that the keyboard stays in its place.
    const show = (state, change) => {
      rows = chosenOf(data, state);
      count.textContent = `${rows.length} of ${data.rows.length} rows.`;
      const now = rows.map(({ key }) => key).join(" ");
      if (now !== listed || !list.children.length) {
        const opened = (key, own) => (open) => {
          if (open && own() !== key) change({ row: key });
          else if (!open && own() === key) change({ row: "" });
        };
        list.replaceChildren(...rows.map((row) => itemOf(row, row.key === state.row, opened(row.key, () => list.dataset.open))));
        listed = now;
      }
      list.dataset.open = state.row;
      for (const fold of list.querySelectorAll("details")) fold.open = fold.dataset.key === state.row;
      const { label } = data.sorts.find(({ key }) => key === state.sort);
      const first = rows.length ? ` First: ${rows[0].label}, ${rows[0].said}.` : "";
      return `${count.textContent} Sorted by ${label}.${first}`;
    };
    nbAsk.figure(room, name, {
      begins,
      within: known,
      controls,
      parts: (drawing) => [count, drawing, list],
      show,
      picture: (state, width) => ({
        svg: picture(data, rows, state, width),
        said: `${rows.length} of ${data.rows.length} rows. ${rows.map((row) => `${row.label}: ${row.said}`).join("; ")}`,
      }),
      note: data.note,
    });
  };
})();

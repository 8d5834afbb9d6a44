// Rows with an estimate and its interval: filtered, sorted and searched; each opens to its arithmetic and its claims.
(() => {
  const { element } = nbAsk;
  const HEIGHT = 36; // pixels of a row of the drawing, its words above its interval

  const chosenOf = (data, state) => {
    const words = state.find.toLowerCase();
    const fits = (row) =>
      data.filters.every(({ key }) => !state[key] || row.filter[key] === state[key]) &&
      (!data.least || row.sort[data.least.by] >= state.least) &&
      row.label.toLowerCase().includes(words);
    const { by, falls } = data.sorts.find(({ key }) => key === state.sort);
    const order = (a, b) => (falls ? b.sort[by] - a.sort[by] : a.sort[by] - b.sort[by]);
    const chosen = data.rows.filter(fits);
    return by ? chosen.sort(order) : chosen;
  };

  const picture = (data, rows, open, width) => {
    const { line, log, domain, label } = data.axis;
    const within = (value) => Math.min(Math.max(value, domain[0]), domain[1]);
    const colour = (row) => (row.key === open ? "var(--nb-control)" : "var(--nb-experimental)");
    const each = { y: "key", stroke: colour };
    const words = { y: "key", dy: -15, fill: "currentColor", stroke: "var(--color-background-primary)", strokeWidth: 5 };
    return Plot.plot({
      width,
      height: HEIGHT * rows.length + 62,
      marginLeft: 14,
      marginRight: 14,
      marginTop: 22,
      marginBottom: 40,
      style: { fontSize: "12px", fontFamily: "inherit", background: "none", color: "inherit", overflow: "visible" },
      x: { type: log ? "log" : "linear", domain, label, labelAnchor: "center", labelArrow: "none", ticks: data.axis.ticks ?? (width < 480 ? 5 : 9), tickFormat: (x) => `${x}`.replace("-", "−"), grid: true },
      y: { type: "point", domain: rows.map(({ key }) => key), axis: null, padding: 0.5 },
      color: { type: "identity" },
      marks: [
        Plot.ruleX([line], { stroke: "currentColor" }),
        Plot.ruleY(rows, { ...each, x1: (row) => within(row.low), x2: (row) => within(row.high), strokeWidth: 2 }),
        Plot.dot(rows, { y: "key", x: (row) => within(row.value), fill: colour, r: 4.5 }),
        Plot.text(rows, { ...words, x: domain[0], text: "label", textAnchor: "start" }),
        Plot.text(rows, { ...words, x: domain[1], text: "said", textAnchor: "end" }),
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
    const drawing = element("div", { class: "nb-ask-drawing nb-ask-still" });
    const list = element("ul", { class: "nb-ask-rows" });
    const count = element("p");
    const { region, tell } = nbAsk.teller();
    const link = element("a", { class: "nb-ask-link" }, "Link to this view");
    const controls = { sort: nbAsk.choice("Sorted by", data.sorts.map(({ key, label }) => [key, label]), begins.sort, (sort) => change({ sort })) };
    for (const { key, label, values, all, value } of data.filters) {
      const options = [...(all ? [["", all]] : []), ...values.map((each) => [each, each])];
      controls[key] = nbAsk.choice(label, options, value, (chosen) => change({ [key]: chosen }));
    }
    if (data.least) {
      const { label, most, value, unit } = data.least;
      controls.least = nbAsk.slider(label, { min: 0, max: most, step: 1, value }, unit, (least) => change({ least }));
    }
    controls.find = nbAsk.search("Words in the label", (find) => change({ find }));
    const box = element("div", { class: "nb-ask-controls" }, ...Object.values(controls).map((each) => each.box));
    room.replaceChildren(box, count, drawing, list, region, element("p", { class: "nb-note" }, data.note), link);

    let [state, rows, listed] = [undefined, [], ""];
    const redraw = () => {
      const said = `${rows.length} of ${data.rows.length} rows. ${rows.map((row) => `${row.label}: ${row.said}`).join("; ")}`;
      drawing.replaceChildren(nbAsk.pictured(picture(data, rows, state.row, Math.max(drawing.clientWidth, 240)), said));
    };
    const draw = (asked) => {
      state = known(asked);
      for (const [key, control] of Object.entries(controls)) control.set(state[key]);
      rows = chosenOf(data, state);
      const first = rows.length ? ` First: ${rows[0].label}, ${rows[0].said}.` : "";
      count.textContent = `${rows.length} of ${data.rows.length} rows.`;
      // Rows stay as they are while the same ones are listed, so that the keyboard stays in its place.
      const now = rows.map(({ key }) => key).join(" ");
      if (now !== listed || !list.children.length) {
        const opened = (key) => (open) => {
          if (open && state.row !== key) change({ row: key });
          else if (!open && state.row === key) change({ row: "" });
        };
        list.replaceChildren(...rows.map((row) => itemOf(row, row.key === state.row, opened(row.key))));
        listed = now;
      }
      for (const fold of list.querySelectorAll("details")) fold.open = fold.dataset.key === state.row;
      redraw();
      const { label } = data.sorts.find(({ key }) => key === state.sort);
      tell(`${count.textContent} Sorted by ${label}.${first}`);
    };
    const { change, draw: first } = nbAsk.stateOf(name, begins, draw, link);
    nbAsk.onWidth(drawing, () => state && redraw());
    first();
  };
})();

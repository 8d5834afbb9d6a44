// Cycles of treatment within a limit of the kidney dose, over a cohort whose patients differ.
(() => {
  const { element, number } = nbAsk;
  const { normalTail } = nbAsk.distributions;
  const OTHER = "other";
  const KINDS = { dose: "absorbed dose", bed: "BED" };
  // Name in the state, words, unit, ends, and steps.
  const SLIDERS = [
    ["mean", "Kidney dose per activity, mean", "Gy/GBq", 0.1, 1.5, 0.01],
    ["cv", "Spread between patients, SD over mean", "", 0.05, 1, 0.01],
    ["gbq", "Activity per cycle", "GBq", 1, 15, 0.1],
    ["limit", "Limit", "Gy", 5, 60, 0.5],
    ["alpha_beta", "Alpha/beta", "Gy", 0.5, 20, 0.1],
    ["repair", "Repair half-time", "h", 0, 24, 0.1],
    ["half_life", "Effective half-life", "h", 5, 159, 1],
  ];

  // As netterbook.dosimetry has it

  const doseOfBed = (bed, { alpha_beta, repair, half_life }) => {
    const curve = repair / (repair + half_life) / alpha_beta;
    return (2 * bed) / (1 + Math.sqrt(1 + 4 * curve * bed));
  };
  // Shares of patients with no cycle within the limit, one, and so on; the last holds all with at least as many.
  const shares = (asked, most) => {
    const variance = Math.log1p(asked.cv ** 2);
    const reached = Array.from({ length: most }, (_, i) => {
      const each = asked.limit / (i + 1);
      const largest = (asked.of === "bed" ? doseOfBed(each, asked) : each) / asked.gbq;
      return normalTail((Math.log(asked.mean / largest) - variance / 2) / Math.sqrt(variance));
    });
    return [1, ...reached].map((share, i) => share - (reached[i] ?? 0));
  };
  nbAsk.cohort = { shares };

  // The figure

  const sum = (values) => values.reduce((total, each) => total + each, 0);
  const percent = (share) => (share > 0 && share < 0.005 ? "below 1%" : `${number(100 * share, 0)}%`);
  const cyclesSaid = (n, most) => (n === most ? `${n} or more` : String(n));
  const median = (found) => found.findIndex((_, n) => sum(found.slice(0, n + 1)) >= 0.5);
  const saidOf = (data, state, found) => {
    const [fewer, right, more] = [found.slice(0, data.standard), found.slice(data.standard, data.standard + 1), found.slice(data.standard + 1)].map(sum);
    const middle = cyclesSaid(median(found), data.most);
    return `Within ${state.limit} Gy of ${KINDS[state.of]}, at ${state.gbq} GBq a cycle, the middle patient has room for ${middle} cycles. ${data.standard} cycles pass the limit in ${percent(fewer)} of the patients, are all that fits in ${percent(right)}, and leave room for another in ${percent(more)}.`;
  };
  const picture = (data, found, width) => {
    const bars = found.map((share, n) => ({ n, share }));
    const wide = (width - 60) / (data.most + 1);
    const top = Math.max(0.25, ...found) * 1.12;
    const colour = ({ n }) => (n < data.standard ? "var(--nb-vermilion)" : n === data.standard ? "var(--nb-green)" : "var(--nb-blue)");
    return nbAsk.plot(width, width < 480 ? 250 : 280, {
      margin: [34, 12, 40, 42],
      x: { domain: [-0.6, data.most + 0.6], label: "Cycles within the limit", ticks: bars.map(({ n }) => n), tickFormat: (n) => (n === data.most ? `${n}+` : String(n)) },
      y: { domain: [0, top], label: "Patients", labelArrow: "none", grid: true, ticks: 5, tickFormat: (share) => `${Math.round(100 * share)}%` },
      marks: [
        Plot.ruleX(bars, { x: "n", y1: 0, y2: "share", stroke: colour, strokeWidth: 0.75 * wide }),
        Plot.text(bars.filter(({ share }) => share >= 0.005), { x: "n", y: "share", text: ({ share }) => number(100 * share, 0), dy: -8 }),
        Plot.ruleY([0]),
      ],
    });
  };
  const key = (data) => {
    const parts = [["vermilion", `${data.standard} cycles pass the limit`], ["green", `${data.standard} and no more`], ["blue", "a further cycle fits"]];
    const sign = (colour) => {
      const line = element("span", { class: "nb-ask-line", "aria-hidden": "true" });
      line.style.borderTop = `0.7rem solid var(--nb-${colour})`;
      return line;
    };
    return element("p", { class: "nb-ask-key" }, ...parts.map(([colour, words]) => element("span", { class: "nb-ask-tick" }, sign(colour), words)));
  };

  nbAsk.kinds.cohort = (room, name, data) => {
    const cohorts = Object.fromEntries(data.cohorts.map((each) => [each.key, { mean: each.mean_gy_per_gbq, cv: each.cv }]));
    const begins = { ...data.begins, of: "dose", ...cohorts[data.begins.cohort] };
    const scales = Object.fromEntries(
      SLIDERS.map(([key, , , min, max, step]) => [key, { min: Math.min(min, begins[key]), max: Math.max(max, begins[key]), step }]),
    );
    // What stands where the figure begins is kept as it is, as is what a cohort has; all else is on a slider's scale.
    const within = (state) => {
      const placed = SLIDERS.map(([key]) => [key, state[key] === begins[key] ? begins[key] : nbAsk.onScale(state[key], scales[key])]);
      const cohort = cohorts[state.cohort] || state.cohort === OTHER ? state.cohort : begins.cohort;
      return { ...Object.fromEntries(placed), cohort, of: KINDS[state.of] ? state.of : begins.of, ...cohorts[cohort] };
    };
    let [now, found, boxes] = [begins];
    const controls = (change) => {
      const known = [...data.cohorts.map((each) => [each.key, each.label]), [OTHER, "another"]];
      const own = () => ({ cohort: OTHER, mean: nbAsk.onScale(now.mean, scales.mean), cv: nbAsk.onScale(now.cv, scales.cv) });
      const slide = ([key, words, unit]) => {
        const moved = (value) => change({ ...(key === "mean" || key === "cv" ? own() : {}), [key]: value });
        return [key, nbAsk.slider(words, { ...scales[key], value: begins[key] }, unit, moved)];
      };
      const chosen = (cohort) => change(cohort === OTHER ? own() : { cohort, mean: begins.mean, cv: begins.cv });
      const [mean, cv, gbq, limit, ...biology] = SLIDERS.map(slide);
      boxes = biology.map(([, { box }]) => box);
      return {
        cohort: nbAsk.choice("Kidney doses of", known, begins.cohort, chosen),
        ...Object.fromEntries([mean, cv, gbq]),
        of: nbAsk.choice("Limit of the", Object.entries(KINDS), begins.of, (of) => change({ of })),
        ...Object.fromEntries([limit, ...biology]),
      };
    };
    const said = element("p");
    nbAsk.figure(room, name, {
      begins,
      within,
      controls,
      parts: (drawing) => [key(data), drawing, said],
      show: (state) => {
        now = state;
        for (const box of boxes) box.hidden = state.of !== "bed"; // without a part in an absorbed dose
        found = shares(state, data.most);
        return (said.textContent = saidOf(data, state, found));
      },
      picture: (state, width) => ({
        svg: picture(data, found, width),
        said: `Patients by cycles within the limit: ${found.map((share, n) => `${cyclesSaid(n, data.most)}: ${percent(share)}`).join(", ")}. ${saidOf(data, state, found)}`,
      }),
      note: data.note,
    });
  };
})();

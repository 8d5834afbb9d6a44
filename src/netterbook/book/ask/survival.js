// Survival of reconstructed trials, asked at any time: rates, what they differ by, restricted means, single trials.
(() => {
  const { element, number, span, interval } = nbAsk;
  const { average, varianceOf, quantile, errorsOf } = nbAsk.draws;
  const ARMS = ["experimental", "control"];
  const SIGN = { experimental: "", control: "5,3" };

  // Statistics, as in netterbook.methods.patients and .pooling

  // Patients of one set and arm, by time: places in the list of times, as differences, doubled; odd at an event.
  const kaplanMeier = (coded, times) => {
    const curve = { size: coded.length, time: [], risk: [], died: [], survival: [], greenwood: [] };
    let [place, survival, greenwood] = [0, 1, 0];
    for (let first = 0; first < coded.length; ) {
      place += coded[first] >> 1;
      let [after, died] = [first, 0];
      do died += coded[after] & 1;
      while ((after += 1) < coded.length && coded[after] < 2);
      const risk = coded.length - first;
      survival *= (risk - died) / risk;
      greenwood += died === risk ? Infinity : died / (risk * (risk - died));
      for (const [name, value] of Object.entries({ time: times[place], risk, died, survival, greenwood })) curve[name].push(value);
      first = after;
    }
    return curve;
  };
  const passed = (curve, time, tied) => {
    let [low, high] = [0, curve.time.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (curve.time[middle] < time || (tied && curve.time[middle] === time)) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  const rate = (curve, time) => {
    const at = passed(curve, time, true);
    if (!at) return { value: 1, variance: 0 };
    const value = curve.survival[at - 1];
    if (value > 0 && time > curve.time.at(-1)) return { value: NaN, variance: NaN };
    return { value, variance: value > 0 ? value ** 2 * curve.greenwood[at - 1] : 0 };
  };
  const mean = (curve, horizon) => {
    let [area, variance, right] = [0, 0, horizon];
    for (let i = passed(curve, horizon, true) - 1; i >= 0; i -= 1) {
      const [died, risk] = [curve.died[i], curve.risk[i]];
      area += curve.survival[i] * (right - curve.time[i]);
      right = curve.time[i];
      if (died > 0 && died < risk) variance += (area ** 2 * died) / (risk * (risk - died));
    }
    return { value: area + right, variance };
  };
  const counts = (curve, time) => {
    const at = passed(curve, time, false);
    const died = curve.died.slice(0, at).reduce((sum, each) => sum + each, 0);
    return { risk: at < curve.risk.length ? curve.risk[at] : 0, died };
  };
  // Rubin's rules.
  const pooled = (each, z) => {
    const use = each.filter(({ value, variance }) => Number.isFinite(value) && Number.isFinite(variance));
    if (!use.length) return [NaN, NaN, NaN];
    const values = use.map(({ value }) => value);
    const between = use.length > 1 ? varianceOf(values) * (1 + 1 / use.length) : 0;
    const half = z * Math.sqrt(average(use.map(({ variance }) => variance)) + between);
    const middle = average(values);
    return [middle, middle - half, middle + half];
  };
  const simulated = (statistic, draws) => ({ values: statistic(draws), errors: errorsOf(statistic, draws) });

  const rateOf = (arm, z) => (draws) => {
    const logs = draws
      .map((draw) => draw[arm].rate)
      .filter(({ value }) => value > 0 && value < 1)
      .map(({ value, variance }) => {
        const log = Math.log(value);
        return { value: Math.log(-log), variance: variance / (value * log) ** 2 };
      });
    const [middle, ...ends] = pooled(logs, z).map((each) => 100 * Math.exp(-Math.exp(each)));
    return [middle, ...ends.sort((a, b) => a - b)];
  };
  const difference = (which) => (draw) => ({
    value: draw.experimental[which].value - draw.control[which].value,
    variance: draw.experimental[which].variance + draw.control[which].variance,
  });
  const rateGain = (z) => (draws) => pooled(draws.map(difference("rate")), z).map((each) => 100 * each);
  const meanOf = (arm) => (draws) => [quantile(draws.map((draw) => draw[arm].mean.value), 0.5, "nearest")];
  // Middle over the sets, interval with the chance of sampling, and ends over the sets alone.
  const meanGain = (z, level) => (draws) => {
    const each = draws.map(difference("mean"));
    const values = each.map(({ value }) => value);
    const ends = [(1 - level) / 2, (1 + level) / 2].map((share) => quantile(values, share));
    return [quantile(values, 0.5, "nearest"), ...pooled(each, z).slice(1), ...ends];
  };
  const inverse = (points) => (points === 0 ? Infinity : 100 / Math.max(-100, Math.min(points, 100)));
  const needed = ([gain, low, high]) => {
    const kind = (n) => (Number.isFinite(n) ? (n < 0 ? "NNTH" : "NNTB") : "NNT");
    const size = (n) => (Number.isFinite(n) ? number(Math.abs(n), Math.abs(n) < 9.95 ? 1 : 0) : "∞");
    if (![gain, low, high].every(Number.isFinite)) return "not estimable";
    const [value, best, worst] = [inverse(gain), inverse(high), inverse(low)];
    const [first, last] = value < 0 ? [worst, best] : [best, worst];
    const through = first * last < 0 && Number.isFinite(first * last);
    const ends = [first, last].sort((a, b) => Math.abs(a) - Math.abs(b)).map(size);
    const limits = through ? `${kind(first)} ${size(first)} to ∞ to ${kind(last)} ${size(last)}` : ends.join(" to ");
    return `${kind(value)} ${size(value)} (${limits})`;
  };

  // All that is told of a landmark and a horizon.
  const ask = (curves, landmark, horizon, { z, level }) => {
    const draws = curves.map((curve) =>
      Object.fromEntries(ARMS.map((arm) => [arm, { rate: rate(curve[arm], landmark), mean: mean(curve[arm], horizon) }])),
    );
    const found = { rateGain: simulated(rateGain(z), draws), meanGain: simulated(meanGain(z, level), draws) };
    for (const arm of ARMS) {
      const each = curves.map((curve) => counts(curve[arm], landmark));
      const [risk, died] = ["risk", "died"].map((name) => Math.floor(quantile(each.map((one) => one[name]), 0.5)));
      found[arm] = {
        rate: simulated(rateOf(arm, z), draws),
        mean: simulated(meanOf(arm), draws),
        risk,
        died,
        censored: curves[0][arm].size - risk - died,
      };
    }
    return found;
  };
  nbAsk.survival = { kaplanMeier, ask, needed };

  // The figure

  const COLOUR = { experimental: "var(--nb-blue)", control: "var(--nb-vermilion)" };
  const colour = (arm) => COLOUR[arm];
  const steps = (curve) => [{ time: 0, value: 100 }, ...curve.time.map((time, i) => ({ time, value: 100 * curve.survival[i] }))];
  const heldAt = (rows, time) => rows.findLast((row) => row.time <= time);
  const between = (frame, horizon) => {
    const times = ARMS.flatMap((arm) => frame[arm].map((row) => row.time)).filter((time) => time < horizon);
    return [...new Set([...times, horizon])]
      .sort((a, b) => a - b)
      .map((time) => ({ time, low: heldAt(frame.control, time).value, high: heldAt(frame.experimental, time).value }));
  };
  const picture = (data, frame, state, curves, width) => {
    const shown = ARMS.filter((arm) => state.hide !== arm);
    const mark = { x: "time", curve: "step-after" };
    const single = curves[state.set - 1];
    const dash = (arm) => ({ stroke: colour(arm), strokeDasharray: SIGN[arm] });
    const marks = shown.flatMap((arm) => [
      Plot.areaY(frame[arm], { ...mark, y1: "low", y2: "high", fill: colour(arm), fillOpacity: single ? 0.12 : 0.25 }),
      Plot.line(frame[arm], { ...mark, y: "value", ...dash(arm), strokeWidth: single ? 1 : 2 }),
      ...(single ? [Plot.line(steps(single[arm]), { ...mark, y: "value", ...dash(arm), strokeWidth: 2 })] : []),
      Plot.dot([heldAt(frame[arm], state.landmark)], { x: () => state.landmark, y: "value", fill: colour(arm), r: 4 }),
    ]);
    if (shown.length === ARMS.length)
      marks.unshift(Plot.areaY(between(frame, state.horizon), { ...mark, y1: "low", y2: "high", fill: "currentColor", fillOpacity: 0.08 }));
    return nbAsk.plot(width, width < 480 ? 260 : 330, {
      margin: [34, 20, 40, 40],
      x: { domain: [0, data.end], label: data.words.x, ticks: width < 480 ? 6 : 12 },
      y: { domain: [0, 100], label: data.words.y, labelArrow: "none", grid: true },
      marks: [
        Plot.ruleX([state.landmark], { stroke: "currentColor", strokeDasharray: "4,3" }),
        Plot.ruleX([state.horizon], { stroke: "currentColor", strokeOpacity: 0.45 }),
        ...marks,
        Plot.ruleY([0]),
      ],
    });
  };

  const row = (head, ...cells) => {
    const span = cells.length === 1 ? { colspan: 2 } : {};
    return element("tr", {}, element("th", { scope: "row" }, head), ...cells.map((cell) => element("td", span, cell)));
  };
  const percent = ({ values, errors }) => interval(values, 0, errors);
  const months = ({ values, errors }, digits = 1) => interval(values, digits, errors);
  const tableOf = (data, state, found, frame) => {
    const { level } = data;
    const each = (said) => ARMS.map((arm) => said(found[arm], arm));
    const band = (_, arm) => {
      const { low, high } = heldAt(frame[arm], state.landmark);
      return span(number(low, 0), number(high, 0));
    };
    const alone = found.meanGain.values.slice(3).map((value, i) => number(value, 1, found.meanGain.errors[3 + i]));
    const body = [
      row(`${data.words.rate} at ${state.landmark} months, %`, ...each((arm) => percent(arm.rate))),
      row(`the same in the middle ${number(100 * level, 0)}% of the reconstructed trials, %`, ...each(band)),
      row("At risk just before", ...each((arm) => String(arm.risk))),
      row("Events before", ...each((arm) => String(arm.died))),
      row("Censored before", ...each((arm) => String(arm.censored))),
      row("Difference of the rates, points", percent(found.rateGain)),
      row("Number needed to treat", needed(found.rateGain.values)),
      row(`Restricted mean to ${state.horizon} months`, ...each((arm) => number(arm.mean.values[0], 1, arm.mean.errors[0]))),
      row("Difference of these means, months", months(found.meanGain)),
      row(`the same in the middle ${number(100 * level, 0)}% of the reconstructed trials`, span(...alone)),
    ];
    const heads = ARMS.map((arm) => element("th", { scope: "col" }, data.names[arm]));
    return element(
      "table",
      { class: "nb-table" },
      element("thead", {}, element("tr", {}, element("td"), ...heads)),
      element("tbody", {}, ...body),
    );
  };
  const singleSaid = (data, state, curves) => {
    const curve = curves[state.set - 1];
    if (!curve) return "";
    const [a, b] = ARMS.map((arm) => 100 * rate(curve[arm], state.landmark).value);
    const [c, d] = ARMS.map((arm) => mean(curve[arm], state.horizon).value);
    return `Reconstructed trial ${state.set} alone (thick lines), one of ${curves.length}: ${number(a, 1)}% and ${number(b, 1)}%, restricted means ${number(c, 1)} and ${number(d, 1)} months.`;
  };
  const toldOf = (data, state, found) => {
    const rates = ARMS.map((arm) => `${data.names[arm]} ${percent(found[arm].rate)} percent, ${found[arm].risk} at risk, ${found[arm].died} events before`);
    return `At ${state.landmark} months: ${rates.join("; ")}. Difference ${percent(found.rateGain)} points; ${needed(found.rateGain.values)}. Restricted means to ${state.horizon} months differ by ${months(found.meanGain)} months.`;
  };

  nbAsk.kinds.survival = (room, name, data) => {
    const curves = data.sets.experimental.map((_, i) =>
      Object.fromEntries(ARMS.map((arm) => [arm, kaplanMeier(data.sets[arm][i], data.times)])),
    );
    const frame = Object.fromEntries(
      ARMS.map((arm) => [arm, data.frame[arm].map(([time, value, low, high]) => ({ time, value, low, high }))]),
    );
    const range = { min: data.step, max: data.last, step: data.step };
    const within = (state) => {
      const set = Math.min(Math.max(Math.round(state.set), 0), curves.length);
      const hide = ARMS.includes(state.hide) ? state.hide : "";
      return { landmark: nbAsk.onScale(state.landmark, range), horizon: nbAsk.onScale(state.horizon, range), set, hide };
    };
    const controls = (change) => {
      const slide = (words, key) => nbAsk.slider(words, { ...range, value: data[key] }, "months", (value) => change({ [key]: value }));
      const sets = [["0", "none"], ...curves.map((_, i) => [String(i + 1), String(i + 1)])];
      const line = (arm) => element("span", { class: `nb-ask-line nb-ask-line-${arm}`, "aria-hidden": "true" });
      const shown = ARMS.map((arm) => nbAsk.tickbox(data.names[arm], true, (on) => change({ hide: on ? "" : arm }), line(arm)));
      return {
        landmark: slide("Rates at", "landmark"),
        horizon: slide("Restricted means to", "horizon"),
        set: nbAsk.choice("A single reconstructed trial", sets, "0", (value) => change({ set: Number(value) })),
        hide: {
          box: element("fieldset", { class: "nb-ask-ticks" }, element("legend", {}, "Groups shown"), ...shown.map((each) => each.box)),
          set: (hidden) => ARMS.forEach((arm, i) => shown[i].set(hidden !== arm)),
        },
      };
    };
    const [table, single] = [element("div"), element("p")];
    let found;
    nbAsk.figure(room, name, {
      begins: { landmark: data.landmark, horizon: data.horizon, set: 0, hide: "" },
      within,
      controls,
      parts: (drawing) => [drawing, single, table],
      show: (state) => {
        found = ask(curves, state.landmark, state.horizon, data);
        table.replaceChildren(tableOf(data, state, found, frame));
        single.textContent = singleSaid(data, state, curves);
        return `${toldOf(data, state, found)} ${single.textContent}`;
      },
      picture: (state, width) => ({ svg: picture(data, frame, state, curves, width), said: toldOf(data, state, found) }),
      pointed: "landmark",
      note: data.words.note,
    });
  };
})();

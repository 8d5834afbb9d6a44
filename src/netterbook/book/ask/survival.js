// Survival of reconstructed trials, asked at any time: rates, what they differ by, restricted means, single trials.
(() => {
  const { element, number, span, interval } = nbAsk;
  const CHAINS = 4; // as netterbook.precision has it
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
  const average = (values) => values.reduce((sum, each) => sum + each, 0) / values.length;
  const varianceOf = (values) => {
    const middle = average(values);
    return values.reduce((sum, each) => sum + (each - middle) ** 2, 0) / (values.length - 1);
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
  // Quantiles, linear between values or, `nearest`, one of them (numpy's closest_observation).
  const quantile = (values, share, nearest = false) => {
    const sorted = Float64Array.from(values).sort();
    if (nearest) {
      const at = values.length * share - 1.5;
      const stays = at === Math.floor(at) && Math.floor(at) % 2 === 1;
      return sorted[Math.min(Math.max(Math.floor(at) + (stays ? 0 : 1), 0), values.length - 1)];
    }
    const at = (values.length - 1) * share;
    const low = Math.floor(at);
    return sorted[low] + (at - low) * (sorted[Math.min(low + 1, values.length - 1)] - sorted[low]);
  };
  // Monte Carlo errors of what a function makes of draws from chains in turn.
  const errorsOf = (statistic, draws) => {
    const batches = Math.max(1, Math.min(CHAINS, Math.floor(draws.length / 5)));
    const found = Array.from({ length: batches }, (_, k) => statistic(draws.filter((_, i) => i % batches === k)));
    return found[0].map((_, j) => {
      const use = found.map((row) => row[j]).filter(Number.isFinite);
      return use.length < 2 ? NaN : Math.sqrt(varianceOf(use) / batches);
    });
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
  const meanOf = (arm) => (draws) => [quantile(draws.map((draw) => draw[arm].mean.value), 0.5, true)];
  // Middle over the sets, interval with the chance of sampling, and ends over the sets alone.
  const meanGain = (z, level) => (draws) => {
    const each = draws.map(difference("mean"));
    const values = each.map(({ value }) => value);
    const ends = [(1 - level) / 2, (1 + level) / 2].map((share) => quantile(values, share));
    return [quantile(values, 0.5, true), ...pooled(each, z).slice(1), ...ends];
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

  const colour = (arm) => `var(--nb-${arm})`;
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
    return Plot.plot({
      width,
      height: width < 480 ? 260 : 330,
      marginLeft: 40,
      marginTop: 34,
      marginBottom: 40,
      style: { fontSize: "12px", fontFamily: "inherit", background: "none", color: "inherit", overflow: "visible" },
      x: { domain: [0, data.end], label: data.words.x, labelAnchor: "center", labelArrow: "none", ticks: width < 480 ? 6 : 12 },
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
    const begins = { landmark: data.landmark, horizon: data.horizon, set: 0, hide: "" };
    const within = (state) => {
      const at = (value) => Math.min(Math.max(Math.round(value / data.step) * data.step, data.step), data.last);
      const set = Math.min(Math.max(Math.round(state.set), 0), curves.length);
      return { ...state, landmark: at(state.landmark), horizon: at(state.horizon), set };
    };
    const drawing = element("div", { class: "nb-ask-drawing" });
    const table = element("div");
    const single = element("p");
    const { region, tell } = nbAsk.teller();
    const link = element("a", { class: "nb-ask-link" }, "Link to this view");

    let state;
    let found;
    let scale;
    const redraw = () => {
      const svg = picture(data, frame, state, curves, Math.max(drawing.clientWidth, 240));
      scale = svg.scale("x");
      drawing.replaceChildren(nbAsk.pictured(svg, toldOf(data, state, found)));
    };
    const draw = (asked) => {
      state = within(asked);
      landmark.set(state.landmark);
      horizon.set(state.horizon);
      set.set(state.set);
      for (const arm of ARMS) shown[arm].set(state.hide !== arm);
      found = ask(curves, state.landmark, state.horizon, data);
      table.replaceChildren(tableOf(data, state, found, frame));
      single.textContent = singleSaid(data, state, curves);
      redraw();
      tell(`${toldOf(data, state, found)} ${single.textContent}`);
    };
    const range = (value) => ({ min: data.step, max: data.last, step: data.step, value });
    const landmark = nbAsk.slider("Rates at", range(data.landmark), "months", (value) => change({ landmark: value }));
    const horizon = nbAsk.slider("Restricted means to", range(data.horizon), "months", (value) => change({ horizon: value }));
    const sets = [["0", "none"], ...curves.map((_, i) => [String(i + 1), String(i + 1)])];
    const set = nbAsk.choice("A single reconstructed trial", sets, "0", (value) => change({ set: Number(value) }));
    const line = (arm) => element("span", { class: `nb-ask-line nb-ask-line-${arm}`, "aria-hidden": "true" });
    const shown = Object.fromEntries(
      ARMS.map((arm) => {
        const changed = (on) => change({ hide: on ? "" : arm });
        return [arm, nbAsk.tickbox(data.names[arm], true, changed, line(arm))];
      }),
    );
    const arms = element("fieldset", { class: "nb-ask-arms" }, element("legend", {}, "Groups shown"), ...ARMS.map((arm) => shown[arm].box));
    const controls = element("div", { class: "nb-ask-controls" }, landmark.box, horizon.box, set.box, arms);
    room.replaceChildren(controls, drawing, single, table, region, element("p", { class: "nb-note" }, data.words.note), link);

    // The pointer, pressed or dragged, sets the time; a finger that moves up or down still scrolls.
    const point = (event) => {
      if (event.buttons !== 1) return;
      change({ landmark: within({ ...state, landmark: scale.invert(event.clientX - drawing.getBoundingClientRect().left) }).landmark });
    };
    drawing.addEventListener("pointerdown", point);
    drawing.addEventListener("pointermove", point);
    const { change, draw: first } = nbAsk.stateOf(name, begins, draw, link);
    nbAsk.onWidth(drawing, () => state && redraw());
    first();
  };
})();

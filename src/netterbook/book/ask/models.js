// Survival models beyond the data, asked to any horizon: months gained, how much of them nobody has seen, survival.
(() => {
  const { element, number, interval } = nbAsk;
  const { quantile, errorsOf } = nbAsk.draws;
  const { normalTail, gammaTail } = nbAsk.distributions;
  const HORIZON = { min: 6, step: 1 };

  // Models, as in netterbook.methods.extrapolation

  const line = (theta, x) => theta[0] + theta[1] * x;
  const meanGrowth = (y) => (y === 0 ? 1 : Math.expm1(y) / y);
  const cubed = (x) => Math.max(x, 0) ** 3;
  const spline = (theta, x, knots) => {
    const [first, last] = [knots[0], knots.at(-1)];
    return theta.slice(2).reduce((sum, weight, j) => {
      const share = (last - knots[j + 1]) / (last - first);
      const value = cubed(x - knots[j + 1]) - share * cubed(x - first) - (1 - share) * cubed(x - last);
      return sum + (weight * value) / (last - first) ** 2;
    }, line(theta, x));
  };
  // Parameters of the generalised gamma model: intercept, slope, Q and its log density at 0; or, where Q has no end,
  // intercept, slope and the sign of Q.
  const atLimit = (theta) => theta.length === 3;
  const gamma = (theta, x, _, nodes) => {
    const z = line(theta, x);
    if (atLimit(theta)) return theta[2] > 0 ? -Math.expm1(Math.min(z, 0)) : Math.exp(-Math.max(z, 0));
    return gammaTail(Math.sqrt(1 + theta[2] ** 2) * z, theta[2], theta[3], nodes);
  };
  const SURVIVAL = {
    exponential: (theta, x) => Math.exp(-Math.exp(x + theta[0])),
    Weibull: (theta, x) => Math.exp(-Math.exp(line(theta, x))),
    Gompertz: (theta, x) => Math.exp(-Math.exp(theta[0] + x) * meanGrowth(theta[1] * Math.exp(x))),
    "log-normal": (theta, x) => normalTail(line(theta, x)),
    "log-logistic": (theta, x) => 1 / (1 + Math.exp(line(theta, x))),
    "generalised gamma": gamma,
    spline: (theta, x, knots) => Math.exp(-Math.exp(spline(theta, x, knots))),
  };
  const survival = (model, fit, draw, time, { nodes, earliest }) => {
    const x = Math.log(Math.max(time / fit.unit, earliest));
    return SURVIVAL[model](fit.theta[draw], x, fit.knots?.[draw], nodes);
  };
  const limitMean = (theta, tau) => {
    const [end, slope] = [Math.exp(-theta[0] / theta[1]), theta[1]];
    const [before, after] = [Math.min(Math.log(tau / end), 0), Math.max(Math.log(tau / end), 0)];
    const mean = theta[2] > 0 ? 1 - Math.exp(slope * before) / (1 + slope) : 1 + after * meanGrowth((1 - slope) * after);
    return Math.min(tau, end) * mean;
  };
  const restrictedMean = (model, fit, draw, tau, given) => {
    const theta = fit.theta[draw];
    if (model === "generalised gamma" && atLimit(theta)) return limitMean(theta, tau / fit.unit) * fit.unit;
    const [nodes, weights] = given.nodes;
    const at = (sum, node, i) => sum + weights[i] * 2 * node * survival(model, fit, draw, tau * node ** 2, given);
    return tau * nodes.reduce(at, 0);
  };

  // Means of both groups in every draw, by model, control first; a model without a fit in a draw says nothing there.
  const gains = (fits, tau, given) =>
    Object.fromEntries(
      Object.entries(fits).map(([model, pair]) => {
        const of = (fit, draw) => (fit.theta[draw] ? restrictedMean(model, fit, draw, tau, given) : NaN);
        return [model, pair[0].theta.map((_, draw) => of(pair[1], draw) - of(pair[0], draw))];
      }),
    );
  const alive = (fits, time, given) =>
    Object.fromEntries(
      Object.entries(fits).map(([model, pair]) => {
        const of = (fit, draw) => (fit.theta[draw] ? survival(model, fit, draw, time, given) : NaN);
        return [model, pair.map((fit) => fit.theta.map((_, draw) => of(fit, draw)))];
      }),
    );
  // What every draw says of a horizon, by model: survival there, control first, the gain to it and that to the end of
  // the data.
  const ofDraws = (fits, horizon, seen, given) => {
    const [gained, then] = [gains(fits, horizon, given), alive(fits, horizon, given)];
    const one = (model) => (gain, draw) => ({ alive: then[model].map((arm) => arm[draw]), gain, seen: seen?.[model][draw] ?? gain });
    return Object.fromEntries(Object.keys(fits).map((model) => [model, gained[model].map(one(model))]));
  };
  // The average over models in every draw, by their Akaike weights there.
  const averaged = (own, models, aic) =>
    own[models[0]].map((_, draw) => {
      const above = models.map((model) => aic[model][draw] ?? Infinity);
      const least = Math.min(...above);
      if (!Number.isFinite(least)) return { alive: [NaN, NaN], gain: NaN, seen: NaN };
      const weights = above.map((each) => Math.exp(-(each - least) / 2));
      const total = weights.reduce((sum, each) => sum + each, 0);
      const mean = (part) =>
        models.reduce((sum, model, i) => (weights[i] > 0 ? sum + (part(own[model][draw]) * weights[i]) / total : sum), 0);
      return { alive: [0, 1].map((arm) => mean(({ alive }) => alive[arm])), gain: mean(({ gain }) => gain), seen: mean(({ seen }) => seen) };
    });
  const PARTS = {
    gain: ({ gain }) => gain,
    beyond: ({ gain, seen }) => (gain > 0 ? 1 - seen / gain : NaN),
    control: ({ alive }) => alive[0],
    experimental: ({ alive }) => alive[1],
  };
  // Median of the draws, their interval, and that of bootstrapped draws, which adds chance.
  const spread = (draws, sampled, part, level) => {
    const statistic = (own, again) => {
      const tails = [(1 - level) / 2, (1 + level) / 2];
      const [values, others] = [own, again].map((each) => each.map(part).filter((value) => !Number.isNaN(value)));
      if (!values.length || !others.length) return Array(5).fill(NaN);
      const of = (list, share) => quantile(list, share, "inverted");
      return [of(values, 0.5), ...tails.map((share) => of(values, share)), ...tails.map((share) => of(others, share))];
    };
    return { values: statistic(draws, sampled), errors: errorsOf(statistic, draws, sampled) };
  };
  const told = (draws, sampled, level) =>
    Object.fromEntries(Object.entries(PARTS).map(([name, part]) => [name, spread(draws, sampled, part, level)]));

  // All that is told of a horizon by some models, and by their average; what was computed last is kept.
  const ask = (trial, models, horizon, given, kept = {}) => {
    const both = [trial.fits, trial.sampled];
    kept[trial.name] ??= both.map((fits) => gains(fits, trial.followed, given));
    if (kept.trial !== trial.name || kept.horizon !== horizon) {
      const seen = (i) => (horizon > trial.followed ? kept[trial.name][i] : undefined);
      Object.assign(kept, { trial: trial.name, horizon, draws: both.map((fits, i) => ofDraws(fits, horizon, seen(i), given)) });
    }
    const [draws, sampled] = kept.draws;
    const rows = models.map((model) => [model, told(draws[model], sampled[model], given.level)]);
    const average = told(averaged(draws, models, trial.aic), averaged(sampled, models, trial.aic_sampled), given.level);
    return { models: Object.fromEntries(rows), average };
  };
  nbAsk.models = { ask, survival, restrictedMean };

  // The figure

  const months = ({ values: [value, , , low, high], errors: [a, , , b, c] }) => interval([value, low, high], 1, [a, b, c]);
  const percent = ({ values: [value, , , low, high], errors: [a, , , b, c] }) =>
    interval([value, low, high].map((each) => 100 * each), 0, [a, b, c].map((each) => 100 * each));
  // As netterbook.text.shares has them.
  const share = (value, error) => {
    if (value <= -1) return "below −100";
    return error > 0 && nbAsk.step(error) >= 0.5 ? "undetermined" : number(100 * value, 0, 100 * error);
  };
  const shares = ({ values: [value, , , low, high], errors: [a, , , b, c] }) =>
    Number.isNaN(value) ? "no gain to share" : `${share(value, a)}% (${share(low, b)} to ${share(high, c)})`;

  // Heights as near to those wanted as possible, in squares, so far apart.
  const apart = (wanted, room) => {
    const order = wanted.map((_, i) => i).sort((a, b) => wanted[a] - wanted[b]);
    const blocks = [];
    const mean = ({ sum, members }) => sum / members.length;
    order.forEach((i, n) => {
      blocks.push({ sum: wanted[i] - n * room, members: [i] });
      while (blocks.length > 1 && mean(blocks.at(-2)) > mean(blocks.at(-1))) {
        const last = blocks.pop();
        blocks.at(-1).sum += last.sum;
        blocks.at(-1).members.push(...last.members);
      }
    });
    const placed = blocks.flatMap((block) => block.members.map((i) => [i, mean(block)]));
    return Object.fromEntries(placed.map(([i, place], n) => [i, place + n * room]));
  };
  const colour = (data, model) => `var(--nb-${data.colours[model]})`;
  const picture = (data, trial, models, state, found, width) => {
    const [narrow, height] = [width < 480, width < 480 ? 300 : 340];
    const lines = models.map((model) => ({ model, rows: trial.lines[model].map(([time, value]) => ({ time, value })) }));
    const tall = Math.max(...Object.values(trial.lines).flat().map(([, value]) => value)) * 1.05;
    const low = Math.min(0, ...Object.values(trial.lines).flat().map(([, value]) => value));
    const places = apart(lines.map(({ rows }) => rows.at(-1).value), (15 * (tall - low)) / (height - 74));
    const ends = lines.map(({ model }, i) => ({ model, place: places[i] }));
    return nbAsk.plot(width, height, {
      margin: [34, narrow ? 118 : 130, 40, 34],
      x: { domain: [0, data.end], label: "Months from randomisation", ticks: ticks(data.end, narrow ? 24 : 12), tickFormat: String },
      y: { domain: [low, tall], label: "Gain so far, months", labelArrow: "none", grid: true },
      marks: [
        Plot.areaY([trial.followed, data.end], { x: (time) => time, y1: low, y2: tall, fill: "currentColor", fillOpacity: 0.07 }),
        Plot.ruleX([trial.median], { stroke: "currentColor", strokeDasharray: "1,3" }),
        Plot.ruleX([state.horizon], { stroke: "currentColor", strokeDasharray: "4,3" }),
        Plot.ruleY([0]),
        ...lines.map(({ model, rows }) => Plot.line(rows, { x: "time", y: "value", stroke: colour(data, model), strokeWidth: 2 })),
        Plot.dot(models, { x: state.horizon, y: (model) => found.models[model].gain.values[0], fill: (model) => colour(data, model), r: 4 }),
        Plot.text(ends, { x: data.end, y: "place", text: "model", textAnchor: "start", dx: 6, fill: ({ model }) => colour(data, model) }),
      ],
    });
  };
  const ticks = (end, by) => Array.from({ length: Math.floor(end / by) + 1 }, (_, i) => i * by);

  const tableOf = (data, trial, state, found) => {
    const heads = ["", "Gain, months", "Of it beyond the data", `${trial.names.experimental}, %`, `${trial.names.control}, %`];
    const row = (head, each) => {
      const cells = [months(each.gain), shares(each.beyond), percent(each.experimental), percent(each.control)];
      return element("tr", {}, element("th", { scope: "row" }, head), ...cells.map((cell) => element("td", {}, cell)));
    };
    const average = Object.keys(found.models).length > 1 ? [row("averaged over these", found.average)] : [];
    const rows = Object.entries(found.models).map(([model, each]) => row(model, each));
    const head = heads.map((words) => (words ? element("th", { scope: "col" }, words) : element("td")));
    const caption = `${trial.name}, to ${state.horizon} months; the last two columns: ${data.words.rate} then`;
    const body = [element("thead", {}, element("tr", {}, ...head)), element("tbody", {}, ...average, ...rows)];
    return [element("p", { class: "nb-caption" }, caption), nbAsk.scrolled(caption, element("table", { class: "nb-table" }, ...body))];
  };
  const toldOf = (trial, state, found) => {
    const said = (each) => `gain ${months(each.gain)} months, ${shares(each.beyond)} of it beyond the data`;
    const rows = Object.entries(found.models).map(([model, each]) => `${model} ${said(each)}`);
    const average = rows.length > 1 ? `averaged over these models ${said(found.average)}; ` : "";
    return `${trial.name} to ${state.horizon} months: ${average}${rows.join("; ")}. The data end at ${number(trial.followed, 0)} months.`;
  };

  nbAsk.kinds.models = (room, name, data) => {
    const trials = Object.fromEntries(data.trials.map((trial) => [trial.name, trial]));
    const all = Object.keys(data.colours);
    const horizon = { ...HORIZON, max: data.end, value: data.horizon };
    const begins = { trial: data.trials[0].name, horizon: data.horizon, without: "" };
    const left = (without) => all.filter((model) => !without.split(",").includes(model));
    const within = (state) => ({
      trial: trials[state.trial] ? state.trial : begins.trial,
      horizon: nbAsk.onScale(state.horizon, horizon),
      without: left(state.without).length ? all.filter((model) => !left(state.without).includes(model)).join(",") : "",
    });
    let [chosen, found] = [all];
    const controls = (change) => {
      const names = data.trials.map((trial) => [trial.name, trial.name]);
      const swatch = (model) => {
        const mark = element("span", { class: "nb-ask-line", "aria-hidden": "true" });
        mark.style.borderColor = colour(data, model);
        return mark;
      };
      // One is always shown.
      const toggle = (model) => (on) => {
        const next = all.filter((each) => (each === model ? !on : !chosen.includes(each)));
        change(next.length < all.length ? { without: next.join(",") } : {});
      };
      const boxes = all.map((model) => nbAsk.tickbox(model, true, toggle(model), swatch(model)));
      return {
        trial: nbAsk.choice("Trial", names, begins.trial, (trial) => change({ trial })),
        horizon: nbAsk.slider("Horizon", horizon, "months", (value) => change({ horizon: value })),
        without: {
          box: element("fieldset", { class: "nb-ask-ticks" }, element("legend", {}, "Models"), ...boxes.map((each) => each.box)),
          set: (without) => all.forEach((model, i) => boxes[i].set(left(without).includes(model))),
        },
      };
    };
    const [table, kept] = [element("div"), {}];
    nbAsk.figure(room, name, {
      begins,
      within,
      controls,
      parts: (drawing) => [drawing, table],
      show: (state) => {
        chosen = left(state.without);
        found = ask(trials[state.trial], chosen, state.horizon, data, kept);
        table.replaceChildren(...tableOf(data, trials[state.trial], state, found));
        return toldOf(trials[state.trial], state, found);
      },
      picture: (state, width) => ({
        svg: picture(data, trials[state.trial], chosen, state, found, width),
        said: toldOf(trials[state.trial], state, found),
      }),
      pointed: "horizon",
      note: data.words.note,
    });
  };
})();

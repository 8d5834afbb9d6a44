// Statistics of draws from several chains in turn, as in netterbook.methods.pooling and netterbook.precision.
nbAsk.draws = (() => {
  const CHAINS = 4; // as netterbook.precision has it

  const average = (values) => values.reduce((sum, each) => sum + each, 0) / values.length;
  const varianceOf = (values) => {
    const middle = average(values);
    return values.reduce((sum, each) => sum + (each - middle) ** 2, 0) / (values.length - 1);
  };
  // One of the values: the least at or below which lies this share of them (numpy's inverted_cdf), or the nearest
  // (closest_observation); otherwise linear between two.
  const quantile = (values, share, kind = "linear") => {
    const sorted = Float64Array.from(values).sort();
    const last = values.length - 1;
    const held = (at) => sorted[Math.min(Math.max(at, 0), last)];
    if (kind === "inverted") return held(Math.ceil(values.length * share - 1));
    if (kind === "nearest") {
      const at = values.length * share - 1.5;
      const stays = at === Math.floor(at) && Math.floor(at) % 2 === 1;
      return held(Math.floor(at) + (stays ? 0 : 1));
    }
    const low = Math.floor(last * share);
    return sorted[low] + (last * share - low) * (held(low + 1) - sorted[low]);
  };
  // Monte Carlo errors of what a function makes of draws; of several lists the first says how many batches there are.
  const errorsOf = (statistic, ...lists) => {
    const batches = Math.max(1, Math.min(CHAINS, Math.floor(lists[0].length / 5)));
    const batch = (k) => lists.map((draws) => draws.filter((_, i) => i % batches === k));
    const found = Array.from({ length: batches }, (_, k) => statistic(...batch(k)));
    return found[0].map((_, j) => {
      const use = found.map((row) => row[j]).filter(Number.isFinite);
      return use.length < 2 ? NaN : Math.sqrt(varianceOf(use) / batches);
    });
  };
  return { average, varianceOf, quantile, errorsOf };
})();

// Tails of distributions, for which the language has no functions.
nbAsk.distributions = (() => {
  const CLOSE = 1e-16;

  // P(a, x), the regularised incomplete gamma function, from `factor`, x^a exp(-x) / Gamma(a), as Numerical Recipes has
  // it: a series below a + 1, beyond it Lentz's continued fraction.
  const incompleteGamma = (a, x, factor) => {
    if (factor === 0) return x > a ? 1 : 0;
    if (x < a + 1) {
      let [sum, term] = [1 / a, 1 / a];
      for (let n = 1; term > CLOSE * sum; n += 1) sum += term *= x / (a + n);
      return factor * sum;
    }
    let b = x + 1 - a;
    let [c, d] = [1e300, 1 / b];
    let fraction = d;
    for (let n = 1, change = 0; Math.abs(change - 1) > CLOSE; n += 1) {
      const step = n * (a - n);
      b += 2;
      d = 1 / (step * d + b);
      c = b + step / c;
      change = d * c;
      fraction *= change;
      if (n > 1e4) break;
    }
    return 1 - factor * fraction;
  };

  // Chance that a normal number is larger than z.
  const normalTail = (z) => {
    const x = z ** 2 / 2;
    const far = incompleteGamma(0.5, x, Math.sqrt(x / Math.PI) * Math.exp(-x)) / 2;
    return z > 0 ? 0.5 - far : 0.5 + far;
  };

  // (exp(y) - 1 - y) / y^2
  const curved = (y) => {
    if (Math.abs(y) > 0.5) return (Math.expm1(y) - y) / y ** 2;
    let [sum, term] = [0, 0.5];
    for (let n = 3; Math.abs(term) > CLOSE; n += 1) {
      sum += term;
      term *= y / n;
    }
    return sum;
  };
  // Chance that z of the generalised gamma model is larger, from its log density at 0. Where Q is small, the incomplete
  // gamma function takes thousands of steps, and the density is integrated instead.
  const gammaTail = (z, q, level, [nodes, weights]) => {
    const density = (at) => Math.exp(level - at ** 2 * curved(q * at));
    if (Math.abs(q) < 1 / 16) {
      const reach = z < 0 ? -12 : 12; // standard deviations, beyond which nothing is left
      const area = nodes.reduce((sum, node, i) => sum + weights[i] * density(z + reach * node), 0) * 12;
      return z < 0 ? 1 - area : area;
    }
    const below = incompleteGamma(q ** -2, q ** -2 * Math.exp(q * z), density(z) / Math.abs(q));
    return q > 0 ? 1 - below : below;
  };
  return { normalTail, gammaTail };
})();

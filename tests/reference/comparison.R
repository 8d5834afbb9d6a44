# Reference values of tests/test_extrapolation.py, test_crossover.py and test_unanchored.py, from survival_input.csv,
# crossover_input.csv (written by crossover_input.py) and the lung data of the package survival.
# Made with R 4.2.2 and survival 3.5-3:  cd tests/reference && Rscript comparison.R

library(survival)
stopifnot(packageVersion("survival") == "3.5.3")

write <- function(rows, name)
  write.csv(do.call(rbind, rows), paste0(name, ".csv"), row.names = FALSE, quote = FALSE, na = "nan")

# ---- parametric models: survreg where it has them, else R's own densities maximised by optim

# log hazard and log survival of Gompertz and generalised gamma, from R's distribution functions
loglik <- list(
  gompertz = function(p, t, d) {
    a <- p[1]; b <- exp(p[2])
    sum(d * (log(b) + a * t)) - sum(if (abs(a) < 1e-12) b * t else b * (exp(a * t) - 1) / a)
  },
  gengamma = function(p, t, d) {
    mu <- p[1]; sigma <- exp(p[2]); q <- p[3]
    k <- q^-2
    g <- k * exp(q * (log(t) - mu) / sigma)  # gamma of shape k
    density <- dgamma(g, k, log = TRUE) + log(g) + log(abs(q)) - log(sigma) - log(t)
    survival <- pgamma(g, k, lower.tail = q < 0, log.p = TRUE)
    sum(ifelse(d == 1, density, survival))
  }
)
# Royston and Parmar's spline, two internal knots; p are the values of log(-log S) at the knots, from which the
# natural spline through them follows (Green & Silverman), another parametrisation than that of the library
loglik$spline <- function(p, t, d, knots = knots_of(t, d)) {
  curve <- splinefun(knots, p, method = "natural")
  slope <- curve(log(t), deriv = 1)
  if (any(slope[d == 1] <= 0)) return(-Inf)
  sum(d * (curve(log(t)) + log(pmax(slope, 1e-300)) - log(t))) - sum(exp(curve(log(t))))
}
knots_of <- function(t, d) quantile(log(t[d == 1]), 0:3 / 3)
survivals <- list(
  spline = function(t, p) exp(-exp(splinefun(knots, p, method = "natural")(log(t)))),
  exponential = function(t, p) exp(-t * p[1]),
  weibull = function(t, p) pweibull(t, p[1], p[2], lower.tail = FALSE),
  lognormal = function(t, p) plnorm(t, p[1], p[2], lower.tail = FALSE),
  loglogistic = function(t, p) 1 / (1 + (t / p[2])^p[1]),
  gompertz = function(t, p) exp(-p[2] * (exp(p[1] * t) - 1) / p[1]),
  gengamma = function(t, p) pgamma(p[3]^-2 * exp(p[3] * (log(t) - p[1]) / p[2]), p[3]^-2, lower.tail = p[3] < 0)
)

climb <- function(raw, start, t, d) {
  f <- function(p, t, d) { value <- suppressWarnings(raw(p, t, d)); if (is.finite(value)) value else -1e10 }
  for (i in 1:20) {
    found <- optim(start, f, t = t, d = d, control = list(fnscale = -1, reltol = 1e-15, maxit = 5000))
    found <- optim(found$par, f, t = t, d = d, method = "BFGS",
      control = list(fnscale = -1, reltol = 1e-15, maxit = 5000, ndeps = rep(1e-5, length(start))))
    if (max(abs(found$par - start)) < 1e-8) break
    start <- found$par
  }
  found
}

fits <- list()
patients <- read.csv("survival_input.csv")
for (set in c("leukaemia", "rossi", "larynx", "waltons", "simulated")) for (arm in 0:1) {
  one <- patients[patients$set == set & patients$arm == arm, ]
  t <- one$time; d <- one$event
  for (model in names(survivals)) {
    if (model %in% c("exponential", "weibull", "lognormal", "loglogistic")) {
      fit <- survreg(Surv(t, d) ~ 1, dist = model, control = survreg.control(rel.tolerance = 1e-13, maxiter = 100))
      mu <- coef(fit)[[1]]
      p <- switch(model, exponential = exp(-mu), lognormal = c(mu, fit$scale), c(1 / fit$scale, exp(mu)))
      value <- fit$loglik[1]
    } else {
      weibull <- survreg(Surv(t, d) ~ 1)
      start <- if (model == "gompertz") c(0.01 / mean(t), log(sum(d) / sum(t))) else c(coef(weibull)[[1]], log(weibull$scale), 0.9)
      knots <- knots_of(t, d)
      if (model == "spline") start <- (knots - coef(weibull)[[1]]) / weibull$scale
      fit <- climb(loglik[[model]], start, t, d)
      p <- switch(model, spline = fit$par, gompertz = c(fit$par[1], exp(fit$par[2])),
        gengamma = c(fit$par[1], exp(fit$par[2]), fit$par[3]))
      value <- fit$value
    }
    tau <- 3 * max(t)
    # Simpson's rule in the root of time, as integrate() gives up on the steepest curves
    s <- seq(0, 1, length.out = 100001)
    height <- survivals[[model]](tau * pmax(s, 1e-9)^2, p) * 2 * tau * s
    mean <- sum(height * c(1, rep(c(4, 2), length.out = 99999), 1)) / 3e5
    fits[[length(fits) + 1]] <- data.frame(set = set, arm = arm, model = model, p1 = p[1], p2 = p[2], p3 = p[3],
      loglik = value, tau = tau, mean = mean, survival = survivals[[model]](max(t), p))
  }
}
write(fits, "extrapolation_fits")

# ---- rank-preserving structural failure time model: survdiff and a bisection on its z

trial <- read.csv("crossover_input.csv")
z <- function(psi) {
  u <- trial$time - trial$on + exp(psi) * trial$on
  limit <- trial$end * ifelse(trial$arm == 1, exp(psi), min(1, exp(psi)))  # arm 1 was treated all the time
  test <- survdiff(Surv(pmin(u, limit), trial$event == 1 & u <= limit * (1 + 1e-12)) ~ trial$arm)
  (test$obs[2] - test$exp[2]) / sqrt(test$var[2, 2])
}
bisect <- function(low, high, target) {
  while (high - low > 1e-9) {
    middle <- (low + high) / 2
    if ((z(middle) > target) == (z(low) > target)) low <- middle else high <- middle
  }
  low
}
inwards <- function(from, step, target) {  # the outermost crossing on that side, as z may cross more than once
  at <- from
  while ((z(at + step) > target) == (z(from) > target)) at <- at + step
  bisect(min(at, at + step), max(at, at + step), target)
}
psi <- bisect(-3, 3, 0)
u <- with(trial, time - on + exp(psi) * on)
limit <- trial$end * ifelse(trial$arm == 1, exp(psi), min(1, exp(psi)))
control <- trial$arm == 0
shown <- Surv(ifelse(control, pmin(u, limit), trial$time), ifelse(control, trial$event == 1 & u <= limit, trial$event))
write(list(data.frame(psi = psi, low = inwards(-3, 0.005, qnorm(0.975)),
  high = inwards(3, -0.005, qnorm(0.025)),
  z = sapply(-0.5, z), hr = exp(coef(coxph(shown ~ trial$arm))), itt = exp(coef(coxph(Surv(time, event) ~ arm, trial))))),
  "crossover_rpsft")

# ---- matching-adjusted weights by optim, as in NICE DSU Technical Support Document 18, and the weighted Cox model

age <- lung$age; sex <- lung$sex
weights <- list()
for (target in list(c(60, 7, 1.5), c(66, 9, 1.3), c(55, 5, 1.6))) {
  x <- cbind(age - target[1], age^2 - target[1]^2 - target[2]^2, sex - target[3])
  x <- sweep(x, 2, c(10, 1000, 1), "/")  # the weights do not depend on scale; optim does
  f <- function(a) sum(exp(x %*% a))
  g <- function(a) colSums(sweep(x, 1, exp(x %*% a), "*"))
  a <- c(0, 0, 0)
  for (i in 1:10) a <- optim(a, f, g, method = "BFGS", control = list(reltol = 1e-16, maxit = 1000))$par
  w <- as.vector(exp(x %*% a)); w <- w / mean(w)
  arm <- sex - 1
  fit <- coxph(Surv(time, status == 2) ~ arm, data = lung, weights = w, robust = TRUE, ties = "breslow",
    control = coxph.control(eps = 1e-12, toler.chol = 1e-13))
  weights[[length(weights) + 1]] <- data.frame(mean = target[1], sd = target[2], sex = target[3],
    effective = sum(w)^2 / sum(w^2), first = w[1], largest = max(w), hr = exp(coef(fit)), robust = sqrt(vcov(fit)[[1]]))
}
write(weights, "unanchored_weights")

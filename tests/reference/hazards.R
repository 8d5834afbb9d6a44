# Reference values of tests/test_proportional_hazards.py, from survival_input.csv (written by survival_input.py).
# Made with R 4.2.2 and survival 3.5-3:  cd tests/reference && Rscript hazards.R

library(survival)
stopifnot(packageVersion("survival") == "3.5.3")

patients <- read.csv("survival_input.csv")
control <- coxph.control(eps = 1e-13, toler.chol = 1e-14, iter.max = 50)
residuals <- tests <- periods <- list()

for (set in unique(patients$set)) {
  all <- patients[patients$set == set, ]

  # Schoenfeld residuals and their test
  fit <- coxph(Surv(time, event) ~ arm, data = all, ties = "efron", control = control)
  for (transform in c("km", "rank", "identity", "log")) {
    if (transform == "log" && any(all$time[all$event == 1] == 0)) next
    zph <- cox.zph(fit, transform = transform)
    tests[[length(tests) + 1]] <- data.frame(set = set, transform = transform,
      chisq = zph$table["arm", "chisq"], p = zph$table["arm", "p"])
    if (transform == "km")
      residuals[[length(residuals) + 1]] <- data.frame(set = set, time = zph$time, residual = zph$y[, 1])
  }

  # Hazard ratios by period; one cut is the time of an event. The start of survSplit lies before time 0, as some events
  # fall there.
  died <- sort(all$time[all$event == 1])
  cuts <- unique(c(died[ceiling(length(died) / 3)], round(max(all$time) * 0.6, 1)))
  cuts <- sort(cuts[cuts > 0])
  split <- survSplit(Surv(time, event) ~ arm, data = all, cut = cuts, zero = -1, episode = "period")
  for (period in seq_len(length(cuts) + 1)) {
    one <- split[split$period == period, ]
    events <- sapply(0:1, function(arm) sum(one$event[one$arm == arm]))
    at_risk <- sapply(0:1, function(arm) sum(one$arm == arm))
    informative <- FALSE
    if (all(events > 0)) {
      fit <- coxph(Surv(tstart, time, event) ~ arm, data = one, ties = "efron", control = control)
      informative <- is.finite(coef(fit)) && vcov(fit)[[1]] < 100  # not a monotone likelihood
    }
    limits <- if (informative) exp(c(coef(fit), confint(fit, level = 0.9))) else rep(NA, 3)
    periods[[length(periods) + 1]] <- data.frame(set = set, start = c(0, cuts)[period], end = c(cuts, Inf)[period],
      hr = limits[1], low = limits[2], high = limits[3],
      events0 = events[1], events1 = events[2], at_risk0 = at_risk[1], at_risk1 = at_risk[2])
  }
}

for (name in c("residuals", "tests", "periods"))
  write.csv(do.call(rbind, get(name)), paste0("hazards_", name, ".csv"), row.names = FALSE, quote = FALSE, na = "nan")

# Reference values of tests/test_patients.py, from survival_input.csv (written by survival_input.py).
# Made with R 4.2.2 and survival 3.5-3:  cd tests/reference && Rscript survival.R

library(survival)
stopifnot(packageVersion("survival") == "3.5.3")

patients <- read.csv("survival_input.csv")
transforms <- c("log-log" = "log-log", plain = "plain", log = "log", logit = "logit", arcsine = "arcsin")
curves <- rates <- quantiles <- means <- comparisons <- list()

for (set in unique(patients$set)) {
  all <- patients[patients$set == set, ]
  for (arm in 0:1) {
    one <- all[all$arm == arm, ]
    key <- data.frame(set = set, arm = arm)
    fit <- survfit(Surv(time, event) ~ 1, data = one, conf.type = "log-log")
    curves[[length(curves) + 1]] <- cbind(key, time = fit$time, at_risk = fit$n.risk, events = fit$n.event,
      censored = fit$n.censor, survival = fit$surv, error_of_log = fit$std.err, low = fit$lower, high = fit$upper)

    # Rates: at six of the curve's times, with each transform
    at <- unique(round(seq(1, length(fit$time), length.out = 6)))
    for (name in names(transforms)) for (level in c(0.9, 0.95)) {
      other <- survfit(Surv(time, event) ~ 1, data = one, conf.type = transforms[[name]], conf.int = level)
      rates[[length(rates) + 1]] <- cbind(key, t = other$time[at], transform = name, level = level,
        rate = other$surv[at], low = other$lower[at], high = other$upper[at])
    }

    for (level in c(0.9, 0.95)) {
      for (conf in c("log-log", "plain", "log")) {
        fit <- survfit(Surv(time, event) ~ 1, data = one, conf.type = conf, conf.int = level)
        printed <- summary(fit)$table
        limits <- paste0(level, c("LCL", "UCL"))
        quantiles[[length(quantiles) + 1]] <- cbind(key, source = "print", transform = conf, quantile = 0.5, level = level,
          time = printed[["median"]], low = printed[[limits[1]]], high = printed[[limits[2]]])
        share <- c(0.1, 0.25, 0.4, 0.5, 0.75)
        q <- quantile(fit, share)
        quantiles[[length(quantiles) + 1]] <- cbind(key, source = "quantile", transform = conf, quantile = share, level = level,
          time = q$quantile, low = q$lower, high = q$upper)
      }
    }

    taus <- c(min(one$time[one$time > 0]), max(one$time) * c(0.3, 0.75, 1))
    for (tau in taus[taus >= min(one$time)]) {
      restricted <- summary(fit, rmean = tau)$table
      means[[length(means) + 1]] <- cbind(key, tau = tau, mean = restricted[["rmean"]],
        standard_error = restricted[["se(rmean)"]])
    }
  }

  for (stratified in unique(c(FALSE, length(unique(all$stratum)) > 1))) {
    model <- if (stratified) Surv(time, event) ~ arm + strata(stratum) else Surv(time, event) ~ arm
    fit <- coxph(model, data = all, ties = "efron", control = coxph.control(eps = 1e-13, toler.chol = 1e-14, iter.max = 50))
    beta <- coef(fit)[["arm"]]
    test <- survdiff(model, data = all)
    observed <- if (stratified) rowSums(test$obs) else test$obs
    expected <- if (stratified) rowSums(test$exp) else test$exp
    for (level in c(0.9, 0.95)) {
      limits <- exp(confint(fit, level = level))
      comparisons[[length(comparisons) + 1]] <- data.frame(set = set, stratified = stratified, level = level,
        hr = exp(beta), low = limits[[1]], high = limits[[2]], standard_error = sqrt(vcov(fit)[[1]]),
        chisq = test$chisq, excess = observed[[2]] - expected[[2]])
    }
  }
}

for (name in c("curves", "rates", "quantiles", "means", "comparisons"))
  write.csv(do.call(rbind, get(name)), paste0("survival_", name, ".csv"), row.names = FALSE, quote = FALSE, na = "nan")

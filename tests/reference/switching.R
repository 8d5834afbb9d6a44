# Reference values of tests/dosimetry/test_immortal.py: Cox's model with a covariate that switches on, and landmarks.
# Made with R 4.2.2 and survival 3.5-3:  cd tests/reference && Rscript switching.R

library(survival)
stopifnot(packageVersion("survival") == "3.5.3")

# One row a patient. The Stanford heart transplants (Crowley & Hu, J Am Stat Assoc 1977;72:27-36) from their rows
heart_patients <- do.call(rbind, lapply(split(heart, heart$id), function(rows) {
  last <- rows[nrow(rows), ]
  data.frame(set = "heart", time = last$stop, event = last$event,
    switch = if (any(rows$transplant == 1)) rows$start[rows$transplant == 1] else Inf)
}))
set.seed(177)
simulated <- function(set, n, digits) {
  failure <- rexp(n, 1 / 30); censoring <- runif(n, 10, 60)
  data.frame(set = set, time = round(pmin(failure, censoring), digits) + 1, event = as.numeric(failure <= censoring),
    switch = sample(c(0, round(runif(3, 5, 25), digits), Inf), n, TRUE))
}
patients <- rbind(heart_patients, simulated("simulated", 96, 4), simulated("tied", 150, 0),
  data.frame(set = "small", time = 5:9, event = c(1, 1, 1, 0, 1), switch = c(Inf, 2, Inf, 3, 6)),
  data.frame(set = "few", time = c(1, 5:9), event = 1, switch = c(9, 9, 2, 8, 3, 8)))
write.csv(patients, "switching_input.csv", row.names = FALSE, quote = FALSE)

fit <- function(set, method, landmark, formula, data) {
  model <- coxph(formula, data = data, ties = "efron", control = coxph.control(eps = 1e-13, toler.chol = 1e-14, iter.max = 50))
  data.frame(set = set, method = method, landmark = landmark, hr = exp(coef(model)[[1]]), low = exp(confint(model))[[1]],
    high = exp(confint(model))[[2]], standard_error = sqrt(vcov(model)[[1]]))
}
results <- fit("heart", "time-dependent", NA, Surv(start, stop, event) ~ transplant, heart)
for (set in setdiff(unique(patients$set), "heart")) {
  one <- patients[patients$set == set, ]
  switches <- one$switch < one$time
  before <- with(one[!switches | one$switch > 0, ], data.frame(start = 0, stop = pmin(time, switch),
    event = ifelse(switch < time, 0, event), on = 0))
  after <- with(one[switches, ], data.frame(start = switch, stop = time, event = event, on = 1))
  results <- rbind(results, fit(set, "time-dependent", NA, Surv(start, stop, event) ~ on, rbind(before, after)))
}
for (case in list(list("heart", 30), list("heart", 90), list("simulated", 12), list("tied", 12), list("few", 4))) {
  one <- patients[patients$set == case[[1]] & patients$time > case[[2]], ]
  one$on <- as.numeric(one$switch <= case[[2]])
  results <- rbind(results, fit(case[[1]], "landmark", case[[2]], Surv(time, event) ~ on, one))
}
write.csv(results, "switching.csv", row.names = FALSE, quote = FALSE, na = "nan")

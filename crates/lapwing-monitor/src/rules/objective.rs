//! Objectives as recorded error ratios and burn rates.

use std::time::Duration;

use lapwing_config::monitoring::{Filter, Good, Located, Objective, Severity};

use super::{
    AlertOrigin, AlertRule, Burn,
    alert::{Words, literal, pascal_case},
};
use crate::{
    GenerateError, Kind, Metric, Options, Service,
    expression::{Expressions, Window, duration, matchers, quoted},
    words,
};

/// Windows, burn rate, severity for a budget of 30 days: a page when 2 % of it went in an hour or 5 % in six, a ticket when 10 %
/// went in a day or three.
const BURNS: [(u64, u64, f64, Severity); 4] = [
    (3600, 300, 14.4, Severity::Critical),
    (21_600, 1800, 6.0, Severity::Critical),
    (86_400, 7200, 3.0, Severity::Warning),
    (259_200, 21_600, 1.0, Severity::Warning),
];

const MONTH: Duration = Duration::from_secs(30 * 86_400);

/// A share of bad events that is beyond this share is as good as none: an alert that waits for it never fires.
const HIGHEST: f64 = 0.99;

/// Rates from the service's own series reach back at most so many of the shortest window; longer ones are summed up from the
/// shortest, whose cost doesn't grow with the number of series and targets.
const DIRECT: u32 = 72;

/// What is measured of an objective.
pub(crate) struct Indicator<'a> {
    pub(crate) index: usize,
    pub(crate) objective: &'a Objective,
    service: &'a str,
    /// Series that count all events, and those that count good ones.
    pub(crate) all: String,
    pub(crate) good: String,
    /// Those that bad events alone can reach, the fastest first.
    burns: Vec<Burn>,
    /// The shortest window.
    pub(crate) base: Duration,
    /// Interval of evaluation, already divided.
    evaluation: Duration,
    compress: u32,
}

/// A recording rule.
pub(crate) struct Recording {
    pub(crate) name: String,
    pub(crate) expr: String,
}

/// The indicators of all objectives of a service, in their order.
pub(crate) fn indicators(service: &Service, options: Options) -> Result<Vec<Indicator<'_>>, GenerateError> {
    let all = service.monitoring.objectives.iter().enumerate();
    all.map(|(index, objective)| Indicator::new(service, index, objective, options)).collect()
}

pub(super) fn alerts(service: &Service, options: Options) -> Result<Vec<AlertRule>, GenerateError> {
    let indicators = indicators(service, options)?;
    Ok(indicators.iter().flat_map(|indicator| indicator.alerts(service)).collect())
}

impl<'a> Indicator<'a> {
    fn new(
        service: &'a Service,
        index: usize,
        objective: &'a Objective,
        options: Options,
    ) -> Result<Indicator<'a>, GenerateError> {
        let monitoring = &service.monitoring;
        let (all, good) = events(service, objective)?;
        // Rates need four scrapes at least.
        let shortest = 4 * monitoring.scrape.interval;
        let scaled = |seconds: u64| {
            let scaled = Duration::from_secs(seconds).as_millis() * objective.window.as_millis() / MONTH.as_millis();
            let whole = if scaled >= 10_000 { scaled / 1000 * 1000 } else { scaled };
            Duration::from_millis(u64::try_from(whole).unwrap_or(u64::MAX)).max(shortest)
        };
        let burns = BURNS.iter().map(|&(long, short, factor, severity)| Burn {
            factor,
            long: scaled(long),
            short: scaled(short),
            severity,
        });
        let burns: Vec<Burn> = burns.filter(|burn| is_reachable(burn.factor, objective)).collect();
        if burns.is_empty() {
            let target = &objective.target;
            let message = format!(
                "no alert can watch a target of {} %: even if all events are bad, they are no more than may be",
                target.value
            );
            let help = "promise more, or leave the objective out".to_owned();
            return Err(GenerateError::new(&monitoring.service, target, message, Some(help)));
        }
        Ok(Indicator {
            index,
            objective,
            service: &monitoring.service,
            all,
            good,
            burns,
            base: scaled(BURNS[0].1),
            evaluation: service.evaluation_interval(options),
            compress: options.compress,
        })
    }

    /// Which part of events may be bad.
    pub(crate) fn budget(&self) -> f64 {
        budget(self.objective)
    }

    /// Labels of everything that is recorded of it.
    pub(crate) fn labels(&self) -> Vec<(String, String)> {
        vec![
            ("objective".to_owned(), self.objective.name.value.clone()),
            ("service".to_owned(), self.service.to_owned()),
        ]
    }

    /// Selects what was recorded of it under `name`.
    fn recorded(&self, name: &str) -> String {
        format!("{name}{{service={},objective={}}}", quoted(self.service), quoted(&self.objective.name))
    }

    /// All windows, the objective's own last.
    fn windows(&self) -> Vec<Duration> {
        let mut windows: Vec<Duration> = self.burns.iter().flat_map(|burn| [burn.short, burn.long]).collect();
        windows.push(self.objective.window);
        windows.sort();
        windows.dedup();
        windows
    }

    /// A window as it is asked for.
    pub(crate) fn real(&self, window: Duration) -> Duration {
        window / self.compress
    }

    fn range(&self, window: Duration) -> String {
        duration(self.real(window))
    }

    /// Its alerts, the most urgent first.
    pub(crate) fn alerts(&self, service: &Service) -> Vec<AlertRule> {
        self.burns.iter().map(|burn| self.alert(service, *burn)).collect()
    }

    fn is_direct(&self, window: Duration) -> bool {
        window <= DIRECT * self.base
    }

    /// Everything that is recorded, in an order in which each needs only those before it.
    ///
    /// Names hold windows as declared, also where they are divided, so that dashboards and runbooks stay true to them.
    pub(crate) fn recordings(&self) -> Vec<Recording> {
        let mut recordings = Vec::new();
        let mut record = |name: String, expr: String| recordings.push(Recording { name, expr });
        let (all, bad) = (events_rate(self.base), bad_rate(self.base));
        let rate = |series: &str, window: Duration| format!("sum (rate({series}[{}]))", self.range(window));
        let bad_of = |window: Duration| {
            let (all, good) = (rate(&self.all, window), rate(&self.good, window));
            // Good events that never happened have no series yet: then all are bad.
            format!("{all}\n-\n({good} or {all} * 0)")
        };
        record(all.clone(), rate(&self.all, self.base));
        record(bad.clone(), format!("clamp_min(\n{},\n0\n)", bad_of(self.base)));
        let (all, bad) = (self.recorded(&all), self.recorded(&bad));
        let sum = |series: &str, window: Duration| format!("sum_over_time({series}[{}])", self.range(window));
        for window in self.windows() {
            // Without events there is no ratio, instead of one that is no number.
            let expr = match window {
                window if window == self.base => format!("{bad}\n/\n({all} > 0)"),
                window if self.is_direct(window) => {
                    format!("clamp_min(\n{},\n0\n)\n/\n({} > 0)", bad_of(window), rate(&self.all, window))
                }
                window => format!("{}\n/\n({} > 0)", sum(&bad, window), sum(&all, window)),
            };
            record(ratio(window), expr);
        }
        for burn in &self.burns {
            let expr = if self.is_direct(burn.long) {
                format!("sum (increase({}[{}]))", self.all, self.range(burn.long))
            } else {
                // Each recorded rate stands for one evaluation.
                format!("{} * {}", sum(&all, burn.long), self.evaluation.as_secs_f64())
            };
            let name = increase(burn.long);
            if self.burns.iter().take_while(|other| *other != burn).all(|other| other.long != burn.long) {
                record(name, expr);
            }
        }
        let whole = self.recorded(&ratio(self.objective.window));
        record("objective:error_budget_remaining:ratio".to_owned(), format!("1 - {whole} / {}", self.budget()));
        recordings
    }

    fn alert(&self, service: &Service, burn: Burn) -> AlertRule {
        let Burn { factor, long, short, severity } = burn;
        let name = format!(
            "{}{}Burns{}",
            pascal_case(self.service),
            pascal_case(&self.objective.name),
            if severity == Severity::Critical { "Fast" } else { "Slowly" },
        );
        let bad = |window| format!("{} > {factor} * {}", self.recorded(&ratio(window)), self.budget());
        let enough = format!("{} >= {}", self.recorded(&increase(long)), self.objective.min_events);
        let summary = format!(
            "{}: the error budget of {} burns {factor} times too fast",
            literal(self.service),
            literal(&self.objective.name)
        );
        let description = format!(
            "{} {}% of events are to be good over {}, and {{{{ $value | humanizePercentage }}}} were bad in the last {}.",
            literal(self.objective.summary.trim()),
            self.objective.target.value,
            duration(self.objective.window),
            self.range(long),
        );
        let words = Words {
            name: &name,
            severity,
            summary: &summary,
            description: Some(&description),
            labels: &[
                ("long_window".to_owned(), duration(long)),
                ("objective".to_owned(), self.objective.name.value.clone()),
            ],
        };
        let (labels, annotations) = words.dress(service);
        AlertRule {
            name,
            expr: format!("{}\nand\n{}\nand\n{enough}", bad(long), bad(short)),
            for_: Duration::ZERO,
            keep_firing_for: Duration::ZERO,
            severity,
            labels,
            annotations,
            runbook: self.objective.runbook.clone(),
            origin: AlertOrigin::Objective { index: self.index, burn },
        }
    }
}

/// Whether bad events can burn the budget so fast.
fn is_reachable(factor: f64, objective: &Objective) -> bool {
    factor * budget(objective) <= HIGHEST
}

/// Whether an objective can page anybody.
pub(crate) fn pages(objective: &Objective) -> bool {
    BURNS.iter().any(|&(.., factor, severity)| severity == Severity::Critical && is_reachable(factor, objective))
}

/// 100 - 99.9 is 0.1 here.
fn budget(objective: &Objective) -> f64 {
    ((100.0 - objective.target.value) * 1e9).round() / 1e11
}

fn events_rate(window: Duration) -> String {
    format!("objective:events:rate{}", duration(window))
}

fn bad_rate(window: Duration) -> String {
    format!("objective:bad_events:rate{}", duration(window))
}

fn ratio(window: Duration) -> String {
    format!("objective:bad_events:ratio_rate{}", duration(window))
}

fn increase(window: Duration) -> String {
    format!("objective:events:increase{}", duration(window))
}

/// Selectors of all events and of good ones.
fn events(service: &Service, objective: &Objective) -> Result<(String, String), GenerateError> {
    let monitoring = &service.monitoring;
    let job = format!("job={}", quoted(&monitoring.scrape.job));
    let selector = |metric: &Metric, name: &str, filters: &[&Filter], more: Option<String>| {
        let mut all = vec![job.clone()];
        for filter in filters {
            for matcher in matchers(metric, filter) {
                if !all.contains(&matcher) {
                    all.push(matcher);
                }
            }
        }
        all.extend(more);
        format!("{name}{{{}}}", all.join(","))
    };
    match &objective.good {
        Good::Events { instrument, good, of } => {
            let metric = metric(service, instrument)?;
            let Some(name) = metric.events() else {
                return Err(kind(service, instrument, metric, "a counter or a histogram"));
            };
            Ok((selector(metric, &name, &[of], None), selector(metric, &name, &[of, good], None)))
        }
        Good::Within { instrument, within, good, of } => {
            let metric = metric(service, instrument)?;
            if metric.kind != Kind::Histogram {
                return Err(kind(service, instrument, metric, "a histogram"));
            }
            bound(service, instrument, within, metric)?;
            let le = format!("le={}", quoted(&Metric::le(within.value)));
            let (all, buckets) = (format!("{}_count", metric.name), format!("{}_bucket", metric.name));
            Ok((selector(metric, &all, &[of], None), selector(metric, &buckets, &[of, good], Some(le))))
        }
    }
}

fn metric<'a>(service: &'a Service, instrument: &Located<String>) -> Result<&'a Metric, GenerateError> {
    let monitoring = &service.monitoring;
    let window = Window::Declared { compress: 1 };
    let expressions = Expressions { signals: &service.signals, job: &monitoring.scrape.job, window, variables: &[] };
    expressions.instrument(instrument).map_err(|error| GenerateError::query(&monitoring.service, &error))
}

fn kind(service: &Service, instrument: &Located<String>, metric: &Metric, needed: &str) -> GenerateError {
    let message = format!("`{}` is a {}, and this objective asks for {needed}", instrument.value, metric.kind.as_str());
    GenerateError::new(&service.monitoring.service, instrument, message, None)
}

fn bound(
    service: &Service,
    instrument: &Located<String>,
    within: &Located<f64>,
    metric: &Metric,
) -> Result<(), GenerateError> {
    let fail = |message: String, help: String| {
        Err(GenerateError::new(&service.monitoring.service, within, message, Some(help)))
    };
    let Some(bounds) = &metric.bounds else {
        let message = format!("`{}` has no fixed bounds to count events within", instrument.value);
        return fail(message, "give it boundaries in a view of telemetry.yaml".to_owned());
    };
    if bounds.contains(&within.value) {
        return Ok(());
    }
    let list: Vec<String> = bounds.iter().map(|&bound| words::with_unit(bound, &metric.unit)).collect();
    fail(
        format!("{} is none of the bounds of `{}`", words::with_unit(within.value, &metric.unit), instrument.value),
        format!("take one of {}, or add it to the boundaries in telemetry.yaml", list.join(", ")),
    )
}

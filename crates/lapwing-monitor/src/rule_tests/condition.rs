//! Tests of declared alerts, derived from their conditions.

use std::time::Duration;

use lapwing_config::monitoring::{Aggregate, Alert, Comparison, Condition, Filter, Query, Series};

use super::{
    Phase, Sample, Scene, Story,
    alerts::Alerts,
    case::Case,
    company::Company,
    declared,
    labels::Labels,
    promql,
    time::{coarse, sampling, whole},
};
use crate::{
    AlertRule, GenerateError, Metric, Options, Service,
    expression::{Expressions, Window},
};

pub(super) fn stories(
    service: &Service,
    alert: &Alert,
    rule: &AlertRule,
    options: Options,
    evaluation: Duration,
) -> Result<Vec<Story>, GenerateError> {
    let case = match &alert.condition {
        Condition::PromQl(_) | Condition::Threshold { query: Query::PromQl(_), .. } => {
            promql::case(service, &rule.expr, evaluation)
        }
        Condition::Threshold { query, comparison, threshold, min_events } => {
            let level = Level { comparison: *comparison, threshold: threshold.value, min_events: *min_events };
            level.case(service, query, options)?
        }
    };
    let given = declared::stories(rule, alert, evaluation);
    let mut stories = match case {
        Some(case) => told(rule, &case, evaluation),
        None => {
            declared::complete(service, alert)?;
            Vec::new()
        }
    };
    // The times of those that are given aren't of a drill.
    stories.extend(given.into_iter().filter(|_| options.compress == 1));
    Ok(stories)
}

/// The stories of a case.
pub(super) fn told(rule: &AlertRule, case: &Case, evaluation: Duration) -> Vec<Story> {
    let evaluation = coarse(evaluation, case.window);
    let interval = sampling(evaluation, case.window);
    let (settled, for_) = (whole(case.window + 2 * interval, evaluation), rule.for_);
    let mut stories = Vec::new();
    let company = Company::of(rule, case);
    let none = |at| Alerts::none(&rule.name, at);
    let fires = |at, value| none(at).and(rule, &case.labels(), value);
    let mut tell = |what: &str, phases: Vec<(Duration, Scene)>, alerts: Vec<Alerts>| {
        stories.push(Story {
            name: format!("{} {what}", rule.name),
            interval,
            evaluation,
            phases: phases.into_iter().map(|(lasts, scene)| Phase { lasts, scene }).collect(),
            given: Vec::new(),
            holds: Vec::new(),
            alerts,
            expected: Vec::new(),
        });
    };
    // Whatever it takes, plus two evaluations.
    let waited = whole(for_, evaluation) + 2 * evaluation;
    let late = settled + waited;
    let ever = late + evaluation;
    let (good, bad) = &case.far;
    // Of what is missing, that is when it fires.
    if bad.series.is_empty() || bad.series.iter().any(|(_, sample)| *sample != Sample::Gone) {
        tell("doesn't fire without data", Vec::new(), vec![none(waited)]);
    }
    if let Some((within, beyond)) = &case.near {
        tell("doesn't fire at its bound", vec![(ever, company.quiet(within))], vec![none(late)]);
        tell("fires just beyond its bound", vec![(ever, company.firing(beyond))], vec![fires(late, beyond.value)]);
    }
    if let Some(few) = &case.few {
        tell("doesn't fire for few events", vec![(ever, company.quiet(few))], vec![none(late)]);
    }
    if let Some(never) = &case.never {
        tell("fires if it never happened", vec![(ever, company.firing(never))], vec![fires(late, never.value)]);
    }
    if !bad.series.is_empty() {
        let begins = 4 * evaluation;
        let ends = begins + late;
        let keeps = whole(rule.keep_firing_for, evaluation);
        let gone = ends + settled + keeps + 2 * evaluation;
        let mut alerts = vec![none(begins - evaluation)];
        if for_ > evaluation {
            alerts.push(none(begins + whole(for_, evaluation) - 2 * evaluation));
        }
        alerts.push(fires(ends - evaluation, bad.value));
        if rule.keep_firing_for > 2 * evaluation {
            // The value is the last one that it fired for, on its way back.
            alerts.push(fires(ends + keeps - 2 * evaluation, bad.value.filter(|_| case.window.is_zero())));
        }
        alerts.push(none(gone));
        let after = company.quiet(case.after.as_ref().unwrap_or(good));
        let phases =
            vec![(begins, company.quiet(good)), (late, company.firing(bad)), (gone + evaluation - ends, after)];
        tell("fires after its time and resolves", phases, alerts);
    }
    stories
}

/// The threshold of a condition.
struct Level {
    comparison: Comparison,
    threshold: f64,
    min_events: u64,
}

/// Values: just doesn't, just does, doesn't by far, does by far.
type Values = [f64; 4];

impl Level {
    fn case(&self, service: &Service, query: &Query, options: Options) -> Result<Option<Case>, GenerateError> {
        let monitoring = &service.monitoring;
        let window = Window::Declared { compress: options.compress };
        let expressions =
            Expressions { signals: &service.signals, job: &monitoring.scrape.job, window, variables: &[] };
        let metric =
            |of: &Series| expressions.metric(of).map_err(|error| GenerateError::query(&monitoring.service, &error));
        let labels =
            |of: &Series, metric: &Metric| Labels::of(service).having(&of.filter, metric).apart(&of.by, metric);
        let over = |of: &Series| of.over / options.compress;
        Ok(match query {
            Query::Value { of, aggregate } => {
                let metric = metric(of)?;
                self.gauge(labels(of, metric), &metric.name, *aggregate)
            }
            Query::Rate { of, per } => {
                let metric = metric(of)?;
                // The rate itself isn't divided, only the window it is taken over.
                self.counter(labels(of, metric), metric, over(of), per.as_secs_f64())
            }
            Query::Increase(of) => {
                let metric = metric(of)?;
                self.counter(labels(of, metric), metric, over(of), over(of).as_secs_f64())
            }
            Query::Share { of, part } => {
                let metric = metric(of)?;
                self.share(labels(of, metric), metric, over(of), part)
            }
            Query::Quantile { of, q } => {
                let metric = metric(of)?;
                self.quantile(labels(of, metric), metric, over(of), q.value)
            }
            Query::PromQl(_) => None,
        })
    }

    /// Values around the threshold that a number can have; `step` is what counts as just.
    fn values(&self, step: f64, far: f64) -> Values {
        let threshold = self.threshold;
        match self.comparison {
            Comparison::Above => [threshold, threshold + step, threshold - far, threshold + far],
            Comparison::Below => [threshold, threshold - step, threshold + far, threshold - far],
            Comparison::Equals => [threshold + step, threshold, threshold + far, threshold],
        }
    }

    fn gauge(&self, labels: Labels, name: &str, aggregate: Aggregate) -> Option<Case> {
        if aggregate == Aggregate::Count {
            return self.count(labels, name);
        }
        let step = if self.threshold.fract() == 0.0 { 1.0 } else { self.threshold.abs() / 100.0 };
        let series = labels.series(name);
        let scene = |value: f64| Scene::of(vec![(series.clone(), Sample::Is(value))]).yields(value);
        let [within, beyond, good, bad] = self.values(step, step.max(self.threshold.abs()) * 2.0).map(scene);
        Some(Case { near: Some((within, beyond)), ..Case::new(Duration::ZERO, (good, bad)) })
    }

    /// So many series.
    fn count(&self, labels: Labels, name: &str) -> Option<Case> {
        let numbers = self.values(1.0, 1.0);
        let most = numbers.iter().fold(0.0_f64, |most, number| most.max(*number));
        if !(1.0..=100.0).contains(&most) || self.threshold.fract() != 0.0 {
            return None;
        }
        let scene = |number: f64| {
            let series = (1..=most as usize).map(|index| {
                let sample = if index as f64 <= number { Sample::Is(1.0) } else { Sample::Gone };
                (labels.clone().with("__series", &index.to_string()).series(name), sample)
            });
            Scene::of(series.collect()).yields(number)
        };
        let [within, beyond, good, bad] = numbers.map(scene);
        Some(Case { near: Some((within, beyond)), ..Case::new(Duration::ZERO, (good, bad)) })
    }

    fn counter(&self, labels: Labels, metric: &Metric, window: Duration, per: f64) -> Option<Case> {
        let series = labels.series(&metric.events()?);
        let scene = |value: f64| Scene::of(vec![(series.clone(), Sample::Moves(value.max(0.0) / per))]).yields(value);
        let enough = 1.1 * self.min_events as f64 * per / window.as_secs_f64();
        let threshold = self.threshold;
        let (near, far) = match self.comparison {
            // Rates are sums of many divisions: exactly the bound can't be met.
            Comparison::Above if threshold > 0.0 => {
                (Some((0.99 * threshold, (1.01 * threshold).max(enough))), (0.0, (10.0 * threshold).max(enough)))
            }
            Comparison::Above if threshold == 0.0 => (None, (0.0, enough.max(per / window.as_secs_f64()))),
            Comparison::Below if threshold > enough => {
                (Some((1.01 * threshold, (0.99 * threshold).max(enough))), (10.0 * threshold, enough))
            }
            Comparison::Equals if threshold == 0.0 && self.min_events == 0 => (None, (10.0, 0.0)),
            _ => return None,
        };
        let near = near.map(|(within, beyond)| (scene(within), scene(beyond)));
        Some(Case { near, ..Case::new(window, (scene(far.0), scene(far.1))) })
    }

    fn share(&self, labels: Labels, metric: &Metric, window: Duration, part: &Filter) -> Option<Case> {
        let name = metric.events()?;
        let (inside, outside) = (labels.clone().having(part, metric), labels.lacking(part, metric));
        let mut case = self.ratio(self.threshold, window, |share, events| {
            let part = (inside.series(&name), Sample::Moves(share * events));
            let rest = (outside.series(&name), Sample::Moves((1.0 - share) * events));
            Scene::of(vec![part, rest]).yields(share)
        })?;
        if self.comparison == Comparison::Below {
            let rest = (outside.series(&name), Sample::Moves(self.events(window).0));
            case.never = Some(Scene::of(vec![rest]).yields(0.0));
        }
        Some(case)
    }

    fn quantile(&self, labels: Labels, metric: &Metric, window: Duration, q: f64) -> Option<Case> {
        let bounds = metric.bounds.clone().unwrap_or_else(|| vec![self.threshold / 2.0, self.threshold * 2.0]);
        let (buckets, count) = (format!("{}_bucket", metric.name), format!("{}_count", metric.name));
        if bounds.contains(&self.threshold) {
            let bucket = |bound| labels.clone().with("le", &Metric::le(bound)).series(&buckets);
            let exact = Level { comparison: self.comparison, threshold: q, min_events: self.min_events };
            // Above the bound is less within it.
            let exact = match self.comparison {
                Comparison::Above => Level { comparison: Comparison::Below, ..exact },
                Comparison::Below => Level { comparison: Comparison::Above, ..exact },
                Comparison::Equals => return None,
            };
            return exact.ratio(q, window, |share, events| {
                let all = Sample::Moves(events);
                let within = (bucket(self.threshold), Sample::Moves(share * events));
                Scene::of(vec![within, (bucket(f64::INFINITY), all), (labels.series(&count), all)]).yields(share)
            });
        }
        // All events below the first bound, or all beyond the last: then the quantile is the last bound.
        let (first, last) = (*bounds.first()?, *bounds.last()?);
        if !(first < self.threshold && self.threshold < last) || self.comparison == Comparison::Equals {
            return None;
        }
        let scene = |beyond: bool, events: f64| {
            let mut scene = Vec::new();
            for bound in bounds.iter().copied().chain([f64::INFINITY]) {
                let counts = !beyond || bound == f64::INFINITY;
                let le = labels.clone().with("le", &Metric::le(bound)).series(&buckets);
                scene.push((le, Sample::Moves(if counts { events } else { 0.0 })));
            }
            scene.push((labels.series(&count), Sample::Moves(events)));
            Scene::of(scene)
        };
        let (events, few) = self.events(window);
        let bad = self.comparison == Comparison::Above;
        let far = (scene(!bad, events), scene(bad, events));
        Some(Case { few: few.map(|few| scene(bad, few)), ..Case::new(window, far) })
    }

    /// Of a share against `threshold`.
    fn ratio(&self, threshold: f64, window: Duration, scene: impl Fn(f64, f64) -> Scene) -> Option<Case> {
        let step = threshold.min(1.0 - threshold) / 10.0;
        let (events, few) = self.events(window);
        if step < 0.0 || self.comparison == Comparison::Equals {
            return None;
        }
        let sign = if self.comparison == Comparison::Above { 1.0 } else { -1.0 };
        let (good, bad) = if sign > 0.0 { (0.0, 1.0) } else { (1.0, 0.0) };
        let near =
            (step > 0.0).then(|| (scene(threshold - sign * step, events), scene(threshold + sign * step, events)));
        let far = (scene(good, events), scene(bad, events));
        Some(Case { near, few: few.map(|few| scene(bad, few)), ..Case::new(window, far) })
    }

    /// Events a second: enough, and too few if so many can be.
    fn events(&self, window: Duration) -> (f64, Option<f64>) {
        let least = self.min_events as f64 / window.as_secs_f64();
        let enough = (1.2 * least).max(1.0);
        (enough, (self.min_events > 0).then_some(0.8 * least))
    }
}

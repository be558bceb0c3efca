//! Tests of the burn rates of an objective.

use std::{collections::BTreeSet, time::Duration};

use lapwing_config::monitoring::Good;
use lapwing_promql::{Dialect, parse};

use super::{
    Phase, Sample, Scene, Story,
    alerts::{Alerts, Expected},
    labels::{INSTANCES, Labels, Series},
    story::number_text,
    time::{coarse, sampling, steps, whole},
};
use crate::{AlertOrigin, AlertRule, Burn, Metric, Service, expression::quoted, rules::Indicator};

/// How far from a bound it is certain on which side a rate is, whose windows hold samples of several moments.
const SLACK: f64 = 0.15;

/// Events of an objective.
struct Events<'a> {
    service: &'a Service,
    indicator: &'a Indicator<'a>,
    rules: Vec<(Burn, AlertRule)>,
    evaluation: Duration,
    interval: Duration,
}

pub(super) fn stories(service: &Service, indicator: &Indicator<'_>, evaluation: Duration) -> Vec<Story> {
    let rules = indicator.alerts(service).into_iter().filter_map(|rule| match rule.origin {
        AlertOrigin::Objective { burn, .. } => Some((burn, rule)),
        _ => None,
    });
    let interval = sampling(evaluation, indicator.real(indicator.base));
    let mut events = Events { service, indicator, rules: rules.collect(), evaluation, interval };
    let mut stories = vec![events.few(), events.never_good()];
    for (burn, _) in &events.rules {
        for part in [0.99, 1.01] {
            stories.extend(events.steady(part * burn.factor));
        }
    }
    let longest = events.rules.iter().map(|(burn, _)| indicator.real(burn.short)).max().unwrap_or_default();
    events.evaluation = coarse(evaluation, longest);
    stories.extend([events.resolves(), events.bursts()]);
    stories
}

impl Events<'_> {
    /// So many events a second, of which this share is bad, half of them of each of two instances; and those of another job, of which
    /// none is bad.
    fn scene(&self, rate: f64, bad: f64) -> Scene {
        let half = self.instance(rate / 2.0, bad);
        let second = half.iter().map(|(series, sample)| (series.on(INSTANCES[1]), *sample));
        let other = self.instance(self.enough(), 0.0);
        let other = other.iter().map(|(series, sample)| (series.of_another_job(), *sample));
        Scene::of(half.iter().cloned().chain(second).chain(other).collect())
    }

    /// Events of one instance.
    fn instance(&self, rate: f64, bad: f64) -> Vec<(Series, Sample)> {
        let (service, labels) = (self.service, Labels::of(self.service));
        let metric = |name: &str| service.signals.instrument(name);
        let (all, good) = (Sample::Moves(rate), Sample::Moves(rate * (1.0 - bad)));
        match &self.indicator.objective.good {
            Good::Events { instrument, good: filter, of } => {
                let Some((metric, name)) = metric(instrument).and_then(|metric| Some((metric, metric.events()?)))
                else {
                    return Vec::new();
                };
                let labels = labels.having(of, metric);
                vec![
                    (labels.clone().having(filter, metric).series(&name), good),
                    (labels.lacking(filter, metric).series(&name), Sample::Moves(rate * bad)),
                ]
            }
            Good::Within { instrument, within, good: filter, of } => {
                let Some(metric) = metric(instrument) else { return Vec::new() };
                let labels = labels.having(of, metric);
                let (counts, buckets) = (format!("{}_count", metric.name), format!("{}_bucket", metric.name));
                let bucket =
                    |bound| labels.clone().having(filter, metric).with("le", &Metric::le(bound)).series(&buckets);
                vec![(labels.series(&counts), all), (bucket(within.value), good), (bucket(f64::INFINITY), all)]
            }
        }
    }

    /// Events a second that are enough, however short the time, and although each long step stands for a single evaluation where rates
    /// are summed up.
    fn enough(&self) -> f64 {
        20.0 * self.indicator.objective.min_events.max(1) as f64 / self.interval.as_secs_f64()
    }

    /// Of each name, at this time, the alerts of the rules for which this holds, with the share of bad events.
    fn alerts(&self, at: Duration, bad: f64, fires: impl Fn(&Burn) -> bool) -> Vec<Alerts> {
        let mut names: Vec<&str> = self.rules.iter().map(|(_, rule)| rule.name.as_str()).collect();
        names.dedup();
        let recorded = self.recorded();
        let all = names.into_iter().map(|name| {
            let firing = self.rules.iter().filter(|(burn, rule)| rule.name == name && fires(burn));
            firing.fold(Alerts::none(name, at), |alerts, (_, rule)| alerts.and(rule, &recorded, Some(bad)))
        });
        all.collect()
    }

    fn story(&self, what: &str, phases: Vec<Phase>, alerts: Vec<Alerts>) -> Story {
        let name =
            format!("{} of {}: {what}", self.indicator.objective.name.value, self.service.monitoring.service.value);
        Story {
            name,
            interval: self.interval,
            evaluation: self.evaluation,
            phases,
            given: Vec::new(),
            holds: Vec::new(),
            alerts,
            expected: Vec::new(),
        }
    }

    /// A budget that burns at one pace: a fast one pages, a slow one is a ticket only.
    fn steady(&self, factor: f64) -> Option<Story> {
        let bad = factor * self.indicator.budget();
        if bad > 1.0 {
            return None;
        }
        let lasts = whole(self.indicator.real(self.indicator.base), self.evaluation);
        let phase = Phase { lasts: lasts + self.evaluation, scene: self.scene(self.enough(), bad) };
        let alerts = self.alerts(lasts, bad, |burn| burn.factor < factor);
        let mut story = self.story(&format!("the budget burns {:.2} times too fast", factor), vec![phase], alerts);
        let (service, objective) = (quoted(&self.service.monitoring.service), quoted(&self.indicator.objective.name));
        let ratios = |name: &String| name.starts_with("objective:bad_events:ratio_rate");
        let windows = self.indicator.recordings().into_iter().filter(|recording| ratios(&recording.name)).count();
        let of_all =
            format!("{{__name__=~\"objective:bad_events:ratio_rate.+\",service={service},objective={objective}}}");
        // Sums of floats are never quite exact.
        let [least, most] = [0.999, 1.001].map(|factor| number_text(factor * bad));
        story.holds.push((format!("count ({of_all} > {least} < {most}) == bool {windows}"), lasts));
        let left = format!("objective:error_budget_remaining:ratio{{service={service},objective={objective}}}");
        story.holds.push((format!("count (abs ({left} - {}) < 0.001)", number_text(1.0 - factor)), lasts));
        Some(story)
    }

    /// All events are bad, and no good one ever was: it has no series.
    fn never_good(&self) -> Story {
        let lasts = whole(self.indicator.real(self.indicator.base), self.evaluation);
        let mut scene = self.scene(self.enough(), 1.0);
        scene.series.retain(|(_, sample)| *sample != Sample::Moves(0.0));
        let alerts = self.alerts(lasts, 1.0, |_| true);
        self.story("no event was ever good", vec![Phase { lasts: lasts + self.evaluation, scene }], alerts)
    }

    /// All events are bad, but there are half as many as it takes.
    fn few(&self) -> Story {
        let base = whole(self.indicator.real(self.indicator.base), self.evaluation);
        let rate = self.indicator.objective.min_events as f64 / 2.0 / base.as_secs_f64();
        let phases = vec![
            Phase { lasts: base, scene: self.scene(rate, 1.0) },
            Phase { lasts: 2 * base, scene: self.scene(0.0, 1.0) },
        ];
        let times = [base / 2, base, 2 * base].map(|time| whole(time, self.evaluation));
        let alerts = times.iter().flat_map(|time| self.alerts(*time, 1.0, |_| false)).collect();
        let given = self.recorded_of_others(3 * base);
        Story { given, ..self.story("few events alert nobody", phases, alerts) }
    }

    /// What is recorded of another objective, and of the same of another service, wherever rules ask for what was recorded.
    fn recorded_of_others(&self, lasts: Duration) -> Vec<(String, String)> {
        let own = self.recorded();
        let others = ["objective", "service"].map(|label| {
            let other = format!("not-{}", own.get(label).unwrap_or_default());
            own.clone().with(label, &other)
        });
        let mut asked = BTreeSet::new();
        for recording in self.indicator.recordings() {
            let Ok(expr) = parse(&recording.expr, Dialect::Prometheus) else { continue };
            let selectors = expr.selectors();
            let recorded = selectors.iter().filter(|used| used.selector.matchers_of("objective").next().is_some());
            asked.extend(recorded.filter_map(|used| Some(used.selector.metric()?.0.to_owned())));
        }
        let values = format!("1x{}", steps(lasts, self.interval));
        let series = others.iter().flat_map(|labels| asked.iter().map(|name| labels.series(name).to_string()));
        series.map(|series| (series, values.clone())).collect()
    }

    /// Labels of all that is recorded of it.
    fn recorded(&self) -> Labels {
        self.indicator.labels().iter().fold(Labels::default(), |all, (name, value)| all.with(name, value))
    }

    /// All is well until, at the end, so many events are bad that every short window is beyond its limit, and no long one.
    fn bursts(&self) -> Story {
        let burns = || self.rules.iter().map(|(burn, _)| burn);
        let seconds = |window: Duration| self.indicator.real(window).as_secs_f64();
        let most = |of: &dyn Fn(&Burn) -> f64| burns().map(of).fold(0.0, f64::max);
        // Seconds in which all events are bad, per share that may be.
        let bad = 1.1 * most(&|burn| burn.factor * seconds(burn.short));
        let lasts = whole(Duration::from_secs_f64(most(&|burn| bad / 0.9 / burn.factor)), self.evaluation);
        let bad = bad * self.indicator.budget();
        let burst = whole(Duration::from_secs_f64(bad.max(seconds(self.indicator.base))), self.evaluation);
        let share = bad / burst.as_secs_f64();
        // What a sample counts lies before it.
        let phases = vec![
            Phase { lasts: lasts - burst + self.interval, scene: self.scene(self.enough(), 0.0) },
            Phase { lasts: burst, scene: self.scene(self.enough(), share) },
        ];
        self.story("many are bad for a short time", phases, self.alerts(lasts, share, |_| false))
    }

    /// All events are bad for a time, then none: each alert ends when its short window has seen the last of them.
    fn resolves(&self) -> Story {
        let real = |window: Duration| self.indicator.real(window).as_secs_f64();
        let base = whole(self.indicator.real(self.indicator.base), self.evaluation);
        let longest = self.rules.iter().map(|(burn, _)| self.indicator.real(burn.short)).max().unwrap_or(base);
        let lasts = whole(longest.mul_f64(1.0 + SLACK), self.evaluation) + 2 * self.evaluation;
        let phases = vec![
            Phase { lasts: base, scene: self.scene(self.enough(), 1.0) },
            Phase { lasts: lasts + self.evaluation, scene: self.scene(self.enough(), 0.0) },
        ];
        // Samples count what lies before them, and which of them a window holds differs: so much of it is bad at least, and at most.
        let ratio = |window: f64, at: f64, ends: Duration| {
            let begin = (at - window).max(0.0);
            (ends.as_secs_f64().max(begin) - begin) / (at - begin)
        };
        let mut expected = Vec::new();
        let shorts = self.rules.iter().map(|(burn, _)| self.indicator.real(burn.short));
        let times = shorts.flat_map(|short| [short.mul_f64(0.5), short.mul_f64(1.0 + SLACK) + self.evaluation]);
        for time in [Duration::ZERO].into_iter().chain(times) {
            let at = base + whole(time, self.evaluation) - self.evaluation;
            for (burn, rule) in &self.rules {
                let limit = burn.factor * self.indicator.budget();
                let windows = [real(burn.long), real(burn.short)];
                let least = windows.map(|window| ratio(window, at.as_secs_f64(), base - 2 * self.interval));
                let most = windows.map(|window| ratio(window, at.as_secs_f64(), base));
                let (beyond, within) = (limit * (1.0 + SLACK) + 0.01, limit * (1.0 - SLACK) - 0.01);
                if least.iter().all(|ratio| *ratio > beyond) {
                    expected.push(Expected::of(rule, at, true));
                } else if most.iter().any(|ratio| *ratio < within || *ratio == 0.0) {
                    expected.push(Expected::of(rule, at, false));
                }
            }
        }
        Story { expected, ..self.story("every event is bad for a time", phases, Vec::new()) }
    }
}

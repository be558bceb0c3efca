//! Tests of the alerts that every service gets.

use std::time::Duration;

use super::{
    Phase, Sample, Scene, Story,
    alerts::Alerts,
    case::Case,
    company::Company,
    condition::told,
    labels::Labels,
    time::{coarse, whole},
};
use crate::{AlertRule, Options, Service, Standard, rules};

pub(super) fn stories(
    service: &Service,
    kind: Standard,
    rule: &AlertRule,
    options: Options,
    evaluation: Duration,
) -> Vec<Story> {
    let labels = Labels::of(service);
    let one = |name: &str, sample: Sample| vec![(labels.series(name), sample)];
    let problem =
        |reason: &str, sample: Sample| (labels.clone().with("reason", reason).series("lapwing_problems_total"), sample);
    let at_once = |good, bad| Case::new(Duration::ZERO, (Scene::of(good), Scene::of(bad)));
    let shown = rules::shown(rule.for_ * options.compress) / options.compress;
    // Those of another reason are counted all the time.
    let counted = |reason: &str, sample: Sample, other: &str| {
        Scene::of(vec![problem(reason, sample), problem(other, Sample::Moves(1.0))])
    };
    let counts = |reason: &str, other: &str| {
        let [none, some] = [0.0, 1.0].map(|rate| counted(reason, Sample::Moves(rate), other));
        let case = Case::new(shown, (none, some));
        let mut stories = told(rule, &case, evaluation);
        let scene = Company::of(rule, &case).firing(&counted(reason, Sample::Is(3.0), other));
        stories.push(first(rule, &case, scene, evaluation));
        stories
    };
    match kind {
        Standard::TargetDown => {
            told(rule, &at_once(one("up", Sample::Is(1.0)), one("up", Sample::Is(0.0))), evaluation)
        }
        Standard::Absent => told(rule, &at_once(one("up", Sample::Is(1.0)), one("up", Sample::Gone)), evaluation),
        Standard::NoMetrics => {
            // The sentinel alone is what answers where telemetry is disabled.
            let scene = |works: Sample| {
                let there = [one("up", Sample::Is(1.0)), one("lapwing_gathers_total", Sample::Is(1.0))].concat();
                [there, vec![problem(rules::ENABLED, works), problem("overflow", Sample::Is(0.0))]].concat()
            };
            told(rule, &at_once(scene(Sample::Is(1.0)), scene(Sample::Gone)), evaluation)
        }
        Standard::SeriesOverflow => {
            // Beyond Lapwing's own limit it is counted, beyond the SDK's there is a series.
            let folded = labels.clone().with("otel_metric_overflow", "true").series("test_total");
            let scene = |sample: Sample| vec![problem("overflow", Sample::Is(0.0)), (folded.clone(), sample)];
            let mut stories = counts("overflow", "nan");
            let folded = told(rule, &at_once(scene(Sample::Gone), scene(Sample::Is(1.0))), evaluation);
            stories.extend(
                folded
                    .into_iter()
                    .filter(|story| !story.phases.is_empty())
                    .map(|story| Story { name: format!("{}, beyond the SDK's limit", story.name), ..story }),
            );
            stories
        }
        Standard::TelemetryProblems => counts("nan", "overflow"),
        Standard::ScrapeSlow => {
            let limit = rules::slow_scrape(service, options);
            let scene = |seconds: f64| Scene::of(one("scrape_duration_seconds", Sample::Is(seconds))).yields(seconds);
            let near = Some((scene(limit), scene(1.01 * limit)));
            told(rule, &Case { near, ..Case::new(Duration::ZERO, (scene(0.0), scene(10.0 * limit))) }, evaluation)
        }
        Standard::Watchdog => Vec::new(),
    }
}

/// A counter that is first seen with something on it: much goes wrong before the first scrape.
fn first(rule: &AlertRule, case: &Case, scene: Scene, evaluation: Duration) -> Story {
    let evaluation = coarse(evaluation, case.window);
    let ends = whole(case.window, evaluation) + evaluation;
    let fires = whole(rule.for_, evaluation) + evaluation;
    Story {
        name: format!("{} fires for what was before the first scrape", rule.name),
        interval: evaluation,
        evaluation,
        phases: vec![Phase { lasts: ends + evaluation, scene }],
        given: Vec::new(),
        holds: Vec::new(),
        alerts: vec![Alerts::none(&rule.name, fires).and(rule, &case.labels(), None), Alerts::none(&rule.name, ends)],
        expected: Vec::new(),
    }
}

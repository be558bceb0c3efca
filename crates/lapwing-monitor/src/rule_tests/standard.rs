//! Tests of the alerts that every service gets.

use std::time::Duration;

use super::{
    Expected, Phase, Sample, Scene, Story,
    condition::{Case, told},
    labels::Labels,
    story::{coarse, whole},
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
    let problem = |reason: &str, sample: Sample| {
        vec![(labels.clone().with("reason", reason).series("lapwing_problems_total"), sample)]
    };
    let plain = |good: Scene, bad: Scene| Case {
        window: Duration::ZERO,
        near: None,
        far: (good, bad),
        after: None,
        few: None,
        never: None,
    };
    let shown = rules::shown(rule.for_ * options.compress) / options.compress;
    let counted = |reason: &str| Case {
        window: shown,
        near: None,
        far: (problem(reason, Sample::Moves(0.0)), problem(reason, Sample::Moves(1.0))),
        after: None,
        few: None,
        never: None,
    };
    let counts = |reason: &str| {
        let mut stories = told(rule, &counted(reason), evaluation);
        stories.push(first(rule, problem(reason, Sample::Is(3.0)), shown, evaluation));
        stories
    };
    match kind {
        Standard::TargetDown => told(rule, &plain(one("up", Sample::Is(1.0)), one("up", Sample::Is(0.0))), evaluation),
        Standard::Absent => told(rule, &plain(one("up", Sample::Is(1.0)), one("up", Sample::Gone)), evaluation),
        Standard::NoMetrics => {
            // The sentinel alone is what answers where telemetry is disabled.
            let scene = |works: Sample| {
                let there = [one("up", Sample::Is(1.0)), one("lapwing_gathers_total", Sample::Is(1.0))].concat();
                [there, problem(rules::ENABLED, works)].concat()
            };
            told(rule, &plain(scene(Sample::Is(1.0)), scene(Sample::Gone)), evaluation)
        }
        Standard::SeriesOverflow => {
            // Beyond Lapwing's own limit it is counted, beyond the SDK's there is a series.
            let folded = labels.clone().with("otel_metric_overflow", "true").series("test_total");
            let scene =
                |sample: Sample| [problem("overflow", Sample::Is(0.0)), vec![(folded.clone(), sample)]].concat();
            let mut stories = counts("overflow");
            let folded = told(rule, &plain(scene(Sample::Gone), scene(Sample::Is(1.0))), evaluation);
            stories.extend(
                folded
                    .into_iter()
                    .filter(|story| !story.phases.is_empty())
                    .map(|story| Story { name: format!("{}, beyond the SDK's limit", story.name), ..story }),
            );
            stories
        }
        Standard::TelemetryProblems => counts("nan"),
        Standard::ScrapeSlow => {
            let limit = rules::slow_scrape(service, options);
            let scene = |seconds: f64| one("scrape_duration_seconds", Sample::Is(seconds));
            let near = Some((scene(limit), scene(1.01 * limit)));
            let far = (scene(0.0), scene(10.0 * limit));
            told(rule, &Case { window: Duration::ZERO, near, far, after: None, few: None, never: None }, evaluation)
        }
        Standard::Watchdog => Vec::new(),
    }
}

/// A counter that is first seen with something on it: much goes wrong before the first scrape.
fn first(rule: &AlertRule, scene: Scene, shown: Duration, evaluation: Duration) -> Story {
    let evaluation = coarse(evaluation, shown);
    let ends = whole(shown, evaluation) + evaluation;
    let fires = whole(rule.for_, evaluation) + evaluation;
    Story {
        name: format!("{} fires for what was before the first scrape", rule.name),
        interval: evaluation,
        evaluation,
        phases: vec![Phase { lasts: ends + evaluation, scene }],
        given: Vec::new(),
        holds: Vec::new(),
        expected: vec![Expected::of(rule, fires, true), Expected::of(rule, ends, false)],
    }
}

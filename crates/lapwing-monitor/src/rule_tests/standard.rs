//! Tests of the alerts that every service gets.

use std::time::Duration;

use super::{
    Sample, Scene, Story,
    condition::{Case, told},
    labels::Labels,
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
    let plain =
        |good: Scene, bad: Scene| Case { window: Duration::ZERO, near: None, far: (good, bad), after: None, few: None };
    let shown = rules::shown(rule.for_ * options.compress) / options.compress;
    let counted = |reason: &str| Case {
        window: shown,
        near: None,
        far: (problem(reason, Sample::Moves(0.0)), problem(reason, Sample::Moves(1.0))),
        after: None,
        few: None,
    };
    match kind {
        Standard::TargetDown => told(rule, &plain(one("up", Sample::Is(1.0)), one("up", Sample::Is(0.0))), evaluation),
        Standard::Absent => told(rule, &plain(one("up", Sample::Is(1.0)), one("up", Sample::Gone)), evaluation),
        Standard::NoMetrics => {
            let scene = |gathers: Sample| [one("up", Sample::Is(1.0)), one("lapwing_gathers_total", gathers)].concat();
            told(rule, &plain(scene(Sample::Is(1.0)), scene(Sample::Gone)), evaluation)
        }
        Standard::SeriesOverflow => {
            // Beyond Lapwing's own limit it is counted, beyond the SDK's there is a series.
            let folded = labels.clone().with("otel_metric_overflow", "true").series("test_total");
            let scene =
                |sample: Sample| [problem("overflow", Sample::Is(0.0)), vec![(folded.clone(), sample)]].concat();
            let mut stories = told(rule, &counted("overflow"), evaluation);
            let folded = told(rule, &plain(scene(Sample::Gone), scene(Sample::Is(1.0))), evaluation);
            stories.extend(
                folded
                    .into_iter()
                    .filter(|story| !story.phases.is_empty())
                    .map(|story| Story { name: format!("{}, beyond the SDK's limit", story.name), ..story }),
            );
            stories
        }
        Standard::TelemetryProblems => {
            let mut stories = told(rule, &counted("nan"), evaluation);
            stories.truncate(2);
            stories
        }
        Standard::ScrapeSlow => {
            let limit = rules::slow_scrape(service, options);
            let scene = |seconds: f64| one("scrape_duration_seconds", Sample::Is(seconds));
            let near = Some((scene(limit), scene(1.01 * limit)));
            let far = (scene(0.0), scene(10.0 * limit));
            told(rule, &Case { window: Duration::ZERO, near, far, after: None, few: None }, evaluation)
        }
        Standard::Watchdog => Vec::new(),
    }
}

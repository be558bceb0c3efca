//! Tests of the alerts for `promtool test rules`: each fires, doesn't fire, and resolves.

mod alerts;
mod case;
mod company;
mod condition;
mod declared;
mod labels;
mod objective;
mod promql;
mod standard;
mod story;
mod template;
mod time;

use std::time::Duration;

use crate::{
    AlertOrigin, GenerateError, GeneratedFile, Options, Root, Service,
    generated_file::provenance,
    rules::{compressed, indicators, watchdog},
    yaml::Yaml,
};
use alerts::Alerts;
use labels::Labels;
use story::{Phase, Sample, Scene, Story};

/// The tests of the alerts of a service: those of hours, with longer steps, in a file of their own.
///
/// Alerts are held against their labels and annotations; where only Prometheus can fill in the templates of those, the series `ALERTS` is
/// asked for, which has the labels alone.
pub(crate) fn files(service: &Service, options: Options) -> Result<Vec<GeneratedFile>, GenerateError> {
    let interval = service.evaluation_interval(options);
    let mut stories = Vec::new();
    for indicator in indicators(service, options)? {
        stories.extend(objective::stories(service, &indicator, interval));
    }
    for rule in compressed(service, options)? {
        match rule.origin {
            AlertOrigin::Declared(index) => {
                let alert = &service.monitoring.alerts[index];
                stories.extend(condition::stories(service, alert, &rule, options, interval)?);
            }
            AlertOrigin::Standard(kind) => stories.extend(standard::stories(service, kind, &rule, options, interval)),
            AlertOrigin::Objective { .. } => {}
        }
    }
    let (name, comment) = (&service.monitoring.service.value, provenance(&[service], options));
    let (quick, slow): (Vec<_>, Vec<_>) = stories.into_iter().partition(|story| story.evaluation == interval);
    let mut files = vec![written(name, name, &quick, interval, &comment)];
    if let Some(first) = slow.first() {
        files.push(written(&format!("{name}-slow"), name, &slow, first.evaluation, &comment));
    }
    Ok(files)
}

/// The test of the Watchdog.
pub(crate) fn watchdog_file(services: &[&Service], options: Options) -> GeneratedFile {
    let interval = Duration::from_secs(60);
    let rule = watchdog();
    let story = Story {
        name: "Watchdog always fires".to_owned(),
        interval,
        evaluation: interval,
        phases: Vec::new(),
        given: Vec::new(),
        holds: Vec::new(),
        alerts: vec![Alerts::none(&rule.name, interval).and(&rule, &Labels::default(), Some(1.0))],
        expected: Vec::new(),
    };
    written("watchdog", "watchdog", &[story], interval, &provenance(services, options))
}

fn written(name: &str, rules: &str, stories: &[Story], evaluation: Duration, comment: &str) -> GeneratedFile {
    let text = Yaml::map([
        ("rule_files", vec![format!("../rules/{rules}.yml").into()].into()),
        ("evaluation_interval", crate::expression::duration(evaluation).into()),
        ("tests", stories.iter().map(Story::yaml).collect::<Vec<_>>().into()),
    ]);
    GeneratedFile {
        root: Root::Config,
        path: format!("prometheus/tests/{name}.yml").into(),
        text: text.document(comment),
    }
}

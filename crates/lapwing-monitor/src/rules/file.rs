//! The rule files of Prometheus.

use super::{AlertRule, compressed, indicators, watchdog};
use crate::{
    GenerateError, GeneratedFile, Options, Root, Service, expression::duration, generated_file::provenance, yaml::Yaml,
};

/// `groups` of a service: what is recorded, then what is alerted on.
pub(crate) fn groups(service: &Service, options: Options) -> Result<Yaml, GenerateError> {
    let mut rules = Vec::new();
    for indicator in indicators(service, options)? {
        for recording in indicator.recordings() {
            let rule = Yaml::map([("record", recording.name.into()), ("expr", recording.expr.into())]);
            rules.push(rule.with("labels", &indicator.labels()[..]));
        }
    }
    rules.extend(compressed(service, options)?.iter().map(alert));
    let group = Yaml::map([
        ("name", service.monitoring.service.value.clone().into()),
        ("interval", duration(service.evaluation_interval(options)).into()),
        ("rules", rules.into()),
    ]);
    Ok(vec![group].into())
}

/// `groups` of what is there once for all services.
pub(crate) fn watchdog_groups() -> Yaml {
    vec![Yaml::map([("name", "watchdog".into()), ("rules", vec![alert(&watchdog())].into())])].into()
}

/// The rule files of a service.
pub(crate) fn file(service: &Service, options: Options) -> Result<GeneratedFile, GenerateError> {
    let text = Yaml::map([("groups", groups(service, options)?)]).document(&provenance(&[service], options));
    Ok(GeneratedFile {
        root: Root::Config,
        path: format!("prometheus/rules/{}.yml", service.monitoring.service.value).into(),
        text,
    })
}

/// The rule file of the Watchdog.
pub(crate) fn watchdog_file(services: &[&Service], options: Options) -> GeneratedFile {
    let text = Yaml::map([("groups", watchdog_groups())]).document(&provenance(services, options));
    GeneratedFile { root: Root::Config, path: "prometheus/rules/watchdog.yml".into(), text }
}

fn alert(rule: &AlertRule) -> Yaml {
    let mut yaml = Yaml::map([("alert", rule.name.clone().into()), ("expr", rule.expr.clone().into())]);
    for (key, wait) in [("for", rule.for_), ("keep_firing_for", rule.keep_firing_for)] {
        if !wait.is_zero() {
            yaml = yaml.with(key, duration(wait));
        }
    }
    yaml.with("labels", &rule.labels[..]).with("annotations", &rule.annotations[..])
}

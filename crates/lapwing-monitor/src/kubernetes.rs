//! The same for the Prometheus operator: what the plain files say, as objects.

mod alertmanager_config;

use crate::{
    GenerateError, GeneratedFile, Options, Root, Service, alertmanager,
    generated_file::provenance,
    rules::{groups, watchdog_groups},
    yaml::Yaml,
};

/// What these objects need of the cluster; stands above them.
const NEEDS: &str = "
ServiceMonitor: scrapes the port `metrics` of Services with the label app.kubernetes.io/name, whose value becomes the label job that the
rules ask for.
AlertmanagerConfig: the operator adds a matcher for the object's namespace to its route and its inhibitions. Alerts need the label
namespace (enforcedNamespaceLabel of the Prometheus object), or the Alertmanager object alertmanagerConfigMatcherStrategy: {type: None}.
Secrets are looked for in the object's namespace.";

/// An object for each service and kind, and the Watchdog's.
pub(crate) fn files(services: &[&Service], options: Options) -> Result<Vec<GeneratedFile>, GenerateError> {
    let mut files = Vec::new();
    for service in services {
        let name = &service.monitoring.service.value;
        let mut objects =
            vec![rules(name, Yaml::map([("groups", groups(service, options)?)])), service_monitor(service)];
        let config = alertmanager::of_service(service, options)?;
        objects.extend(config.map(|config| alertmanager_config::object(&object_name(name), &config)));
        files.push(file(name, &objects, &provenance(&[service], options)));
    }
    let mut objects = vec![rules("watchdog", Yaml::map([("groups", watchdog_groups())]))];
    let config = alertmanager::of_watchdog(services, options)?;
    objects.extend(config.map(|config| alertmanager_config::object("watchdog", &config)));
    files.push(file("watchdog", &objects, &provenance(services, options)));
    Ok(files)
}

fn file(name: &str, objects: &[Yaml], comment: &str) -> GeneratedFile {
    let comment = format!("{comment}\n{NEEDS}");
    let documents = objects.iter().enumerate().map(|(index, object)| match index {
        0 => object.document(&comment),
        _ => format!("---\n{}", object.document("")),
    });
    GeneratedFile { root: Root::Config, path: format!("kubernetes/{name}.yaml").into(), text: documents.collect() }
}

fn object(api: &str, kind: &str, name: &str, spec: Yaml) -> Yaml {
    let metadata = Yaml::map([("name", name.into()), ("labels", Yaml::map([("app.kubernetes.io/name", name.into())]))]);
    Yaml::map([
        ("apiVersion", format!("monitoring.coreos.com/{api}").into()),
        ("kind", kind.into()),
        ("metadata", metadata),
        ("spec", spec),
    ])
}

fn rules(name: &str, spec: Yaml) -> Yaml {
    object("v1", "PrometheusRule", &object_name(name), spec)
}

fn service_monitor(service: &Service) -> Yaml {
    const LABEL: &str = "app.kubernetes.io/name";
    let scrape = &service.monitoring.scrape;
    let endpoint = Yaml::map([
        ("port", "metrics".into()),
        ("path", "/metrics".into()),
        ("interval", crate::expression::duration(scrape.interval).into()),
    ]);
    let selector = Yaml::map([("matchLabels", Yaml::map([(LABEL, scrape.job.value.clone().into())]))]);
    let spec = Yaml::map([("jobLabel", LABEL.into()), ("selector", selector), ("endpoints", vec![endpoint].into())]);
    object("v1", "ServiceMonitor", &object_name(&service.monitoring.service), spec)
}

/// A name that Kubernetes takes: letters, digits, `-` and `.`, the first and the last no sign.
fn object_name(name: &str) -> String {
    let kept = name.to_ascii_lowercase().replace(|c: char| !c.is_ascii_alphanumeric() && c != '.', "-");
    let trimmed = kept.trim_matches(['-', '.']);
    if trimmed.is_empty() { "unnamed".to_owned() } else { trimmed.to_owned() }
}

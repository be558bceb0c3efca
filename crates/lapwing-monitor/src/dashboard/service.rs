//! The dashboard of a service.

use std::collections::BTreeSet;

use serde_json::json;

use super::{
    declared,
    grafana::{Annotation, DataSource, Link, List, Model, PROMETHEUS, Time, Variable},
    language::{Language, metrics_of},
    layout::{Section, arrange},
    operation::{Operation, operations},
    operation_row, resource, standard,
    watch::Watch,
};
use crate::{GenerateError, Metric, Service, alert_rules, expression::quoted, generated_file::dashboard_provenance};

pub(super) fn title(service: &Service) -> &str {
    let monitoring = &service.monitoring;
    monitoring.dashboard.title.as_deref().unwrap_or(&monitoring.service)
}

pub(super) fn dashboard(service: &Service) -> Result<Model, GenerateError> {
    let monitoring = &service.monitoring;
    let rules = alert_rules(service)?;
    let watch = Watch::new(service, &rules);
    let labels = declared_variables(service).into_iter().map(|(label, _)| label);
    let filters: Vec<String> = std::iter::once("instance".to_owned()).chain(labels).collect();
    let language = Language { service, variables: &filters };
    let operations = operations(&monitoring.service, &service.signals);

    let declared: Vec<Section> = monitoring
        .dashboard
        .rows
        .iter()
        .map(|row| declared::section(&language, &watch, row))
        .collect::<Result<_, _>>()
        .map_err(|error| GenerateError::query(&monitoring.service, &error))?;
    let shown: Vec<String> = shown(service, &declared).into_iter().collect();

    let mut sections = vec![standard::top(&language, &watch, &operations)];
    sections.push(standard::objectives(&language, &rules));
    sections.extend(
        by_weight(&watch, &operations)
            .into_iter()
            .map(|operation| operation_row::section(&language, &watch, operation, &shown)),
    );
    sections.extend(declared);
    let saturation = resource::saturation(&language);
    let telemetry = resource::telemetry(&language);
    // The stats at the top join many metrics: what is only there can't be told apart.
    let covered: BTreeSet<String> =
        shown_by(service, sections.iter().skip(1).chain([&saturation, &telemetry]).flat_map(|section| &section.panels));
    let rest: Vec<&Metric> = service
        .signals
        .metrics()
        .iter()
        .filter(|metric| metric.instrument.is_some() && !covered.contains(&metric.name))
        .collect();
    sections.push(resource::others(&language, &watch, &rest));
    sections.push(resource::gauges(&language, &watch, &rest));
    sections.push(saturation);
    sections.push(standard::alert_row(&language));
    sections.push(telemetry);
    for section in &mut sections {
        section.panels = std::mem::take(&mut section.panels).into_iter().map(|draft| watch.dress(draft)).collect();
    }

    Ok(Model {
        uid: service.dashboard_uid(),
        title: title(service).to_owned(),
        description: format!(
            "What the service {} does and how it is, from the signals in its telemetry.yaml and the panels in its monitoring.yaml. {}",
            monitoring.service.value,
            dashboard_provenance(&[service])
        ),
        tags: vec!["lapwing".to_owned(), monitoring.service.value.clone()],
        editable: true,
        graph_tooltip: 1,
        schema_version: 42,
        version: 1,
        refresh: monitoring.dashboard.refresh.clone().unwrap_or_else(|| "30s".to_owned()),
        time: Time {
            from: monitoring.dashboard.from.clone().unwrap_or_else(|| "now-1h".to_owned()),
            to: "now".to_owned(),
        },
        timezone: "browser",
        templating: List { list: variables(service, &language) },
        annotations: List { list: annotations(service) },
        links: links(service),
        panels: arrange(sections),
    })
}

/// Operations with a duration or a field, those with an objective first, then those with an alert.
fn by_weight<'a, 'o>(watch: &Watch<'_>, operations: &'o [Operation<'a>]) -> Vec<&'o Operation<'a>> {
    let mut all: Vec<_> =
        operations.iter().filter(|operation| !operation.durations.is_empty() || !operation.fields.is_empty()).collect();
    all.sort_by_key(|operation| {
        let metrics = || operation.durations.iter().chain(&operation.calls).chain(&operation.fields);
        let has_objective = metrics().any(|metric| watch.has_objective(metric));
        let is_watched = metrics().any(|metric| watch.is_watched(metric));
        (!has_objective, !is_watched, operation.pattern)
    });
    all
}

fn shown(service: &Service, sections: &[Section]) -> BTreeSet<String> {
    shown_by(service, sections.iter().flat_map(|section| &section.panels))
}

fn shown_by<'d>(service: &Service, drafts: impl Iterator<Item = &'d super::draft::Draft>) -> BTreeSet<String> {
    drafts.flat_map(|draft| &draft.asks).flat_map(|ask| metrics_of(&service.signals, &ask.expression)).collect()
}

/// The choice of the data source.
pub(super) fn data_source() -> Variable {
    Variable {
        name: "datasource".to_owned(),
        label: "Data source".to_owned(),
        description: "The Prometheus that scrapes and evaluates.".to_owned(),
        r#type: "datasource",
        query: "prometheus".to_owned(),
        datasource: None,
        refresh: 1,
        sort: 0,
        multi: false,
        include_all: false,
        all_value: None,
        current: json!({"selected": true, "text": "default", "value": "default"}),
    }
}

fn variables(service: &Service, language: &Language<'_>) -> Vec<Variable> {
    let plain = Language { variables: &[], ..*language };
    let values = |label: &str, sample: &str, description: String| Variable {
        name: label.to_owned(),
        label: crate::words::title("", label),
        description,
        r#type: "query",
        query: format!("label_values({}, {label})", plain.selector(sample, &[])),
        datasource: Some(PROMETHEUS),
        refresh: 2,
        sort: 1,
        multi: true,
        include_all: true,
        all_value: Some(".*"),
        current: json!({"selected": true, "text": ["All"], "value": ["$__all"]}),
    };
    let mut variables = vec![data_source(), values("instance", "up", "Which targets of the service.".to_owned())];
    for (label, metric) in declared_variables(service) {
        if let Some(sample) = metric.sample_names().pop() {
            let description = format!("Filters every panel whose series have the label {label}.");
            variables.push(values(&label, &sample, description));
        }
    }
    variables
}

/// The label of each variable, which is its name too, and a metric that has the values.
fn declared_variables(service: &Service) -> Vec<(String, &Metric)> {
    let variables = service.monitoring.dashboard.variables.iter();
    let declared = variables.filter_map(|variable| {
        let metric = service.signals.instrument(&variable.instrument)?;
        Some((metric.in_promql(&variable.label), metric))
    });
    declared.collect()
}

/// Grafana's own, which people write.
pub(super) fn by_hand() -> Annotation {
    Annotation {
        name: "Annotations & Alerts",
        datasource: DataSource { r#type: "grafana", uid: "-- Grafana --" },
        enable: true,
        hide: true,
        icon_color: "rgba(0, 211, 255, 1)",
        built_in: Some(1),
        r#type: Some("dashboard"),
        expr: None,
        title_format: None,
        text_format: None,
        tag_keys: None,
        use_value_for_time: None,
    }
}

pub(super) fn firing(selector: &str) -> Annotation {
    Annotation {
        name: "Firing alerts",
        datasource: PROMETHEUS,
        hide: false,
        icon_color: "red",
        built_in: None,
        r#type: None,
        expr: Some(format!(r#"ALERTS{{{selector}alertstate="firing",severity!="none"}}"#)),
        title_format: Some("{{alertname}}"),
        text_format: Some("{{service}} {{instance}}"),
        tag_keys: Some("severity"),
        use_value_for_time: Some(false),
        ..by_hand()
    }
}

fn annotations(service: &Service) -> Vec<Annotation> {
    let monitoring = &service.monitoring;
    let mut annotations = vec![by_hand(), firing(&format!("service={},", quoted(&monitoring.service)))];
    if service.signals.metric("process_start_time_seconds").is_some() {
        annotations.push(Annotation {
            name: "Restarts",
            icon_color: "blue",
            expr: Some(format!("process_start_time_seconds{{job={}}} * 1000", quoted(&monitoring.scrape.job))),
            title_format: Some("restart"),
            text_format: Some("{{instance}}"),
            tag_keys: None,
            use_value_for_time: Some(true),
            ..firing("")
        });
    }
    annotations
}

fn links(service: &Service) -> Vec<Link> {
    let mut links = vec![Link {
        r#type: "dashboards",
        tags: vec!["lapwing".to_owned()],
        as_dropdown: true,
        ..Link::to("Services", "The dashboards of all services", String::new())
    }];
    if let Some(url) = &service.monitoring.links.runbook {
        let index = url.replace("{service}", &service.monitoring.service).replace("{alert}", "README");
        links.push(Link {
            target_blank: true,
            keep_time: false,
            ..Link::to("Runbooks", "What to do when an alert fires", index)
        });
    }
    links
}

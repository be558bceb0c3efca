//! The dashboard over all services.

use super::{
    OVERVIEW_UID,
    draft::Draft,
    grafana::{Link, List, Model, Time},
    language::Language,
    layout::{Section, arrange},
    operation::operations,
    service::{by_hand, data_source, firing, title},
    standard,
    watch::Watch,
};
use crate::{Service, alert_rules, generated_file::dashboard_provenance};

pub(super) fn dashboard(services: &[&Service]) -> Model {
    let mut sections = vec![alerts()];
    sections.extend(services.iter().map(|service| section(service)));
    Model {
        uid: OVERVIEW_UID.to_owned(),
        title: "Services".to_owned(),
        description: format!("How each service is, and which alerts fire. {}", dashboard_provenance(services)),
        tags: vec!["lapwing".to_owned()],
        editable: true,
        graph_tooltip: 1,
        schema_version: 42,
        version: 1,
        refresh: "30s".to_owned(),
        time: Time { from: "now-1h".to_owned(), to: "now".to_owned() },
        timezone: "browser",
        templating: List { list: vec![data_source()] },
        annotations: List { list: vec![by_hand(), firing("")] },
        links: vec![Link {
            r#type: "dashboards",
            tags: vec!["lapwing".to_owned()],
            as_dropdown: true,
            ..Link::to("Services", "The dashboards of all services", String::new())
        }],
        panels: arrange(sections),
    }
}

fn alerts() -> Section {
    // Of the services here: those of others have no label `service`.
    let expression = r#"ALERTS{service!="",severity!="none"}"#.to_owned();
    Section { title: None, collapsed: false, panels: vec![standard::alert_table("Alerts", expression).size(24, 7)] }
}

/// The stats of a service, each a link to its dashboard.
fn section(service: &Service) -> Section {
    let language = Language { service, variables: &[] };
    let operations = operations(&service.monitoring.service, &service.signals);
    // A fault in an alert shows where the service's own dashboard is made.
    let rules = alert_rules(service).unwrap_or_default();
    let watch = Watch::new(service, &rules);
    let top = standard::top(&language, &watch, &operations);
    let url = format!("/d/{}", service.dashboard_uid());
    let link = |draft: Draft| {
        let link = Link::to(title(service), "The dashboard of this service", url.clone());
        Draft { links: vec![link], ..draft }
    };
    Section::new(title(service), top.panels.into_iter().map(link).collect())
}

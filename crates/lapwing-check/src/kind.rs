//! What a document is, by what stands in it.

use std::path::Path;

use lapwing_document::Node;

/// What a document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// OpenTelemetry declarative configuration: what a service emits.
    Telemetry,
    /// What is watched of a service.
    Monitoring,
    /// Rules for Prometheus.
    Rules,
    /// Rules as an object of the Prometheus operator.
    PrometheusRule,
    /// Routes as an object of the Prometheus operator.
    AlertmanagerConfig,
    /// The configuration of Alertmanager.
    Alertmanager,
    /// The configuration of Prometheus.
    Prometheus,
    /// A Grafana dashboard.
    Dashboard,
    /// Data sources of Grafana, as they are provisioned.
    Datasources,
    /// Tests for promtool; nothing is checked in them.
    RuleTests,
    /// A Kubernetes object that holds other documents as texts.
    Wrapper,
    /// A list of Kubernetes objects.
    List,
    /// What an endpoint serves; never a file on a disk.
    Exposition,
}

impl Kind {
    /// What a file of this name declares, whatever it holds: a slip in a key must not turn what it declares off.
    pub(crate) fn named(path: &Path) -> Option<Kind> {
        match path.file_name()?.to_str()? {
            "telemetry.yaml" => Some(Kind::Telemetry),
            "monitoring.yaml" => Some(Kind::Monitoring),
            _ => None,
        }
    }

    /// What the document with this root is; none if it is nothing that is checked here.
    pub fn of(root: &Node) -> Option<Kind> {
        let has = |key: &str| root.get(key).is_some();
        let list =
            |key: &str| root.get(key).is_some_and(|node| matches!(node.value, lapwing_document::Value::Sequence(_)));
        if let (Some(_), Some(kind)) = (root.get("apiVersion"), root.get("kind").and_then(Node::as_str)) {
            return match kind {
                "Dashboard" | "DashboardWithAccessInfo" if is_grafana_object(root) => Some(Kind::Dashboard),
                "PrometheusRule" => Some(Kind::PrometheusRule),
                "AlertmanagerConfig" => Some(Kind::AlertmanagerConfig),
                "ConfigMap" | "Secret" | "GrafanaDashboard" => Some(Kind::Wrapper),
                _ if kind.ends_with("List") && list("items") => Some(Kind::List),
                _ => None,
            };
        }
        if has("file_format") {
            return Some(if has("service") { Kind::Monitoring } else { Kind::Telemetry });
        }
        if list("tests") && (has("rule_files") || has("evaluation_interval")) {
            return Some(Kind::RuleTests);
        }
        if list("groups") {
            let groups = root.get("groups").map(Node::items).unwrap_or_default();
            return groups.iter().any(|group| group.get("rules").is_some()).then_some(Kind::Rules);
        }
        if has("route") && list("receivers") {
            return Some(Kind::Alertmanager);
        }
        if list("scrape_configs") || root.at(&["global", "scrape_interval"]).is_some() {
            return Some(Kind::Prometheus);
        }
        if list("datasources") && has("apiVersion") {
            return Some(Kind::Datasources);
        }
        let dashboard = dashboard(root);
        let panels = |key: &str| dashboard.get(key).is_some_and(|node| !node.items().is_empty());
        let titled = dashboard.get("title").is_some() || dashboard.get("schemaVersion").is_some();
        let arranged = dashboard.at(&["layout", "kind"]).is_some() && dashboard.get("elements").is_some();
        ((panels("panels") || panels("rows") || arranged) && titled).then_some(Kind::Dashboard)
    }
}

/// Whether a document is an object of Grafana's API for dashboards.
fn is_grafana_object(root: &Node) -> bool {
    let version = root.get("apiVersion").and_then(Node::as_str);
    version.is_some_and(|version| version.starts_with("dashboard.grafana.app/"))
}

/// The dashboard itself, where it is wrapped as Grafana's API has it, in one of two ways.
pub(crate) fn dashboard(root: &Node) -> &Node {
    if let Some(spec) = root.get("spec").filter(|_| is_grafana_object(root)) {
        return spec;
    }
    root.get("dashboard").filter(|inner| !inner.entries().is_empty()).unwrap_or(root)
}

#[cfg(test)]
mod tests {
    use lapwing_document::{Document, Options};

    use super::*;

    fn kind(text: &str) -> Option<Kind> {
        Document::yaml("x.yaml", text, &Options::LENIENT).root().and_then(Kind::of)
    }

    #[test]
    fn documents_are_known_by_what_stands_in_them() {
        for (text, wanted) in [
            ("file_format: '1.1'\nmeter_provider: {}", Some(Kind::Telemetry)),
            ("file_format: '1.0'\nservice: sigil", Some(Kind::Monitoring)),
            ("groups: [{name: a, rules: []}]", Some(Kind::Rules)),
            ("groups: [{name: a}]", None),
            ("{apiVersion: v1, kind: PrometheusRule, spec: {groups: []}}", Some(Kind::PrometheusRule)),
            ("{apiVersion: v1, kind: Deployment, spec: {}}", None),
            ("{apiVersion: v1, kind: List, items: []}", Some(Kind::List)),
            ("{apiVersion: v1, kind: ConfigMap, data: {}}", Some(Kind::Wrapper)),
            ("{apiVersion: grafana.integreatly.org/v1beta1, kind: GrafanaDashboard}", Some(Kind::Wrapper)),
            ("{route: {receiver: a}, receivers: [{name: a}]}", Some(Kind::Alertmanager)),
            ("scrape_configs: []", Some(Kind::Prometheus)),
            ("{rule_files: [a], tests: []}", Some(Kind::RuleTests)),
            ("{title: a, panels: [{}]}", Some(Kind::Dashboard)),
            ("{dashboard: {title: a, panels: [{}]}}", Some(Kind::Dashboard)),
            ("{apiVersion: dashboard.grafana.app/v1beta1, kind: Dashboard, spec: {}}", Some(Kind::Dashboard)),
            ("{apiVersion: dashboard.grafana.app/v2beta1, kind: Dashboard, spec: {}}", Some(Kind::Dashboard)),
            ("{apiVersion: perses.dev/v1, kind: Dashboard, spec: {}}", None),
            ("{title: a, elements: {}, layout: {kind: GridLayout}}", Some(Kind::Dashboard)),
            ("{apiVersion: 1, datasources: []}", Some(Kind::Datasources)),
            ("{name: lapwing, panels: []}", None),
            ("[1, 2]", None),
            ("text", None),
        ] {
            assert_eq!(kind(text), wanted, "{text}");
        }
    }
}

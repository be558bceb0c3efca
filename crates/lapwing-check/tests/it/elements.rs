//! Dashboards of Grafana's newer schema: elements and a layout.

use std::fs;

use lapwing_check::{Project, ReadOptions, check};

/// A dashboard as Grafana 12 and later export it.
const DASHBOARD: &str = r#"{
  "apiVersion": "dashboard.grafana.app/v2beta1",
  "kind": "Dashboard",
  "metadata": {"name": "sigil"},
  "spec": {
    "title": "Sigil",
    "elements": {
      "panel-1": {"kind": "Panel", "spec": {
        "id": 1, "title": "Errors of $job", "description": "What fails.",
        "data": {"kind": "QueryGroup", "spec": {"queries": [{"kind": "PanelQuery", "spec": {"refId": "A", "hidden": false, "query": {
          "kind": "DataQuery", "group": "prometheus", "version": "v0", "datasource": {"name": "${datasource}"},
          "spec": {"expr": "sum(rate(sigil_error_total{job=\"$job\"}[$__rate_interval]))", "legendFormat": "errors"}}}}], "transformations": []}},
        "vizConfig": {"kind": "VizConfig", "group": "timeseries", "version": "12.0.0", "spec": {
          "options": {}, "fieldConfig": {"defaults": {"unit": "ops"}, "overrides": []}}}}},
      "panel-2": {"kind": "Panel", "spec": {
        "id": 2, "title": "Latency", "description": "",
        "data": {"kind": "QueryGroup", "spec": {"queries": [{"kind": "PanelQuery", "spec": {"refId": "A", "hidden": false,
          "datasource": {"type": "prometheus", "uid": "${datasource}"},
          "query": {"kind": "prometheus", "spec": {"expr": "sum by (le) (rate(sigil_encode_duration_seconds_bucket[$__rate_interval]))", "format": "heatmap"}}}}], "transformations": []}},
        "vizConfig": {"kind": "heatmap", "spec": {"pluginVersion": "12.0.0", "options": {"calculate": false}, "fieldConfig": {"defaults": {}, "overrides": []}}}}},
      "panel-3": {"kind": "LibraryPanel", "spec": {"id": 3, "title": "", "libraryPanel": {"name": "a", "uid": "b"}}}
    },
    "layout": {"kind": "RowsLayout", "spec": {"rows": [{"kind": "RowsLayoutRow", "spec": {"title": "All",
      "repeat": {"mode": "variable", "value": "instance"},
      "variables": [{"kind": "CustomVariable", "spec": {"name": "instance", "query": "a,b"}}],
      "layout": {"kind": "GridLayout", "spec": {"items": [
        {"kind": "GridLayoutItem", "spec": {"x": 0, "y": 0, "width": 12, "height": 8, "element": {"kind": "ElementReference", "name": "panel-1"}}},
        {"kind": "GridLayoutItem", "spec": {"x": 12, "y": 0, "width": 12, "height": 8, "element": {"kind": "ElementReference", "name": "panel-2"}}}
      ]}}}}]}},
    "variables": [
      {"kind": "DatasourceVariable", "spec": {"name": "datasource", "pluginId": "prometheus"}},
      {"kind": "QueryVariable", "spec": {"name": "job", "query": {"kind": "DataQuery", "group": "prometheus", "datasource": {"name": "${datasource}"},
        "spec": {"__legacyStringValue": "label_values(up, job)"}}}}
    ]
  }
}
"#;

/// The ids of what is found, with what is found there.
fn found(text: &str) -> Vec<(String, String)> {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.json"), text).unwrap();
    let project = Project::read(&[folder.path()], &ReadOptions { base: Some(folder.path().to_owned()) }).unwrap();
    let at = |finding: &lapwing_check::Finding| {
        let place = finding.spot().place;
        let line = project.files()[0].source.line(place.line);
        (finding.id.to_owned(), line.chars().skip(place.column - 1).take(place.width).collect())
    };
    check(&project).findings.iter().map(at).collect()
}

#[test]
fn a_dashboard_of_elements_is_read() {
    assert_eq!(found(DASHBOARD), []);
    // As it is shown and imported without its object.
    let bare = &DASHBOARD[DASHBOARD.find("\"spec\": ").unwrap() + "\"spec\": ".len()..DASHBOARD.rfind('}').unwrap()];
    assert_eq!(found(bare), [("dashboard/no-uid".to_owned(), "\"Sigil\"".to_owned())]);
}

#[test]
fn mistakes_in_elements_are_found_at_their_place() {
    for (from, to, id, at) in [
        ("sigil_error_total{", "sigil_error_total{{", "promql/syntax", "{"),
        ("by (le) (rate(sigil", "(rate(sigil", "dashboard/heatmap-without-le", "sigil_encode_duration_seconds_bucket"),
        (r#""format": "heatmap""#, r#""format": "time_series""#, "dashboard/cumulative-heatmap", "\"time_series\""),
        ("Errors of $job", "Errors of $jbo", "dashboard/undefined-variable", "$jbo"),
        (r#""unit": "ops""#, r#""unit": "seconds""#, "dashboard/unknown-unit", "\"seconds\""),
        (r#""id": 2, "title": "Latency""#, r#""id": 1, "title": "Latency""#, "dashboard/duplicate-panel-id", "1"),
        (r#""id": 2, "title": "Latency""#, r#""id": 2, "title": """#, "dashboard/panel-without-title", "\"\""),
        (r#""x": 12,"#, r#""x": 8,"#, "dashboard/overlapping-panels", "{"),
        ("label_values(up, job)", "label_values(up{, job)", "promql/syntax", ""),
        (r#""value": "instance""#, r#""value": "job""#, "dashboard/unused-variable", "\"instance\""),
        (r#""uid": "${datasource}""#, r#""uid": "fixed""#, "dashboard/unknown-datasource", "\"fixed\""),
        ("[$__rate_interval]))\", \"legend", "[5m]))\", \"legend", "dashboard/hard-coded-interval", "5m"),
        (r#"{"name": "sigil"}"#, "{}", "dashboard/no-uid", "\"Sigil\""),
    ] {
        assert_eq!(DASHBOARD.matches(from).count(), 1, "{from}");
        let found = found(&DASHBOARD.replace(from, to));
        assert!(found.len() == 1 && found[0].0 == id && (at.is_empty() || found[0].1 == at), "{from}: {found:?}");
    }
}

#[test]
fn an_object_can_hold_a_dashboard_of_panels() {
    let classic = r#"{"apiVersion": "dashboard.grafana.app/v1beta1", "kind": "Dashboard", "metadata": {"name": "a"},
        "spec": {"title": "A", "panels": [{"id": 1, "title": "T", "type": "stat", "targets": [{"refId": "A", "expr": "rate(up[5m"}]}]}}"#;
    assert_eq!(found(classic).iter().map(|(id, _)| id.as_str()).collect::<Vec<_>>(), ["promql/syntax"]);
    let wrapped = r#"{"apiVersion": "grafana.integreatly.org/v1beta1", "kind": "GrafanaDashboard",
        "spec": {"json": "{\"title\": \"A\", \"uid\": \"a\", \"panels\": [{\"title\": \"$none\", \"type\": \"stat\"}]}"}}"#;
    assert_eq!(found(wrapped), [("dashboard/undefined-variable".to_owned(), "$none".to_owned())]);
}

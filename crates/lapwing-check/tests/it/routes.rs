//! Alerts go through the tree of routes as in Alertmanager.

use std::fs;

use crate::fixture::Checked;

const RULES: &str = "\
groups:
  - name: a
    rules:
      - alert: A
        expr: sum by (pod) (up) == 0
        labels: {severity: critical, team: store}
        annotations: {summary: one, runbook_url: \"https://example.org/one\"}
";

/// Whether an alert that is critical pages, with these routes below one to Slack.
fn pages(routes: &str) -> bool {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("rules.yaml"), RULES).unwrap();
    let config = format!(
        "route:\n  receiver: slack\n  routes: {routes}\nreceivers:\n  - name: slack\n    email_configs: [{{to: a}}]\n  - name: pager\n    pagerduty_configs: [{{routing_key_file: /key}}]\n"
    );
    fs::write(folder.path().join("alertmanager.yaml"), config).unwrap();
    !Checked::of(folder.path()).ids.contains(&"alertmanager/wrong-receiver".to_owned())
}

#[test]
fn the_first_route_that_matches_takes_the_alert_unless_it_continues() {
    let pager = "{receiver: pager, matchers: ['severity=\"critical\"']}";
    assert!(!pages("[]"), "the root takes what no route takes");
    assert!(pages(&format!("[{pager}]")));
    assert!(!pages(&format!("[{{receiver: slack}}, {pager}]")));
    assert!(pages(&format!("[{{receiver: slack, continue: true}}, {pager}]")));
    assert!(pages(&format!("[{{receiver: slack, matchers: ['team=\"web\"']}}, {pager}]")));
}

#[test]
fn old_matchers_and_expressions_are_anchored() {
    assert!(pages("[{receiver: pager, match: {severity: critical}}]"));
    assert!(pages("[{receiver: pager, match_re: {severity: 'crit.*|page'}}]"));
    assert!(!pages("[{receiver: pager, match_re: {severity: 'crit'}}]"));
    assert!(pages("[{receiver: pager, matchers: ['severity!~\"warn|info\"', 'team!=\"web\"']}]"));
    assert!(!pages("[{receiver: pager, matchers: ['severity=\"critical\"', 'team!~\".+\"']}]"));
}

#[test]
fn nested_routes_inherit_the_receiver_and_fall_back_to_their_parent() {
    assert!(pages("[{receiver: pager, routes: [{matchers: ['team=\"store\"']}]}]"));
    assert!(pages("[{receiver: pager, routes: [{receiver: slack, matchers: ['team=\"web\"']}]}]"));
    assert!(!pages("[{receiver: pager, routes: [{receiver: slack, matchers: ['team=\"store\"']}]}]"));
}

#[test]
fn what_depends_on_unknown_labels_is_not_found() {
    assert!(pages("[{receiver: pager, matchers: ['pod=\"a\"']}]"), "a pod may be named so");
    assert!(pages("[{receiver: pager, matchers: ['cluster=\"a\"']}]"), "Prometheus may add the label");
}

#[test]
fn labels_that_no_alert_has_are_known_by_the_configuration_of_prometheus_alone() {
    let rules = RULES.replace("alert: A", "alert: B").replace("critical", "warning");
    let rules = format!("{RULES}{}", &rules[rules.find("      - alert").unwrap()..]);
    let alertmanager = "route: {receiver: slack}\nreceivers: [{name: slack, email_configs: [{to: a}]}]\ninhibit_rules:\n  - {source_matchers: ['severity=\"critical\"'], target_matchers: ['severity=\"warning\"'], equal: [taem]}\n";
    let found = |prometheus: &str| {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in
            [("rules.yaml", rules.as_str()), ("alertmanager.yaml", alertmanager), ("p.yaml", prometheus)]
        {
            fs::write(folder.path().join(name), text).unwrap();
        }
        Checked::of(folder.path()).ids.contains(&"alertmanager/inhibits-everything".to_owned())
    };
    let prometheus = "scrape_configs: []\n";
    assert!(found(prometheus));
    assert!(!found(""), "labels may come from a configuration that is not here");
    assert!(!found("global: {external_labels: {taem: a}}\nscrape_configs: []\n"));
    assert!(!found(&format!(
        "{prometheus}alerting: {{alert_relabel_configs: [{{target_label: taem, replacement: a}}]}}\n"
    )));
}

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
    pages_beside(routes, &[("rules.yaml", RULES)])
}

fn pages_beside(routes: &str, files: &[(&str, &str)]) -> bool {
    !found(routes, files).contains(&"alertmanager/wrong-receiver".to_owned())
}

/// What is found with these routes below one to Slack.
fn found(routes: &str, files: &[(&str, &str)]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let config = format!(
        "route:\n  receiver: slack\n  routes: {routes}\nreceivers:\n  - name: slack\n    email_configs: [{{to: a}}]\n  - name: pager\n    pagerduty_configs: [{{routing_key_file: /key}}]\n"
    );
    fs::write(folder.path().join("alertmanager.yaml"), config).unwrap();
    Checked::of(folder.path()).ids
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
fn labels_that_no_alert_has_are_equal() {
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
    assert!(found(""));
    assert!(!found("global: {external_labels: {taem: a}}\nscrape_configs: []\n"));
    assert!(!found(&format!(
        "{prometheus}alerting: {{alert_relabel_configs: [{{target_label: taem, replacement: a}}]}}\n"
    )));
}

/// Rules with one critical alert of this query.
fn alert(expr: &str) -> String {
    RULES.replace("sum by (pod) (up) == 0", expr).replace(", team: store", "")
}

const TEAM: &str = "[{receiver: pager, matchers: ['team=\"store\"']}]";

#[test]
fn a_label_that_nothing_gives_is_absent() {
    let beside = |expr: &str| pages_beside(TEAM, &[("rules.yaml", &alert(expr))]);
    assert!(!beside("sum by (pod) (up) == 0"));
    assert!(!beside("absent(up{job=\"a\"})"));
    assert!(beside("up == 0"), "a target may have the label");
    assert!(beside("sum by (team) (up) == 0"));
    let nested = "[{receiver: slack, matchers: ['severity=\"critical\"'], routes: [{receiver: pager, matchers: ['team=\"store\"']}]}]";
    let rules = alert("sum (up) == 0");
    let ids = found(nested, &[("rules.yaml", &rules)]);
    assert!(ids.contains(&"alertmanager/unreachable-route".to_owned()), "{ids:?}");
    assert!(ids.contains(&"alertmanager/wrong-receiver".to_owned()), "{ids:?}");
}

#[test]
fn prometheus_gives_its_labels_to_all_alerts() {
    let rules = alert("sum (up) == 0");
    let beside = |prometheus: &str| pages_beside(TEAM, &[("rules.yaml", &rules), ("prometheus.yaml", prometheus)]);
    let global = "global: {scrape_interval: 15s, evaluation_interval: 30s";
    assert!(!beside(&format!("{global}}}\n")));
    assert!(beside(&format!("{global}, external_labels: {{team: store}}}}\n")));
    assert!(!beside(&format!("{global}, external_labels: {{team: web}}}}\n")));
    for rule in ["{target_label: team, replacement: store}", "{action: labelmap, regex: a_(.+)}"] {
        assert!(beside(&format!("{global}}}\nalerting: {{alert_relabel_configs: [{rule}]}}\n")), "{rule}");
    }
    let cluster = TEAM.replace("team", "cluster");
    let files = [("rules.yaml", rules.as_str()), ("prometheus.yaml", &format!("{global}}}\n"))];
    assert!(pages_beside(&cluster, &files[..1]), "Prometheus may add it");
    assert!(!pages_beside(&cluster, &files));
}

#[test]
fn what_is_recorded_has_the_labels_that_its_rules_give() {
    let beside = |recorded: &str| {
        let rules = alert("a:b:rate > 1").replace("    rules:\n", &format!("    rules:\n{recorded}"));
        pages_beside(TEAM, &[("rules.yaml", &rules)])
    };
    let record = |name: &str, expr: &str, labels: &str| {
        format!("      - {{record: \"{name}\", expr: {expr}, labels: {{{labels}}}}}\n")
    };
    assert!(!beside(&record("a:b:rate", "sum (a)", "")));
    assert!(beside(&record("a:b:rate", "sum (a)", "team: store")));
    assert!(beside(&record("a:b:rate", "a", "")));
    let two = record("a:b:rate", "sum (a)", "service: x") + &record("a:b:rate", "sum (b)", "team: store");
    assert!(beside(&two), "one of the two has it");
    let deep = record("a:b:rate", "a:c:rate", "") + &record("a:c:rate", "sum (a)", "");
    assert!(!beside(&deep));
    let round = record("a:b:rate", "a:c:rate", "") + &record("a:c:rate", "a:b:rate", "");
    assert!(beside(&round), "where one is made of the other nothing is known");
}

#[test]
fn an_inhibition_without_equal_reaches_all_services() {
    let found = |inhibition: &str| {
        let folder = tempfile::tempdir().unwrap();
        let config = format!(
            "route: {{receiver: a}}\nreceivers: [{{name: a, email_configs: [{{to: a, send_resolved: true}}]}}]\ninhibit_rules: [{{{inhibition}}}]\n"
        );
        fs::write(folder.path().join("alertmanager.yaml"), config).unwrap();
        let text = Checked::of(folder.path()).text;
        text.lines().next().unwrap().split("[alertmanager/inhibits-everything]").next().unwrap().to_owned()
    };
    let critical = "source_matchers: ['severity=\"critical\"']";
    let clean = "1 file checked, nothing found";
    for target in
        ["severity!=\"critical\"", "severity=~\".*\"", "severity=\"warning\"", "service!=\"a\"", "service=~\".+\""]
    {
        assert_eq!(found(&format!("{critical}, target_matchers: ['{target}']")), "warning", "{target}");
        assert_eq!(found(&format!("{critical}, target_matchers: ['{target}'], equal: [service]")), clean, "{target}");
    }
    let narrow = "target_matchers: ['alertname=\"DiskSlow\"']";
    assert_eq!(found(&format!("{critical}, {narrow}")), "info");
    let both = |side: &str, severity: &str| format!("{side}_matchers: ['service=\"a\"', 'severity=\"{severity}\"']");
    assert_eq!(found(&format!("{}, {}", both("source", "critical"), both("target", "warning"))), clean);
    let other = both("target", "warning").replace("\"a\"", "\"b\"");
    assert_eq!(found(&format!("{}, {other}", both("source", "critical"))), "info");
}

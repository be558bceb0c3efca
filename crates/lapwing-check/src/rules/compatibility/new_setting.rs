//! A setting that Prometheus 2.42 or Alertmanager 0.25 does not know, and refuses the whole file for.
//!
//! ```yaml
//! groups:
//!   - name: sigil
//!     labels: {team: storage}   # since Prometheus 3.0
//! ```
//!
//! ## Why it matters
//!
//! Both read their files strictly. Where an old version still runs, a reload fails and what ran before goes on, unnoticed unless you alert on it.
//!
//! ## How to mend it
//!
//! Say it in a way that both know: labels at each rule, a webhook's URL in the file itself, `label="value"` for matchers.
//!
//! ## When to allow it
//!
//! When no older version reads the file: allow it for the file.

use crate::{Findings, Project, Rule, Severity, Spot, rule::Check};

pub(crate) const RULE: Rule = Rule {
    id: "compatibility/new-setting",
    severity: Severity::Info,
    headline: "a setting that older versions refuse",
    source: include_str!("new_setting.rs"),
    check: Check::Project(check),
};

fn check(project: &Project, findings: &mut Findings) {
    for group in project.rule_groups().iter() {
        if let Some(label) = group.labels.first() {
            add(findings, label.key_spot, "labels of a group", "Prometheus 2.42", "give them to each rule");
        }
    }
    for prometheus in project.prometheus() {
        let frame = &prometheus.frame;
        for key in ["otlp", "scrape_config_files", "runtime"] {
            if let Some(entry) = prometheus.node.entry(key) {
                add(findings, frame.spot(entry.key_place), &format!("`{key}`"), "Prometheus 2.42", "leave it out");
            }
        }
        let global = prometheus.node.get("global");
        let of_jobs = prometheus.jobs.iter().map(|job| (&job.node, &PER_JOB[..]));
        for (node, keys) in global.map(|node| (node, &GLOBAL[..])).into_iter().chain(of_jobs) {
            for entry in node.entries().iter().filter(|entry| keys.contains(&entry.key.as_str())) {
                let what = format!("`{}`", entry.key);
                add(findings, frame.spot(entry.key_place), &what, "Prometheus 2.42", "leave it out");
            }
        }
    }
    for config in project.alertmanagers().iter().filter(|config| !config.object) {
        let routes = config.routes();
        let of_routes = routes.iter().flat_map(|route| &route.wrong_matchers);
        for quoted in of_routes.chain(config.inhibitions.iter().flat_map(|inhibition| &inhibition.wrong_matchers)) {
            if quoted.trim_start_matches(['{', ' ']).starts_with('"') {
                add(
                    findings,
                    quoted.spot(),
                    "a quoted name of a label",
                    OLD_ALERTMANAGER,
                    "write the name without quotes",
                );
            }
        }
        for receiver in &config.receivers {
            for entry in receiver.node.entries().iter().filter(|entry| NEW_CHANNELS.contains(&entry.key.as_str())) {
                let spot = config.frame.spot(entry.key_place);
                add(findings, spot, &format!("`{}`", entry.key), OLD_ALERTMANAGER, "notify by another channel");
            }
            for (_, webhook) in receiver.channels.iter().filter(|(kind, _)| kind == "webhook_configs") {
                for entry in
                    webhook.entries().iter().filter(|entry| matches!(entry.key.as_str(), "url_file" | "timeout"))
                {
                    let spot = config.frame.spot(entry.key_place);
                    add(
                        findings,
                        spot,
                        &format!("`{}` of a webhook", entry.key),
                        OLD_ALERTMANAGER,
                        "use `url`, without a secret in it",
                    );
                }
            }
        }
    }
}

const OLD_ALERTMANAGER: &str = "Alertmanager 0.25";
const GLOBAL: [&str; 10] = [
    "body_size_limit",
    "sample_limit",
    "label_limit",
    "target_limit",
    "keep_dropped_targets",
    "scrape_protocols",
    "rule_query_offset",
    "scrape_native_histograms",
    "metric_name_validation_scheme",
    "metric_name_escaping_scheme",
];
const PER_JOB: [&str; 5] = [
    "scrape_protocols",
    "fallback_scrape_protocol",
    "scrape_native_histograms",
    "metric_name_validation_scheme",
    "metric_name_escaping_scheme",
];
const NEW_CHANNELS: [&str; 6] = [
    "msteams_configs",
    "msteamsv2_configs",
    "jira_configs",
    "rocketchat_configs",
    "incidentio_configs",
    "mattermost_configs",
];

fn add(findings: &mut Findings, spot: Spot, what: &str, version: &str, help: &str) {
    findings.add(spot, format!("{version} refuses {what}")).help(help);
}

//! A setting that Prometheus 3 no longer knows: Alertmanager's `api_version: v1`.
//!
//! ```yaml
//! alerting:
//!   alertmanagers:
//!     - api_version: v1
//!       static_configs: [{targets: ["localhost:9093"]}]
//! ```
//!
//! ## Why it matters
//!
//! Prometheus 3 refuses the file. Before, alerts were sent to an interface that Alertmanager has not had since 0.27: none arrived.
//!
//! ## How to mend it
//!
//! Leave it out: the default is `v2`, which every Alertmanager since 0.16 has.
//!
//! ## When to allow it
//!
//! Never.

use lapwing_document::Node;

use crate::{Findings, Project, Rule, Severity, rule::Check};

pub(crate) const RULE: Rule = Rule {
    id: "compatibility/removed-setting",
    severity: Severity::Error,
    headline: "a setting that newer versions refuse",
    source: include_str!("removed_setting.rs"),
    check: Check::Project(check),
};

fn check(project: &Project, findings: &mut Findings) {
    for prometheus in project.prometheus() {
        let alertmanagers = prometheus.node.at(&["alerting", "alertmanagers"]).map(Node::items).unwrap_or_default();
        for version in alertmanagers.iter().filter_map(|alertmanager| alertmanager.get("api_version")) {
            if version.as_str() == Some("v1") {
                findings
                    .add(prometheus.frame.at(version), "Prometheus 3 refuses `api_version: v1`")
                    .help("leave it out: the default is v2, which every Alertmanager has");
            }
        }
    }
}

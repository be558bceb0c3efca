//! A panel, a query or a variable asks a data source by a fixed uid or name, and no file of provisioning among those that are checked has it. If
//! there is no such file at all, that is told once a data source and dashboard, for information: then nothing is known.
//!
//! ```json
//! {"datasource": {"type": "prometheus", "uid": "PBFA97CFB590B2093"}}
//! ```
//!
//! ## Why it matters
//!
//! A uid that Grafana made up is another on each Grafana: wherever the dashboard is installed next, the panel says that the data source was not found.
//! Of a data source that is provisioned without a `uid` Grafana makes it from the name, and it is known here.
//!
//! ## How to mend it
//!
//! Give the data source a fixed `uid` where it is provisioned, and name that; or use a variable of the type `datasource`:
//!
//! ```json
//! {"datasource": {"type": "prometheus", "uid": "${datasource}"}}
//! ```
//!
//! ## When to allow it
//!
//! When the data source is provisioned elsewhere, or made by hand with that uid. Better name the folder that provisions it too:
//! `lapwing check dashboards provisioning`.

use std::collections::HashSet;

use crate::{Findings, Project, Rule, Severity, rule::Check};

pub(crate) const RULE: Rule = Rule {
    id: "dashboard/unknown-datasource",
    severity: Severity::Error,
    headline: "a panel asks a data source that is not provisioned",
    source: include_str!("unknown_datasource.rs"),
    check: Check::Project(check),
};

fn check(project: &Project, findings: &mut Findings) {
    for dashboard in project.dashboards() {
        let mut told = HashSet::new();
        let of_panels = dashboard.panels.iter().flat_map(|panel| {
            panel.datasource.iter().chain(panel.targets.iter().filter_map(|target| target.datasource.as_ref()))
        });
        let of_variables = dashboard.variables.iter().filter_map(|variable| variable.datasource.as_ref());
        for uid in of_panels.chain(of_variables).filter_map(|datasource| datasource.uid.as_ref()) {
            // `-- Mixed --`, `-- Grafana --` and the like are Grafana's own.
            let own = uid.starts_with("-- ") || matches!(uid.value.as_str(), "" | "default" | "grafana");
            let variable = uid.contains('$') || uid.contains("[[");
            if own || variable || project.datasources.iter().any(|known| known.value == uid.value) {
                continue;
            }
            if project.datasources.is_empty() {
                if told.insert(&uid.value) {
                    findings
                        .add(uid.spot(), format!("whether there is a data source `{}` is not known: nothing here provisions any", uid.value))
                        .severity(Severity::Info)
                        .help("check it together with the files that provision data sources, or use a variable of the type `datasource`");
                }
                continue;
            }
            let known = project.datasources.iter().map(|known| known.value.as_str());
            let help = match lapwing_config::nearest(uid, known) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "name one that is provisioned, or use a variable of the type `datasource`".to_owned(),
            };
            findings.add(uid.spot(), format!("no data source `{}` is provisioned", uid.value)).help(help);
        }
    }
}

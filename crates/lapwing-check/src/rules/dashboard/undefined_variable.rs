//! A query, a title, a legend or a data source uses a variable that is not in `templating.list` and none of Grafana's own.
//!
//! ```json
//! {"expr": "up{job=~\"$jbo\"}"}
//! ```
//!
//! ## Why it matters
//!
//! Grafana leaves the text as it is: the query asks for a job named `$jbo`, and the panel stays empty.
//!
//! ## How to mend it
//!
//! Add the variable, or correct its name. Grafana's own begin with `__`, such as `$__rate_interval`.
//!
//! ## When to allow it
//!
//! When the variable is added to the dashboard by what installs it.

use std::collections::{BTreeSet, HashMap};

use lapwing_document::Node;

use crate::{Dashboard, Findings, Project, Rule, Severity, Text, reference::references, rule::Check};

pub(crate) const RULE: Rule = Rule {
    id: "dashboard/undefined-variable",
    severity: Severity::Error,
    headline: "a panel uses a variable that the dashboard does not have",
    source: include_str!("undefined_variable.rs"),
    check: Check::Project(check),
};

fn check(project: &Project, findings: &mut Findings) {
    for dashboard in project.dashboards() {
        let defined = defined(dashboard);
        let list = if dashboard.has_elements() { "variables" } else { "templating.list" };
        let mut meant: HashMap<String, String> = HashMap::new();
        let mut look = |text: Option<Text>| {
            let Some(text) = text else { return };
            for (range, name) in references(&text) {
                if name.starts_with("__") || name == "timeFilter" || defined.contains(name) {
                    continue;
                }
                let help = meant.entry(name.to_owned()).or_insert_with(|| {
                    match lapwing_config::nearest(name, defined.iter().copied()) {
                        Some(near) => format!("did you mean `{near}`?"),
                        None => format!("add a variable `{name}` under `{list}`"),
                    }
                });
                findings.add(text.within(range), format!("the dashboard has no variable `{name}`")).help(help.as_str());
            }
        };
        let frame = &dashboard.frame;
        for panel in &dashboard.panels {
            look(panel.title.clone());
            look(panel.datasource.as_ref().and_then(|datasource| datasource.uid.clone()));
            for target in &panel.targets {
                look(target.node.get("expr").and_then(|node| frame.text(node)));
                look(target.legend.clone());
                look(target.datasource.as_ref().and_then(|datasource| datasource.uid.clone()));
            }
        }
        for variable in &dashboard.variables {
            let asks = variable.kind.as_ref().is_some_and(|kind| kind.value == "query");
            look(variable.query.clone().filter(|_| asks));
            look(variable.datasource.as_ref().and_then(|datasource| datasource.uid.clone()));
        }
    }
}

/// The variables, and what is asked for when the dashboard is imported.
fn defined(dashboard: &Dashboard) -> BTreeSet<&str> {
    let inputs = dashboard.node.get("__inputs").map(Node::items).unwrap_or_default();
    let inputs = inputs.iter().filter_map(|input| input.get("name")?.as_text());
    dashboard.variables.iter().filter_map(|variable| variable.name.as_deref()).chain(inputs).collect()
}

//! A label whose values are listed in the declaration has another one.
//!
//! ```yaml
//! labels: [{name: backend, field: backend, values: [embedded, postgres]}]
//! ```
//!
//! ## Why it matters
//!
//! Rules made from the list don't count what is under the other value. With Lapwing's own layer it can't happen (what is not listed becomes
//! `other`): so the service has another declaration than the one that is checked, or something else writes this metric.
//!
//! ## How to mend it
//!
//! Add the value to `values`, or compare versions and restart the service.
//!
//! ## When to allow it
//!
//! While a roll-out with a changed list is under way.

use std::collections::BTreeSet;

use lapwing_monitor::{Label, Values};

use crate::{Findings, Project, Rule, Severity, live::Against, rule::Check};

pub(crate) const RULE: Rule = Rule {
    id: "live/undeclared-label-value",
    severity: Severity::Warning,
    headline: "a label has a value that is not declared",
    source: include_str!("undeclared_label_value.rs"),
    check: Check::Project(check),
};

fn check(project: &Project, findings: &mut Findings) {
    for against in Against::all(project) {
        for (metric, family) in against.both() {
            let mut told = BTreeSet::new();
            for sample in family.samples.iter().filter(|sample| !sample.is_overflow()) {
                for (name, value) in &sample.labels {
                    let Some(Label { values: Values::Closed(values), .. }) = metric.label(name) else { continue };
                    if name.starts_with("otel_scope_") || values.contains(value) || !told.insert((name, value)) {
                        continue;
                    }
                    findings
                        .add(
                            against.declared(metric),
                            format!("`{}` is served with {name}={value:?}, which is not declared", metric.name),
                        )
                        .also(against.line(sample.line), "served here")
                        .help(format!(
                            "declared are {}; does the service run with this declaration?",
                            values.join(", ")
                        ));
                }
            }
        }
    }
}

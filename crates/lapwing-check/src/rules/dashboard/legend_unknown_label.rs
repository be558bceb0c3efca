//! The legend of a panel's query names a label that the query does not give: it was summed away, or no series has it.
//!
//! ```json
//! {"expr": "sum by (operation) (rate(sigil_error_total[$__rate_interval]))", "legendFormat": "{{backend}}"}
//! ```
//!
//! ## Why it matters
//!
//! Grafana leaves the place empty; before version 9 it showed the label's name. Several lines then have one name, and nobody can tell which is which.
//!
//! ## How to mend it
//!
//! Keep the label in the query, or name one that it gives:
//!
//! ```json
//! {"expr": "sum by (backend) (rate(sigil_error_total[$__rate_interval]))", "legendFormat": "{{backend}}"}
//! ```
//!
//! ## When to allow it
//!
//! When relabelling that is not among the files adds the label to all that is scraped. Labels by which several Prometheus are told apart, such as
//! `cluster`, are taken to be there unless the query sums them away. Of targets in the format `table`, which have no legend, nothing is said.

use std::ops::Range;

use lapwing_document::Node;
use lapwing_promql::Presence;

use crate::{Asker, Findings, Project, Rule, Severity, queried::Queried, rule::Check};

pub(crate) const RULE: Rule = Rule {
    id: "dashboard/legend-unknown-label",
    severity: Severity::Warning,
    headline: "a legend names a label that its query does not give",
    source: include_str!("legend_unknown_label.rs"),
    check: Check::Project(check),
};

fn check(project: &Project, findings: &mut Findings) {
    let queried = Queried::of(project);
    for asked in project.queries() {
        let (Asker::Panel(_, panel, target), Some(expr)) = (asked.by, asked.query.expr()) else { continue };
        let Some(legend) = &target.legend else { continue };
        let named = labels(legend);
        if named.is_empty() || target.node.get("format").and_then(Node::as_str) == Some("table") {
            continue;
        }
        let given = queried.labels_in_store(expr);
        // A heatmap without its buckets is told by `dashboard/heatmap-without-le`.
        let heatmap = panel.kind.as_ref().is_some_and(|kind| kind.value == "heatmap");
        let missing = |label: &str| given.has(label) == Presence::No && !(heatmap && label == "le");
        for (range, label) in named.into_iter().filter(|(_, label)| missing(label)) {
            let known = given.named().filter(|(_, presence)| *presence != Presence::No).map(|(label, _)| label);
            let help = match lapwing_config::nearest(label, known) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "keep the label in the query, or leave it out here".to_owned(),
            };
            findings
                .add(legend.within(range), format!("the query gives no label `{label}`: the legend is empty there"))
                .also(asked.query.spot(&expr.span), "what the legend is of")
                .help(help);
        }
    }
}

/// The labels that a legend names, with all that stands for each; not those whose name a variable gives.
fn labels(legend: &str) -> Vec<(Range<usize>, &str)> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(start) = legend[from..].find("{{").map(|offset| from + offset) {
        let Some(length) = legend[start..].find("}}") else { break };
        from = start + length + 2;
        let label = legend[start + 2..from - 2].trim();
        if !label.is_empty() && !label.contains(['$', '[', '{']) {
            found.push((start..from, label));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_stand_in_two_braces() {
        let names = |legend| labels(legend).into_iter().map(|(range, label)| (range.start, label)).collect::<Vec<_>>();
        assert_eq!(names("é {{a}} / {{ b.c }}{{}}"), [(3, "a"), (11, "b.c")]);
        for none in ["", "__auto", "{{", "{{a", "{{a}", "{a}", "}}{{", "{{$a}}", "{{[[a]]}}", "{{ }}"] {
            assert_eq!(names(none), [], "{none}");
        }
    }
}

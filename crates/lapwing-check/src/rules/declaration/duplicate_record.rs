//! Two rules record the same name with the same labels from the same query, or from queries whose results have no labels to tell them apart; or
//! two alerts of the same name have the same labels and the same query.
//!
//! ```yaml
//! - {record: "sigil:errors:rate5m", expr: "sum(rate(sigil_error_total[5m]))"}
//! - {record: "sigil:errors:rate5m", expr: "sum(rate(sigil_failure_total[5m]))"}
//! ```
//!
//! ## Why it matters
//!
//! Two rules that record the same series write over each other: at equal times Prometheus drops one sample and says so in its log, and which one
//! stays is chance. An alert that stands twice is evaluated twice, and a change to one of the two changes nothing.
//!
//! ## How to mend it
//!
//! Take one away, or give each a label of its own.
//!
//! ## When to allow it
//!
//! When the two files are never loaded by the same Prometheus.

use std::collections::{BTreeMap, HashMap};

use lapwing_promql::{Expr, Presence};

use crate::{Findings, Pair, Project, Query, Rule, RuleGroup, Severity, Text, rule::Check};

pub(crate) const RULE: Rule = Rule {
    id: "declaration/duplicate-record",
    severity: Severity::Warning,
    headline: "the same rule stands twice",
    source: include_str!("duplicate_record.rs"),
    check: Check::Project(check),
};

fn check(project: &Project, findings: &mut Findings) {
    let mut seen: HashMap<Key, Vec<(&Text, &Query)>> = HashMap::new();
    let records = project.recordings().map(|(group, rule)| (true, group, &rule.name, &rule.labels, &rule.expr));
    let alerts = project.alerts().map(|(group, rule)| (false, group, &rule.name, &rule.labels, &rule.expr));
    for (records, group, name, labels, query) in records.chain(alerts) {
        let known = seen.entry(key(records, group, name, labels)).or_default();
        let same = known.iter().find(|(_, other)| {
            let (Some(mine), Some(other)) = (query.expr(), other.expr()) else { return query.text() == other.text() };
            let bare = |expr: &Expr| {
                let labels = expr.result_labels();
                let named = labels.named().any(|(label, presence)| label != "__name__" && presence != Presence::No);
                !labels.is_open() && !named
            };
            mine.to_string() == other.to_string() || (records && bare(mine) && bare(other))
        });
        match same {
            Some((first, _)) => {
                let what = if records { "the same series is recorded" } else { "the same alert stands here" };
                findings
                    .add(name.spot(), format!("{what} twice: `{}`", name.value))
                    .also(first.spot(), "the other one")
                    .help("take one away, or give each a label of its own");
            }
            None => known.push((name, query)),
        }
    }
}

/// What rules have in common that may collide: kind, name, namespace and labels.
type Key = (bool, String, Option<String>, BTreeMap<String, String>);

fn key(records: bool, group: &RuleGroup, name: &Text, labels: &[Pair]) -> Key {
    let all = group.labels.iter().chain(labels);
    let labels = all.map(|pair| (pair.key.clone(), pair.value.value.clone())).collect();
    (records, name.value.clone(), group.namespace.clone(), labels)
}

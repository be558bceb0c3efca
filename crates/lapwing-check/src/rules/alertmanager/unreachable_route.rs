//! No alert takes the route: a route before it takes all that it could get and does not `continue`, its matchers contradict each other or
//! those of the routes above it, or (for information) none of the alert rules among the files has such labels.
//!
//! ```yaml
//! routes:
//!   - {receiver: slack}
//!   - {matchers: ['severity="critical"'], receiver: pagerduty}   # never reached
//! ```
//!
//! ## Why it matters
//!
//! Routes are tried in order and the first that matches takes the alert. What stands behind a catch-all looks configured and does nothing.
//!
//! ## How to mend it
//!
//! Put the narrow route before the wide one, set `continue: true` on the wide one if both are meant, or match what the rules set.
//!
//! ```yaml
//! routes:
//!   - {matchers: ['severity="critical"'], receiver: pagerduty}
//!   - {receiver: slack}
//! ```
//!
//! ## When to allow it
//!
//! When the alerts for the route come from rules that are kept elsewhere. Where a label may come from series that nothing here declares, or from
//! a Prometheus whose configuration is not among the paths (`cluster`, `region`), nothing is said.

use crate::{
    Findings, LabelMatcher, LabelOp, Project, Route, Rule, Severity,
    firing::{AlertLabels, Truth},
    routing::Matching,
    rule::Check,
};

pub(crate) const RULE: Rule = Rule {
    id: "alertmanager/unreachable-route",
    severity: Severity::Warning,
    headline: "no alert can take a route",
    source: include_str!("unreachable_route.rs"),
    check: Check::Project(check),
};

fn check(project: &Project, findings: &mut Findings) {
    let matching = Matching::default();
    let all = AlertLabels::all(project);
    for config in project.alertmanagers() {
        let Some(root) = &config.route else { continue };
        let alerts: Vec<&AlertLabels<'_>> = all.iter().filter(|_| !config.object).collect();
        below(root, &mut Vec::new(), &alerts, &matching, findings);
    }
}

/// Checks the routes below `parent`, which the alerts reach; `above` are the matchers on the way to them.
fn below<'c>(
    parent: &'c Route,
    above: &mut Vec<&'c LabelMatcher>,
    alerts: &[&AlertLabels<'_>],
    matching: &Matching,
    findings: &mut Findings,
) {
    let mut left = alerts.to_vec();
    for (index, route) in parent.routes.iter().enumerate() {
        let spot = route.matchers.first().map_or(route.spot, |matcher| matcher.spot);
        let taker = parent.routes[..index].iter().find(|before| takes_all(before, route, matching));
        let depth = above.len();
        above.extend(&route.matchers);
        let may_take = |labels: &&&AlertLabels<'_>| matching.all(&route.matchers, labels) != Truth::No;
        let reaching: Vec<&AlertLabels<'_>> = left.iter().filter(may_take).copied().collect();
        if let Some(taker) = taker {
            let taken = taker.matchers.first().map_or(taker.spot, |matcher| matcher.spot);
            findings
                .add(spot, "no alert reaches this route: one before it takes them all")
                .also(taken, "takes what could come here, and does not continue")
                .help("put this route before that one, or set `continue: true` there");
        } else if let Some((one, other)) = contradiction(above, matching) {
            findings
                .add(one.spot, format!("no alert reaches this route: `{}` can't be both", one.label))
                .also(other.spot, "contradicts it")
                .help("move the route to where its alerts pass, or correct the matcher");
        } else if !alerts.is_empty() && reaching.is_empty() && route.wrong_matchers.is_empty() {
            findings
                .add(spot, "none of the alert rules has labels that lead here")
                .severity(Severity::Info)
                .help("correct the matchers if the rules are all here, or take the route away");
        } else {
            below(route, above, &reaching, matching, findings);
        }
        above.truncate(depth);
        if !route.goes_on && route.wrong_matchers.is_empty() {
            left.retain(|labels| matching.all(&route.matchers, labels) != Truth::Yes);
        }
    }
}

/// Whether `before` takes every alert that `route` could.
fn takes_all(before: &Route, route: &Route, matching: &Matching) -> bool {
    let implied = |wide: &LabelMatcher| {
        (wide.op == LabelOp::Regex && wide.value == ".*")
            || route.matchers.iter().any(|narrow| {
                let same = (&wide.label, wide.op, &wide.value) == (&narrow.label, narrow.op, &narrow.value);
                let within = wide.label == narrow.label
                    && narrow.op == LabelOp::Equal
                    && matching.takes(wide, &narrow.value) == Truth::Yes;
                same || within
            })
    };
    !before.goes_on && before.wrong_matchers.is_empty() && before.matchers.iter().all(implied)
}

/// A matcher that takes nothing of what another one, for equality, leaves; the later one first.
fn contradiction<'m>(all: &[&'m LabelMatcher], matching: &Matching) -> Option<(&'m LabelMatcher, &'m LabelMatcher)> {
    for (index, equal) in all.iter().enumerate().filter(|(_, matcher)| matcher.op == LabelOp::Equal) {
        for (place, other) in all.iter().enumerate().filter(|(_, other)| other.label == equal.label) {
            if matching.takes(other, &equal.value) == Truth::No {
                return Some(if place > index { (other, equal) } else { (equal, other) });
            }
        }
    }
    None
}

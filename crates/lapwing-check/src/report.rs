//! What all rules found.

use crate::{
    Finding, Findings, Project, Rule, Severity,
    allowance::{Allowable, Outcome},
    origin::Origins,
    rule::Check,
};

/// What was found in a project.
#[derive(Debug)]
pub struct Report<'p> {
    /// What was checked.
    pub project: &'p Project,
    /// What was found, in the order of files and places.
    pub findings: Vec<Finding>,
    /// How many findings are allowed by words in the files.
    pub suppressed: usize,
}

/// Checks a project by all rules.
pub fn check(project: &Project) -> Report<'_> {
    let mut findings = Findings::default();
    let rules = Rule::all();
    for rule in &rules {
        if let Check::Project(check) = rule.check {
            findings.of(rule.id, rule.severity);
            check(project, &mut findings);
        }
    }
    findings.at_their_source(project);
    findings.by_the_closest_rule();
    let mut used = vec![false; project.suppressions.len()];
    let mut allowed = vec![false; findings.found().len()];
    let origins = Origins::of(project);
    findings.with_their_origin(&origins);
    let allowable = Allowable::new(findings.found(), &origins);
    for (suppression, used) in project.suppressions.iter().zip(&mut used) {
        for index in allowable.by(suppression).chain(allowable.declared_by(suppression)) {
            (*used, allowed[index]) = (true, true);
        }
    }
    let outcome = Outcome { used, ids: rules.iter().map(|rule| rule.id).collect() };
    let mut left = findings.without(&allowed);
    for rule in &rules {
        if let Check::Outcome(check) = rule.check {
            left.of(rule.id, rule.severity);
            check(project, &outcome, &mut left);
        }
    }
    let suppressed = allowed.iter().filter(|allowed| **allowed).count();
    Report { project, findings: left.sorted(), suppressed }
}

impl Report<'_> {
    /// How many findings weigh this much.
    pub fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.severity == severity).count()
    }

    /// Whether a finding weighs at least this much.
    pub fn fails(&self, at: Severity) -> bool {
        self.findings.iter().any(|finding| finding.severity >= at)
    }
}

//! What a rule is.

use crate::{Findings, Project, Severity, allowance::Outcome};

/// One thing that can be wrong.
///
/// The comment at the head of its file is its page: what is wrong, why it matters, how to mend it, when to allow it.
#[derive(Debug)]
pub struct Rule {
    /// `family/name`: names the flaw, and is also the path of its source, its fixtures and its page.
    pub id: &'static str,
    /// How much its findings weigh.
    pub severity: Severity,
    /// What it finds, in one line.
    pub headline: &'static str,
    pub(crate) source: &'static str,
    pub(crate) check: Check,
}

/// How a rule finds what it finds.
#[derive(Debug)]
pub(crate) enum Check {
    /// In the files.
    Project(fn(&Project, &mut Findings)),
    /// In what became of the suppressions once all others have been checked.
    Outcome(fn(&Project, &Outcome, &mut Findings)),
}

impl Rule {
    /// What there is to know about it, in Markdown.
    pub fn page(&self) -> String {
        let body = self.source.lines().map_while(|line| line.strip_prefix("//!"));
        let body: Vec<&str> = body.map(|line| line.strip_prefix(' ').unwrap_or(line)).collect();
        format!("# {}\n\n{} · {}\n\n{}\n", self.id, self.severity, self.headline, body.join("\n"))
    }
}

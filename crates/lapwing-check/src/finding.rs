//! What was found.

use std::collections::{HashMap, HashSet};

use lapwing_document::Place;

use crate::{Kind, Project, Severity, Spot, origin::Origins};

/// Whether a finding is left to another about the same place: of a rule that tells what others told, and one that tells the same more closely.
fn is_told_by(finding: &Finding, other: &Finding) -> bool {
    match finding.id {
        // What is not scraped is another matter, wherever that is told.
        "declaration/refused" => {
            other.severity == Severity::Error && ![finding.id, "declaration/unknown-job"].contains(&other.id)
        }
        "declaration/not-as-written" => other.id == "declaration/unmatched-view",
        _ => false,
    }
}

/// Something that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Which rule found it: `family/name`.
    pub id: &'static str,
    /// How much it weighs.
    pub severity: Severity,
    /// What is wrong; reads alone.
    pub message: String,
    /// Where: the first is what it is about, others are what it disagrees with.
    pub marks: Vec<Mark>,
    /// What to do.
    pub help: Option<String>,
}

/// A place of a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Where.
    pub spot: Spot,
    /// What to say there.
    pub label: Option<String>,
}

impl Finding {
    /// What to say at the place it is about.
    pub fn label(&mut self, label: impl Into<String>) -> &mut Self {
        self.marks[0].label = Some(label.into());
        self
    }

    /// A further place.
    pub fn also(&mut self, spot: Spot, label: impl Into<String>) -> &mut Self {
        self.marks.push(Mark { spot, label: Some(label.into()) });
        self
    }

    /// What to do.
    pub fn help(&mut self, help: impl Into<String>) -> &mut Self {
        self.help = Some(help.into());
        self
    }

    /// Lighter or heavier than the rule's own severity.
    pub fn severity(&mut self, severity: Severity) -> &mut Self {
        self.severity = severity;
        self
    }

    /// The place it is about.
    pub fn spot(&self) -> Spot {
        self.marks[0].spot
    }

    /// The page about it, from the root of this project.
    pub fn page(&self) -> String {
        format!("docs/checks/{}.md", self.id)
    }
}

/// Takes findings of one rule after the other.
#[derive(Debug, Default)]
pub struct Findings {
    rule: Option<(&'static str, Severity)>,
    found: Vec<Finding>,
}

impl Findings {
    /// What is added from here on is of the rule with this id and weight.
    pub(crate) fn of(&mut self, id: &'static str, severity: Severity) {
        self.rule = Some((id, severity));
    }

    /// A finding of the rule that is being checked, about this place; the rest is added to what is given back.
    pub fn add(&mut self, spot: Spot, message: impl Into<String>) -> &mut Finding {
        let (id, severity) = self.rule.unwrap_or(("", Severity::Error));
        let marks = vec![Mark { spot, label: None }];
        self.found.push(Finding { id, severity, message: message.into(), marks, help: None });
        let last = self.found.len() - 1;
        &mut self.found[last]
    }

    pub(crate) fn found(&self) -> &[Finding] {
        &self.found
    }

    /// Leaves out, in files that were generated, what is also found in the declarations that they were generated from:
    /// there is where to mend it.
    pub(crate) fn at_their_source(&mut self, project: &Project) {
        let of_monitoring = |finding: &&Finding| project.file(finding.spot().file).kinds.contains(&Kind::Monitoring);
        let key = |finding: &Finding| (finding.id, finding.message.clone());
        let declared: HashSet<_> = self.found.iter().filter(of_monitoring).map(key).collect();
        self.found
            .retain(|finding| !(project.file(finding.spot().file).is_generated && declared.contains(&key(finding))));
    }

    /// Leaves out what is refused as a whole, or warned of at the service's start, where a rule of its own tells the same at the same place.
    pub(crate) fn by_the_closest_rule(&mut self) {
        let line = |finding: &Finding| (finding.spot().file, finding.spot().place.line);
        let mut lines: HashMap<_, Vec<&Finding>> = HashMap::new();
        self.found.iter().for_each(|finding| lines.entry(line(finding)).or_default().push(finding));
        let overlap = |a: Place, b: Place| a.column < b.column + b.width && b.column < a.column + a.width;
        let closer = |finding: &Finding, other: &Finding| {
            is_told_by(finding, other) && overlap(finding.spot().place, other.spot().place)
        };
        let told = |finding: &Finding| {
            lines.get(&line(finding)).is_some_and(|others| others.iter().any(|other| closer(finding, other)))
        };
        let told: Vec<bool> = self.found.iter().map(told).collect();
        *self = std::mem::take(self).without(&told);
    }

    /// Says of what stands in a generated file where it is declared.
    pub(crate) fn with_their_origin(&mut self, origins: &Origins) {
        for finding in &mut self.found {
            if let Some(declared) = origins.declared(finding.spot()) {
                finding.also(declared.name, "declared here: mend it, or allow it, here");
            }
        }
    }

    /// Those that are not marked, such as those that are not allowed.
    pub(crate) fn without(self, marked: &[bool]) -> Findings {
        let left = self.found.into_iter().zip(marked).filter(|(_, marked)| !**marked);
        Findings { rule: None, found: left.map(|(finding, _)| finding).collect() }
    }

    /// Each once, in the order of files and places.
    pub(crate) fn sorted(mut self) -> Vec<Finding> {
        self.found.sort_by(|a, b| {
            let key = |finding: &Finding| (finding.spot(), finding.id);
            key(a).cmp(&key(b)).then_with(|| a.message.cmp(&b.message))
        });
        let mut seen = HashSet::new();
        self.found.retain(|finding| seen.insert((finding.spot(), finding.id, finding.message.clone())));
        self.found
    }
}

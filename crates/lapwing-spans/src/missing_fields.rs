//! Fields that rules want of a callsite which does not declare them: misspelt, as a rule.

use tracing_core::Metadata;

use crate::{
    LabelSource, Measure, Outcome, Rule,
    outcome::STATUS_FIELD,
    problems::{Problems, Reason, Said},
    reentry,
    suggestion::nearest,
};

/// What the rules of one callsite want in vain. `tracing` lets no field be recorded that the callsite does not declare, so
/// these are known before anything is measured.
#[derive(Debug)]
pub(crate) struct MissingFields {
    missing: Box<[Missing]>,
    reported: Said,
}

#[derive(Debug)]
struct Missing {
    /// `span{field}`: spans of one name say a field once, wherever they are made.
    subject: String,
    text: String,
    said: Said,
}

impl MissingFields {
    /// `rules` are those that select the callsite.
    pub(crate) fn new<'r>(metadata: &Metadata<'_>, rules: impl Iterator<Item = &'r Rule>) -> Self {
        let mut fields: Vec<&str> = Vec::new();
        for field in rules.filter(|rule| names_one(rule)).flat_map(wanted) {
            if metadata.fields().field(field).is_none() && !fields.contains(&field) {
                fields.push(field);
            }
        }
        let missing = fields.into_iter().map(|field| Missing::new(metadata, field)).collect();
        Self { missing, reported: Said::default() }
    }

    pub(crate) fn any(&self) -> bool {
        !self.missing.is_empty()
    }

    /// Counts and logs each, the first time it is called. Whether it did.
    pub(crate) fn report(&self, problems: &Problems) -> bool {
        if self.missing.is_empty() || reentry::measuring() || !self.reported.first() {
            return false;
        }
        for Missing { subject, text, said } in &self.missing {
            problems.count(Reason::FieldMissing, said, subject, text);
        }
        true
    }
}

impl Missing {
    fn new(metadata: &Metadata<'_>, field: &str) -> Self {
        let name = metadata.name();
        let kind = if metadata.is_span() { "span" } else { "event" };
        let advice = match nearest(field, metadata.fields().iter().map(|declared| declared.name())) {
            Some(declared) => format!("did you mean `{declared}`?"),
            None => "declare it there, or correct the rule".to_owned(),
        };
        Self {
            subject: format!("{name}{{{field}}}"),
            text: format!("{kind} `{name}` declares no field `{field}`; {advice}"),
            said: Said::default(),
        }
    }
}

/// Whether the rule is for one name: of many, some may well lack a field.
fn names_one(rule: &Rule) -> bool {
    rule.matches.name.as_ref().is_some_and(|name| !name.contains(['*', '?']))
}

/// The fields without which a rule measures less than it says.
fn wanted(rule: &Rule) -> impl Iterator<Item = &str> {
    let outcome = match &rule.outcome {
        Outcome::Field { name, .. } => Some(name.as_str()),
        Outcome::Status => None,
    };
    let of_measures = rule.measures.iter().flat_map(|measure| {
        let labels = measure.instrument().labels.iter().filter(|label| label.default.is_none());
        let labels = labels.filter_map(|label| match &label.source {
            LabelSource::Field(field) => Some(field.as_str()),
            _ => None,
        });
        let number = match measure {
            Measure::Histogram { field, .. } | Measure::Counter { field, .. } => Some(field.as_str()),
            Measure::Duration(_) | Measure::Calls(_) | Measure::Errors(_) | Measure::InFlight(_) => None,
        };
        labels.chain(number)
    });
    outcome.into_iter().chain(of_measures).filter(|field| *field != STATUS_FIELD)
}

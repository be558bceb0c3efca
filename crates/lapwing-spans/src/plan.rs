//! What is to be done at one callsite: its rules, found once, with fields turned into slots.

use std::sync::Arc;

use opentelemetry::Key;
use tracing_core::Metadata;
use wildmatch::WildMatch;

use crate::{
    Label, LabelSource, Match, Matched, Measure, Outcome, Rule, Timing,
    capture::{Captures, Fields, Wanted},
    missing_fields::MissingFields,
    outcome::{OutcomePlan, Verdict},
    problems::Said,
    sink::Sink,
};

/// A rule and the sinks of its measures, in their order.
#[derive(Debug)]
pub(crate) struct BoundRule {
    pub(crate) rule: Rule,
    pub(crate) sinks: Vec<Arc<Sink>>,
}

/// What is to be done at one callsite that a rule matches.
#[derive(Debug)]
pub(crate) struct CallsitePlan {
    pub(crate) name: &'static str,
    pub(crate) fields: Fields,
    pub(crate) rules: Box<[RulePlan]>,
    /// Measures of all rules that are made at creation and undone at close.
    pub(crate) in_flight: Box<[MeasurePlan]>,
    /// Whether an ERROR event inside the span matters.
    pub(crate) error_events: bool,
    /// Whether elapsed time is measured.
    pub(crate) elapsed: bool,
    /// Whether busy time is measured.
    pub(crate) busy: bool,
    /// Whether a measurement can become an exemplar.
    pub(crate) exemplars: bool,
    /// By slot of `fields`: whether a cut value has been said.
    pub(crate) cut_said: Box<[Said]>,
    /// Fields that the rules want and the callsite does not declare.
    pub(crate) missing: MissingFields,
}

#[derive(Debug)]
pub(crate) struct RulePlan {
    pub(crate) outcome: OutcomePlan,
    pub(crate) timing: Timing,
    /// In nanoseconds.
    pub(crate) log_over: Option<u64>,
    /// Labels for the slow log, by name.
    pub(crate) logged: Box<[(Key, LabelPlan)]>,
    pub(crate) measures: Box<[MeasurePlan]>,
}

#[derive(Debug)]
pub(crate) struct MeasurePlan {
    pub(crate) sink: Arc<Sink>,
    pub(crate) what: What,
    /// By the sink's keys.
    pub(crate) labels: Box<[LabelPlan]>,
    pub(crate) refused_said: Said,
}

/// What is measured. A slot is missing where the callsite has no such field: then nothing is.
#[derive(Debug)]
pub(crate) enum What {
    /// Divided by this many nanoseconds.
    Duration(f64),
    Calls,
    Errors,
    InFlight,
    Histogram {
        field: String,
        slot: Option<usize>,
    },
    Counter {
        field: String,
        slot: Option<usize>,
    },
}

/// Where one label's value comes from.
#[derive(Clone, Debug)]
pub(crate) enum LabelPlan {
    Absent,
    Outcome,
    Constant(Box<str>),
    Field { slot: usize, default: Option<Box<str>>, values: Option<Box<[String]>> },
}

impl LabelPlan {
    pub(crate) fn value<'a>(&'a self, captures: &'a Captures, verdict: Verdict) -> Option<&'a str> {
        match self {
            Self::Absent => None,
            Self::Outcome => Some(verdict.as_str()),
            Self::Constant(value) => Some(value),
            Self::Field { slot, default, values } => match captures.text(*slot) {
                None => default.as_deref(),
                Some(text) => Some(match values {
                    Some(values) if !values.iter().any(|value| value == text) => Label::OTHER,
                    _ => text,
                }),
            },
        }
    }

    fn new(label: &Label, name: &'static str, slots: &mut Slots<'_>) -> Self {
        match &label.source {
            LabelSource::Outcome => Self::Outcome,
            LabelSource::Constant(value) => Self::Constant(value.as_str().into()),
            LabelSource::SpanName => Self::Constant(name.into()),
            LabelSource::Field(field) => match (slots.text(field), &label.default) {
                (Some(slot), default) => Self::Field {
                    slot,
                    default: default.as_deref().map(Into::into),
                    values: label.values.as_deref().map(Into::into),
                },
                // Tracing lets no field be recorded that the callsite does not declare.
                (None, Some(default)) => Self::Constant(default.as_str().into()),
                (None, None) => Self::Absent,
            },
        }
    }
}

impl Match {
    /// Whether a callsite is selected.
    pub(crate) fn selects(&self, metadata: &Metadata<'_>) -> bool {
        let kind = match self.kind {
            Matched::Span => metadata.is_span(),
            Matched::Event => metadata.is_event(),
        };
        let fits = |glob: &Option<String>, text| glob.as_deref().is_none_or(|glob| WildMatch::new(glob).matches(text));
        kind && fits(&self.name, metadata.name())
            && fits(&self.target, metadata.target())
            // Tracing orders levels by verbosity: ERROR is the least.
            && self.level.as_ref().is_none_or(|level| metadata.level() <= level)
    }
}

impl CallsitePlan {
    /// The plan for a callsite with `rules`, all of which select it.
    pub(crate) fn new(metadata: &'static Metadata<'static>, rules: &[&BoundRule]) -> Self {
        let mut slots = Slots { metadata, wanted: Vec::new() };
        let mut in_flight = Vec::new();
        let missing = MissingFields::new(metadata, rules.iter().map(|bound| &bound.rule));
        let rules: Box<[_]> =
            rules.iter().map(|bound| RulePlan::new(bound, metadata.name(), &mut slots, &mut in_flight)).collect();
        let timed = |timing| {
            rules.iter().any(|rule| {
                let duration = rule.measures.iter().any(|measure| matches!(measure.what, What::Duration(_)));
                rule.timing == timing && (duration || rule.log_over.is_some())
            })
        };
        Self {
            name: metadata.name(),
            error_events: rules.iter().any(|rule| matches!(rule.outcome, OutcomePlan::Status { .. })),
            elapsed: timed(Timing::Elapsed),
            busy: timed(Timing::Busy),
            exemplars: rules.iter().flat_map(|rule| &rule.measures).any(|measure| measure.sink.takes_exemplars()),
            cut_said: slots.wanted.iter().map(|_| Said::default()).collect(),
            fields: Fields::new(metadata.callsite(), metadata.fields().iter().map(|field| field.name()), slots.wanted),
            in_flight: in_flight.into(),
            missing,
            rules,
        }
    }
}

impl RulePlan {
    fn new(bound: &BoundRule, name: &'static str, slots: &mut Slots<'_>, in_flight: &mut Vec<MeasurePlan>) -> Self {
        let BoundRule { rule, sinks } = bound;
        let mut measures = Vec::new();
        let mut logged: Vec<(Key, LabelPlan)> = Vec::new();
        for (measure, sink) in rule.measures.iter().zip(sinks) {
            let plan = MeasurePlan::new(measure, sink, name, slots);
            for (key, label) in sink.keys().iter().zip(&plan.labels) {
                if !matches!(label, LabelPlan::Absent) && !logged.iter().any(|(known, _)| known == key) {
                    logged.push((key.clone(), label.clone()));
                }
            }
            match plan.what {
                What::InFlight => in_flight.push(plan),
                _ => measures.push(plan),
            }
        }
        Self {
            outcome: OutcomePlan::new(&rule.outcome, |field| slots.text(field)),
            timing: rule.timing,
            log_over: rule.log_over.map(|over| u64::try_from(over.as_nanos()).unwrap_or(u64::MAX)),
            logged: logged.into(),
            measures: measures.into(),
        }
    }
}

impl MeasurePlan {
    fn new(measure: &Measure, sink: &Arc<Sink>, name: &'static str, slots: &mut Slots<'_>) -> Self {
        let instrument = measure.instrument();
        let labels = sink
            .keys()
            .iter()
            .map(|key| match instrument.labels.iter().find(|label| label.name == key.as_str()) {
                Some(label) => LabelPlan::new(label, name, slots),
                None => LabelPlan::Absent,
            })
            .collect();
        let what = match measure {
            Measure::Duration(instrument) => What::Duration(nanoseconds(&instrument.unit).unwrap_or(1e9)),
            Measure::Calls(_) => What::Calls,
            Measure::Errors(_) => What::Errors,
            Measure::InFlight(_) => What::InFlight,
            Measure::Histogram { field, .. } => What::Histogram { field: field.clone(), slot: slots.number(field) },
            Measure::Counter { field, .. } => What::Counter { field: field.clone(), slot: slots.number(field) },
        };
        Self { sink: Arc::clone(sink), what, labels, refused_said: Said::default() }
    }
}

/// How many nanoseconds a duration's unit has; the empty unit is the second.
pub(crate) fn nanoseconds(unit: &str) -> Option<f64> {
    match unit {
        "" | "s" => Some(1e9),
        "ms" => Some(1e6),
        "us" => Some(1e3),
        "ns" => Some(1.0),
        _ => None,
    }
}

/// Whether the rule takes its outcome from the status, and so from ERROR events.
pub(crate) fn uses_status(rule: &Rule) -> bool {
    rule.outcome == Outcome::Status
}

/// Gives every field that a rule needs a slot.
struct Slots<'a> {
    metadata: &'a Metadata<'static>,
    wanted: Vec<Wanted>,
}

impl Slots<'_> {
    fn text(&mut self, field: &str) -> Option<usize> {
        let slot = self.slot(field)?;
        self.wanted[slot].text = true;
        Some(slot)
    }

    fn number(&mut self, field: &str) -> Option<usize> {
        let slot = self.slot(field)?;
        self.wanted[slot].number = true;
        Some(slot)
    }

    fn slot(&mut self, field: &str) -> Option<usize> {
        let name = self.metadata.fields().field(field)?.name();
        Some(self.wanted.iter().position(|wanted| wanted.name == name).unwrap_or_else(|| {
            self.wanted.push(Wanted { name, text: false, number: false });
            self.wanted.len() - 1
        }))
    }
}

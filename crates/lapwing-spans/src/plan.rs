//! What is to be done at one callsite: its rules, found once, with fields turned into slots.

use std::sync::Arc;

use tracing_core::Metadata;
use wildmatch::WildMatch;

use crate::{
    Instrument, Label, LabelSource, Match, Matched, Measure, Outcome, Rule, Timing,
    capture::{Fields, Wanted},
    instrument::nanoseconds,
    key::{Few, Key},
    live_span::{self, LiveSpan},
    missing_fields::MissingFields,
    origin::Asking,
    outcome::{Judge, OutcomePlan, Verdict},
    problems::Said,
    sink::Sink,
    values::{Value, Values},
};

/// A rule and the sinks of its measures, in their order, each with its number.
#[derive(Debug)]
pub(crate) struct BoundRule {
    pub(crate) rule: Rule,
    pub(crate) sinks: Vec<(u32, Arc<Sink>)>,
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
    /// Whether there may be something to say when a span closes: of missing fields, or that it was slow.
    pub(crate) reports: bool,
    /// Those of [`live_span`] that every span of it begins with.
    pub(crate) flags: u32,
    /// Whether a measurement can become an exemplar.
    pub(crate) exemplars: bool,
    pub(crate) asking: Asking,
    /// Fields that the rules want and the callsite does not declare.
    pub(crate) missing: MissingFields,
}

#[derive(Debug)]
pub(crate) struct RulePlan {
    pub(crate) outcome: OutcomePlan,
    pub(crate) timing: Timing,
    /// In nanoseconds.
    pub(crate) log_over: Option<f64>,
    pub(crate) measures: Box<[MeasurePlan]>,
}

#[derive(Debug)]
pub(crate) struct MeasurePlan {
    pub(crate) sink: Arc<Sink>,
    pub(crate) sink_number: u32,
    pub(crate) what: What,
    pub(crate) labels: Labels,
    pub(crate) refused_said: Said,
}

/// What is measured. The number is missing where the callsite has no such field: then nothing is.
#[derive(Debug)]
pub(crate) enum What {
    /// Divided by this many nanoseconds.
    Duration(f64),
    Calls,
    Errors,
    InFlight,
    Histogram {
        field: String,
        number: Option<usize>,
    },
    Counter {
        field: String,
        number: Option<usize>,
    },
}

/// How the label values of one measure are found, by the sink's keys.
#[derive(Debug)]
pub(crate) struct Labels {
    /// What doesn't depend on the span: constants, and the defaults of fields.
    fixed: Key,
    /// Where the outcome goes.
    outcomes: Box<[usize]>,
    fields: Box<[FieldLabel]>,
}

/// A label that comes from a field.
#[derive(Clone, Debug)]
struct FieldLabel {
    label: usize,
    cell: usize,
    closed: Option<Closed>,
}

/// A closed list of values.
#[derive(Clone, Debug)]
struct Closed {
    values: Box<[Value]>,
    other: Value,
}

/// The values of [`Verdict::ALL`].
const OUTCOMES: [Value; 2] = [outcome_value(Verdict::Ok), outcome_value(Verdict::Error)];

const fn outcome_value(verdict: Verdict) -> Value {
    match Value::held(verdict.as_str()) {
        Some(value) => value,
        None => panic!("the outcomes are short"),
    }
}

impl Labels {
    /// The values that don't depend on the span, if there are few labels.
    #[inline(always)]
    pub(crate) fn few(&self) -> Option<&Few> {
        self.fixed.few()
    }

    /// Adds those that depend on it. Long values may be unknown.
    #[inline(always)]
    pub(crate) fn fill(&self, few: &mut Few, span: &LiveSpan, verdict: Verdict) {
        for outcome in &self.outcomes {
            if let Some(value) = few.get_mut(*outcome) {
                *value = OUTCOMES[verdict as usize];
            }
        }
        for field in &self.fields {
            if let (Some(value), Some(label)) = (field.value(span), few.get_mut(field.label)) {
                *label = value;
            }
        }
    }

    /// The key. Long values may be unknown.
    pub(crate) fn fill_key(&self, key: &mut Key, span: &LiveSpan, verdict: Verdict) {
        key.copy(&self.fixed);
        for outcome in &self.outcomes {
            key.set(*outcome, OUTCOMES[verdict as usize]);
        }
        for field in &self.fields {
            if let Some(value) = field.value(span) {
                key.set(field.label, value);
            }
        }
    }

    /// The text of a value that is unknown.
    pub(crate) fn unknown(&self, label: usize, span: &LiveSpan, values: &Values) -> Option<String> {
        let field = self.fields.iter().find(|field| field.label == label)?;
        span.text(field.cell, values)
    }

    /// The key with nothing but the outcome.
    pub(crate) fn outcome_only(&self, verdict: Verdict) -> Key {
        let mut key = Key::new(self.fixed.labels());
        for outcome in &self.outcomes {
            key.set(*outcome, OUTCOMES[verdict as usize]);
        }
        key
    }

    /// The texts of all values, by key.
    pub(crate) fn texts(&self, span: &LiveSpan, verdict: Verdict, values: &Values) -> Vec<Option<String>> {
        let mut key = self.fixed.clone();
        self.fill_key(&mut key, span, verdict);
        let text = |label| match key.get(label) {
            unknown if unknown.is_unknown() => self.unknown(label, span, values),
            known => values.text(known),
        };
        (0..key.labels()).map(text).collect()
    }

    fn new(instrument: &Instrument, sink: &Sink, name: &'static str, cells: &mut Cells<'_>, values: &Values) -> Self {
        let mut fixed = Key::new(sink.keys().len());
        let (mut outcomes, mut fields) = (Vec::new(), Vec::new());
        for (label, key) in sink.keys().iter().enumerate() {
            let Some(declared) = instrument.labels.iter().find(|label| label.name == key.as_str()) else { continue };
            match &declared.source {
                LabelSource::Outcome => outcomes.push(label),
                LabelSource::Constant(value) => fixed.set(label, values.intern(value)),
                LabelSource::SpanName => fixed.set(label, values.intern(name)),
                LabelSource::Field(field) => {
                    if let Some(default) = &declared.default {
                        fixed.set(label, values.intern(default));
                    }
                    // Tracing lets no field be recorded that the callsite does not declare: then it is the default.
                    let closed = declared.values.as_deref().map(|list| Closed::new(list, values));
                    fields.extend(cells.text(field).map(|cell| FieldLabel { label, cell, closed }));
                }
            }
        }
        Self { fixed, outcomes: outcomes.into(), fields: fields.into() }
    }
}

impl FieldLabel {
    /// Nothing if the field is missing: then it is the default.
    #[inline(always)]
    fn value(&self, span: &LiveSpan) -> Option<Value> {
        let value = span.cell(self.cell);
        if value.is_none() {
            return None;
        }
        Some(match &self.closed {
            None => value,
            Some(closed) => closed.value(value),
        })
    }
}

impl Closed {
    fn new(list: &[String], values: &Values) -> Self {
        Self { values: list.iter().map(|value| values.intern(value)).collect(), other: values.intern(Label::OTHER) }
    }

    #[inline(never)]
    fn value(&self, value: Value) -> Value {
        if self.values.contains(&value) { value } else { self.other }
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
    pub(crate) fn new(
        metadata: &'static Metadata<'static>,
        rules: &[&BoundRule],
        values: &Values,
        exemplars: bool,
    ) -> Self {
        let mut cells = Cells { metadata, wanted: Vec::new(), cells: 0, numbers: 0 };
        let mut in_flight = Vec::new();
        let missing = MissingFields::new(metadata, rules.iter().map(|bound| &bound.rule));
        let rules: Box<[_]> = rules
            .iter()
            .map(|bound| RulePlan::new(bound, metadata.name(), &mut cells, values, &mut in_flight))
            .collect();
        let Cells { wanted, cells, numbers, .. } = cells;
        let timed = |timing| {
            rules.iter().any(|rule| {
                let duration = rule.measures.iter().any(|measure| matches!(measure.what, What::Duration(_)));
                rule.timing == timing && (duration || rule.log_over.is_some())
            })
        };
        Self {
            name: metadata.name(),
            error_events: rules.iter().any(|rule| matches!(rule.outcome, OutcomePlan::Status { .. })),
            flags: if timed(Timing::Elapsed) { live_span::ELAPSED } else { 0 }
                | if timed(Timing::Busy) { live_span::BUSY } else { 0 }
                | if in_flight.is_empty() { 0 } else { live_span::IN_FLIGHT },
            reports: missing.any() || rules.iter().any(|rule| rule.log_over.is_some()),
            exemplars: exemplars
                && rules.iter().flat_map(|rule| &rule.measures).any(|measure| !measure.sink.is_up_down()),
            asking: Asking::default(),
            fields: Fields::new(
                metadata.callsite(),
                metadata.fields().iter().map(|field| field.name()),
                wanted,
                cells,
                numbers,
            ),
            in_flight: in_flight.into(),
            missing,
            rules,
        }
    }
}

impl RulePlan {
    fn new(
        bound: &BoundRule,
        name: &'static str,
        cells: &mut Cells<'_>,
        values: &Values,
        in_flight: &mut Vec<MeasurePlan>,
    ) -> Self {
        let BoundRule { rule, sinks } = bound;
        let mut measures = Vec::new();
        for (measure, (number, sink)) in rule.measures.iter().zip(sinks) {
            let plan = MeasurePlan::new(measure, sink, *number, name, cells, values);
            match plan.what {
                What::InFlight => in_flight.push(plan),
                _ => measures.push(plan),
            }
        }
        Self {
            outcome: OutcomePlan::new(&rule.outcome, |field, judge| cells.judged(field, judge)),
            timing: rule.timing,
            log_over: rule.log_over.map(|over| over.as_nanos() as f64),
            measures: measures.into(),
        }
    }
}

impl MeasurePlan {
    fn new(
        measure: &Measure,
        sink: &Arc<Sink>,
        sink_number: u32,
        name: &'static str,
        cells: &mut Cells<'_>,
        values: &Values,
    ) -> Self {
        let labels = Labels::new(measure.instrument(), sink, name, cells, values);
        let what = match measure {
            Measure::Duration(instrument) => What::Duration(nanoseconds(&instrument.unit).unwrap_or(1e9)),
            Measure::Calls(_) => What::Calls,
            Measure::Errors(_) => What::Errors,
            Measure::InFlight(_) => What::InFlight,
            Measure::Histogram { field, .. } => What::Histogram { field: field.clone(), number: cells.number(field) },
            Measure::Counter { field, .. } => What::Counter { field: field.clone(), number: cells.number(field) },
        };
        Self { sink: Arc::clone(sink), sink_number, what, labels, refused_said: Said::default() }
    }
}

/// Whether the rule takes its outcome from the status, and so from ERROR events.
pub(crate) fn uses_status(rule: &Rule) -> bool {
    rule.outcome == Outcome::Status
}

/// Gives every field that a rule needs its cells and numbers.
struct Cells<'a> {
    metadata: &'a Metadata<'static>,
    wanted: Vec<Wanted>,
    cells: usize,
    numbers: usize,
}

impl Cells<'_> {
    fn text(&mut self, field: &str) -> Option<usize> {
        let next = self.cells;
        let cell = *self.wanted(field)?.text.get_or_insert(next);
        self.cells = self.cells.max(cell + 1);
        Some(cell)
    }

    fn number(&mut self, field: &str) -> Option<usize> {
        let next = self.numbers;
        let number = *self.wanted(field)?.number.get_or_insert(next);
        self.numbers = self.numbers.max(number + 1);
        Some(number)
    }

    fn judged(&mut self, field: &str, judge: Judge) -> Option<usize> {
        let next = self.cells;
        let judged = &mut self.wanted(field)?.judged;
        let known = judged.iter().find(|(_, known)| *known == judge).map(|(cell, _)| *cell);
        let cell = known.unwrap_or_else(|| {
            judged.push((next, judge));
            next
        });
        self.cells = self.cells.max(cell + 1);
        Some(cell)
    }

    fn wanted(&mut self, field: &str) -> Option<&mut Wanted> {
        let name = self.metadata.fields().field(field)?.name();
        let index = self.wanted.iter().position(|wanted| wanted.name == name).unwrap_or_else(|| {
            self.wanted.push(Wanted { name, ..Wanted::default() });
            self.wanted.len() - 1
        });
        self.wanted.get_mut(index)
    }
}

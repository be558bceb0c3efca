//! Records what a rule measures of one span or event.

use std::sync::Arc;

use crate::{
    live_span::LiveSpan,
    number::Number,
    origin::Origin,
    outcome::Verdict,
    plan::{MeasurePlan, RulePlan, What},
    problems::{Problems, Reason},
    recorder::Recorder,
    scratch,
    sink::{Seat, Sink},
    values::Values,
};

/// What is known at the end of a span, or of an event.
pub(crate) struct Measurement<'a> {
    pub(crate) span: &'a LiveSpan,
    pub(crate) verdict: Verdict,
    /// By the rule's timing.
    pub(crate) nanoseconds: f64,
    pub(crate) origin: Option<&'a Origin>,
    pub(crate) desk: &'a Desk,
}

/// Where measurements go.
pub(crate) struct Desk {
    pub(crate) values: Arc<Values>,
    pub(crate) recorder: Arc<Recorder>,
    pub(crate) problems: Problems,
}

impl Measurement<'_> {
    #[inline(always)]
    pub(crate) fn record(&self, rule: &RulePlan) {
        for measure in &rule.measures {
            match &measure.what {
                What::Duration(unit) => self.value(measure, self.nanoseconds / unit),
                What::Calls => self.value(measure, 1.0),
                What::Errors if self.verdict == Verdict::Error => self.value(measure, 1.0),
                What::Errors | What::InFlight => {}
                What::Histogram { field, number } => self.field(measure, field, *number, f64::NEG_INFINITY),
                What::Counter { field, number } => self.field(measure, field, *number, 0.0),
            }
        }
    }

    #[inline(never)]
    fn field(&self, measure: &MeasurePlan, field: &str, number: Option<usize>, least: f64) {
        match number.map_or(Number::Missing, |number| self.span.number(number)) {
            Number::Missing => {}
            Number::Value(value) if value.is_finite() && value >= least => self.value(measure, value),
            Number::Value(_) | Number::Refused => self.desk.problems.count(
                Reason::RefusedValue,
                &measure.refused_said,
                field,
                "field value is not measured: record a finite number, and none below 0 for a counter",
            ),
        }
    }

    #[inline(always)]
    fn value(&self, measure: &MeasurePlan, value: f64) {
        let seat = route(measure, self.span, self.verdict, self.desk);
        self.desk.recorder.record(measure.sink_number, seat, value);
        if let Some(origin) = self.origin {
            offer(&measure.sink, seat, value, origin);
        }
    }
}

#[inline(never)]
fn offer(sink: &Sink, seat: Seat, value: f64, origin: &Origin) {
    if let Some(series) = sink.at(seat) {
        series.reservoir(sink.bounds()).offer(sink.bounds(), value, *origin);
    }
}

/// The series a measurement belongs to: its own or, over the limit, the overflow series of its outcome.
#[inline(always)]
pub(crate) fn route(measure: &MeasurePlan, span: &LiveSpan, verdict: Verdict, desk: &Desk) -> Seat {
    if let Some(fixed) = measure.labels.few() {
        let mut few = *fixed;
        measure.labels.fill(&mut few, span, verdict);
        if let Some(found) = measure.sink.find_few(&few) {
            return found;
        }
    }
    route_new(measure, span, verdict, desk)
}

/// The same for what has not been measured yet, or has many labels.
#[inline(never)]
fn route_new(measure: &MeasurePlan, span: &LiveSpan, verdict: Verdict, desk: &Desk) -> Seat {
    let (sink, labels) = (&*measure.sink, &measure.labels);
    let text = |label| labels.unknown(label, span, &desk.values).unwrap_or_default();
    let admitted = scratch::with_key(|key| {
        labels.fill_key(key, span, verdict);
        sink.admit(key, text)
    });
    if let Some(admitted) = admitted {
        return admitted;
    }
    let overflow = sink.overflow(&labels.outcome_only(verdict));
    desk.problems.count(
        Reason::Overflow,
        &sink.overflow_said,
        sink.name(),
        "series limit reached, further label sets are counted as one: close label lists, drop a label, or raise series_limit",
    );
    overflow
}

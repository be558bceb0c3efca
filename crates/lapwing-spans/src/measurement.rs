//! Records what a rule measures of one span or event.

use crate::{
    capture::{Captures, Number},
    origin::Origin,
    outcome::Verdict,
    plan::{LabelPlan, MeasurePlan, RulePlan, What},
    problems::{Problems, Reason},
    reentry,
    series::Series,
    sink::{Seat, Sink},
};

/// What is known at the end of a span, or of an event.
pub(crate) struct Measurement<'a> {
    pub(crate) captures: &'a Captures,
    pub(crate) verdict: Verdict,
    /// By the rule's timing.
    pub(crate) nanoseconds: u64,
    pub(crate) origin: Option<Origin>,
}

impl Measurement<'_> {
    pub(crate) fn record(&self, rule: &RulePlan, problems: &Problems) {
        for measure in &rule.measures {
            match &measure.what {
                What::Duration(unit) => self.value(measure, self.nanoseconds as f64 / unit, problems),
                What::Calls => self.one(measure, problems),
                What::Errors if self.verdict == Verdict::Error => self.one(measure, problems),
                What::Errors | What::InFlight => {}
                What::Histogram { field, slot } => self.field(measure, field, *slot, f64::NEG_INFINITY, problems),
                What::Counter { field, slot } => self.field(measure, field, *slot, 0.0, problems),
            }
        }
    }

    fn field(&self, measure: &MeasurePlan, field: &str, slot: Option<usize>, least: f64, problems: &Problems) {
        match slot.map_or(Number::Missing, |slot| self.captures.number(slot)) {
            Number::Missing => {}
            Number::Value(value) if value.is_finite() && value >= least => self.value(measure, value, problems),
            Number::Value(_) | Number::Refused => problems.count(
                Reason::RefusedValue,
                &measure.refused_said,
                field,
                "field value is not measured: record a finite number, and none below 0 for a counter",
            ),
        }
    }

    fn one(&self, measure: &MeasurePlan, problems: &Problems) {
        let series = route(measure, self.captures, self.verdict, problems).0;
        reentry::guarded(|| series.count());
        self.offer(&measure.sink, series, 1.0);
    }

    fn value(&self, measure: &MeasurePlan, value: f64, problems: &Problems) {
        let series = route(measure, self.captures, self.verdict, problems).0;
        reentry::guarded(|| series.record(value));
        self.offer(&measure.sink, series, value);
    }

    fn offer(&self, sink: &Sink, series: &Series, value: f64) {
        if let Some(origin) = self.origin {
            series.reservoir(sink.bounds()).offer(sink.bounds(), value, origin);
        }
    }
}

/// Label sets up to this size are put together without allocating.
const INLINE: usize = 16;

/// The series a measurement belongs to: its own or, over the limit, the overflow series of its outcome.
pub(crate) fn route<'a>(
    measure: &'a MeasurePlan,
    captures: &Captures,
    verdict: Verdict,
    problems: &Problems,
) -> (&'a Series, Seat) {
    let sink = &*measure.sink;
    let mut inline = [None; INLINE];
    let mut allocated;
    let values = match inline.get_mut(..measure.labels.len()) {
        Some(values) => values,
        None => {
            allocated = vec![None; measure.labels.len()];
            &mut allocated[..]
        }
    };
    for (value, label) in values.iter_mut().zip(&measure.labels) {
        *value = label.value(captures, verdict);
    }
    if let Some(admitted) = sink.admit(values) {
        return admitted;
    }
    for (value, label) in values.iter_mut().zip(&measure.labels) {
        if !matches!(label, LabelPlan::Outcome) {
            *value = None;
        }
    }
    let overflow = sink.overflow(values);
    problems.count(
        Reason::Overflow,
        &sink.overflow_said,
        sink.name(),
        "series limit reached, further label sets are counted as one: close label lists, drop a label, or raise series_limit",
    );
    overflow
}

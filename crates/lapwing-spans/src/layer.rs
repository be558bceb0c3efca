//! The layer.

use std::{fmt, sync::Arc};

use opentelemetry::metrics::Meter;
use tracing_core::{
    Dispatch, Event, Interest, Level, Metadata, Subscriber,
    span::{Attributes, Id, Record},
};
use tracing_subscriber::{Layer, layer::Context, registry::LookupSpan};

use crate::{
    Exemplars, SpanMetricsLayerBuilder, Timing,
    callsites::{self, Callsites},
    capture::Captures,
    clock::Timekeeper,
    live_spans::{self, LiveSpan, LiveSpans},
    measurement::{self, Measurement},
    origin::Origins,
    outcome::Verdict,
    outlived,
    plan::CallsitePlan,
    problems::{Problems, Reason},
    reentry,
    sink::Sink,
    slow::Slow,
};

/// A [`Layer`] that measures spans and events by rules.
///
/// What is measured when is told in the [crate's documentation](crate).
pub struct SpanMetricsLayer {
    parts: Parts,
}

/// What a layer is made of.
pub(crate) struct Parts {
    pub(crate) callsites: Callsites,
    pub(crate) live: LiveSpans,
    pub(crate) origins: Origins,
    pub(crate) problems: Problems,
    pub(crate) clock: Timekeeper,
    pub(crate) sinks: Arc<[Arc<Sink>]>,
    /// Whether a rule takes its outcome from ERROR events.
    pub(crate) status: bool,
    pub(crate) sole_layer: bool,
}

impl fmt::Debug for SpanMetricsLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let instruments: Vec<_> = self.parts.sinks.iter().map(|sink| sink.name()).collect();
        f.debug_struct("SpanMetricsLayer").field("instruments", &instruments).finish_non_exhaustive()
    }
}

impl SpanMetricsLayer {
    /// A builder whose instruments come from `meter`.
    pub fn builder(meter: Meter) -> SpanMetricsLayerBuilder {
        SpanMetricsLayerBuilder::new(meter)
    }

    pub(crate) fn new(parts: Parts) -> Self {
        Self { parts }
    }

    /// Handle on the exemplars, for the exposition.
    pub fn exemplars(&self) -> Exemplars {
        Exemplars::of(Arc::clone(&self.parts.sinks))
    }
}

impl Parts {
    fn plan<S>(&self, id: &Id, ctx: &Context<'_, S>) -> Option<&CallsitePlan>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        self.callsites.plan(ctx.metadata(id)?)
    }

    /// Counts the label values that were too long.
    fn report_cuts(&self, plan: &CallsitePlan, captures: &Captures) {
        for slot in captures.cut() {
            if let (Some(said), Some(wanted)) = (plan.cut_said.get(slot), plan.fields.wanted().get(slot)) {
                self.problems.count(
                    Reason::LabelCut,
                    said,
                    wanted.name,
                    "label value is cut at 1024 bytes: use a shorter field, or a closed list of values",
                );
            }
        }
    }

    fn enter_flight(&self, plan: &CallsitePlan, span: &mut LiveSpan) {
        for measure in &plan.in_flight {
            let (series, seat) = measurement::route(measure, &span.captures, Verdict::Ok, &self.problems);
            reentry::guarded(|| series.shift(1));
            span.in_flight.push(seat);
        }
    }

    fn leave_flight(&self, span: &LiveSpan) {
        let Some(plan) = span.metadata.and_then(|metadata| self.callsites.plan(metadata)) else { return };
        for (measure, seat) in plan.in_flight.iter().zip(&span.in_flight) {
            if let Some(series) = measure.sink.at(*seat) {
                reentry::guarded(|| series.shift(-1));
            }
        }
    }

    fn event(&self, plan: &CallsitePlan, event: &Event<'_>, span: Option<&Id>) {
        plan.missing.report(&self.problems);
        let mut scratch = live_spans::take();
        scratch.captures.reset(&plan.fields);
        event.record(&mut scratch.captures.visitor(&plan.fields));
        self.report_cuts(plan, &scratch.captures);
        let origin = span.filter(|_| plan.exemplars && self.origins.wanted()).and_then(|span| self.origins.of(span));
        for rule in &plan.rules {
            let verdict = rule.outcome.verdict(&scratch.captures, *event.metadata().level() == Level::ERROR);
            let measurement = Measurement { captures: &scratch.captures, verdict, nanoseconds: 0, origin };
            measurement.record(rule, &self.problems);
        }
        live_spans::give(scratch);
    }

    fn close(&self, plan: &CallsitePlan, span: &LiveSpan, closed: u64, kept_open: bool, parent: Option<Id>) {
        let origin = span.origin.flatten();
        let (elapsed, busy) = (span.elapsed(closed, kept_open), span.busy(closed));
        for rule in &plan.rules {
            let nanoseconds = match rule.timing {
                Timing::Elapsed => elapsed,
                Timing::Busy => busy,
            };
            let verdict = rule.outcome.verdict(&span.captures, span.error_event);
            let measurement = Measurement { captures: &span.captures, verdict, nanoseconds, origin };
            measurement.record(rule, &self.problems);
        }
        self.leave_flight(span);
        // Last, so that what the other layers do with the logs delays no measurement.
        plan.missing.report(&self.problems);
        for rule in &plan.rules {
            let took = match rule.timing {
                Timing::Elapsed => elapsed,
                Timing::Busy => busy,
            };
            if let Some(threshold) = rule.log_over.filter(|threshold| took >= *threshold) {
                Slow {
                    name: plan.name,
                    parent: parent.clone(),
                    took,
                    threshold,
                    rule,
                    captures: &span.captures,
                    verdict: rule.outcome.verdict(&span.captures, span.error_event),
                }
                .log(self.origins.dispatch().as_ref());
            }
        }
    }
}

impl<S> Layer<S> for SpanMetricsLayer
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_register_dispatch(&self, dispatch: &Dispatch) {
        self.parts.origins.registered(dispatch);
    }

    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        let parts = &self.parts;
        let wanted = parts.callsites.plan(metadata).is_some();
        // Of a layer, `never` switches the callsite off for all layers.
        let needed = parts.status && (metadata.is_span() || *metadata.level() == Level::ERROR);
        if wanted || needed || !parts.sole_layer { Interest::always() } else { Interest::never() }
    }

    fn on_new_span(&self, attrs: &Attributes<'_>, id: &Id, _: Context<'_, S>) {
        let parts = &self.parts;
        let metadata = attrs.metadata();
        let Some(plan) = parts.callsites.plan(metadata) else { return };
        if reentry::measuring() {
            return;
        }
        let mut span = live_spans::take();
        span.metadata = Some(metadata);
        span.created = parts.clock.now();
        if !plan.fields.is_empty() {
            span.captures.reset(&plan.fields);
            attrs.record(&mut span.captures.visitor(&plan.fields));
            parts.report_cuts(plan, &span.captures);
        }
        parts.enter_flight(plan, &mut span);
        if let Some(lost) = parts.live.insert(id, span) {
            parts.leave_flight(&lost);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, ctx: Context<'_, S>) {
        let parts = &self.parts;
        let Some(plan) = parts.plan(id, &ctx).filter(|plan| !plan.fields.is_empty()) else { return };
        // Formatted into a buffer of this thread first: a value's `Debug` may itself trace, even on this very span.
        let mut later = live_spans::take();
        later.captures.reset(&plan.fields);
        values.record(&mut later.captures.visitor(&plan.fields));
        parts.report_cuts(plan, &later.captures);
        parts.live.with(id, |span| span.captures.overwrite(&mut later.captures));
        live_spans::give(later);
    }

    fn on_enter(&self, id: &Id, ctx: Context<'_, S>) {
        let parts = &self.parts;
        let Some(plan) = parts.plan(id, &ctx) else { return };
        plan.missing.report(&parts.problems);
        if plan.busy {
            let now = parts.clock.now();
            parts.live.with(id, |span| span.enter(now));
        }
    }

    fn on_exit(&self, id: &Id, ctx: Context<'_, S>) {
        let parts = &self.parts;
        let Some(plan) = parts.plan(id, &ctx) else { return };
        let exemplars = plan.exemplars && parts.origins.wanted();
        if !(plan.elapsed || plan.busy || exemplars) {
            return;
        }
        let now = parts.clock.now();
        let unasked = parts.live.with(id, |span| {
            span.exit(now);
            span.origin.is_none()
        });
        // Asked at the first exit: the OpenTelemetry span has been started by then, so its parent can still be set before
        // the span is first entered; and it has not been closed, which at `on_close` it may have been by a layer below.
        if exemplars && unasked == Some(true) {
            let origin = parts.origins.of(id);
            parts.live.with(id, |span| span.origin = Some(origin));
        }
    }

    fn on_event(&self, event: &Event<'_>, ctx: Context<'_, S>) {
        let parts = &self.parts;
        let metadata = event.metadata();
        let error = parts.status && *metadata.level() == Level::ERROR;
        let plan = parts.callsites.plan(metadata);
        if (!error && plan.is_none()) || reentry::measuring() || callsites::is_own(metadata) {
            return;
        }
        let span = ctx.event_span(event).map(|span| (span.id(), span.metadata()));
        if let Some((id, metadata)) = &span
            && error
            && parts.callsites.plan(metadata).is_some_and(|plan| plan.error_events)
        {
            parts.live.with(id, |span| span.error_event = true);
        }
        if let Some(plan) = plan {
            // A span named as parent may not have been entered yet; asking for its origin would fix its parent.
            let span = span.filter(|_| event.is_contextual());
            parts.event(plan, event, span.as_ref().map(|(id, _)| id));
        }
    }

    fn on_close(&self, id: Id, ctx: Context<'_, S>) {
        let parts = &self.parts;
        let Some(span) = ctx.span(&id) else { return };
        let kept_open = outlived::kept_open(&span);
        if let Some(plan) = parts.callsites.plan(span.metadata())
            && let Some(mut live) = parts.live.remove(&id)
        {
            let closed = parts.clock.now();
            if live.origin.is_none() && plan.exemplars && parts.origins.wanted() {
                live.origin = Some(parts.origins.of(&id));
            }
            parts.close(plan, &live, closed, kept_open, span.parent().map(|parent| parent.id()));
            live_spans::give(live);
        }
        // Last: whoever sees the log of a slow span may close spans too.
        outlived::closing(&span, &ctx, |parent| parts.callsites.plan(parent).is_some_and(|plan| plan.elapsed));
    }
}

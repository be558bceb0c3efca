//! The layer.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use tracing_core::{
    Dispatch, Event, Interest, Level, Metadata, Subscriber,
    span::{Attributes, Id, Record},
};
use tracing_subscriber::{Layer, layer::Context, registry::LookupSpan};

use crate::{
    Exemplars, Timing,
    callsites::{self, Callsites},
    capture::Visitor,
    clock::Timekeeper,
    live_span::{self, LiveSpan},
    measurement::{self, Desk, Measurement},
    newest::{self, Standing},
    open_spans::{Claimed, OpenSpans, Slot},
    origin::Origins,
    outcome::Verdict,
    outlived,
    parts::Place,
    plan::CallsitePlan,
    problems::{Reason, Said},
    reentry, scratch,
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
    pub(crate) desk: Desk,
    pub(crate) open: OpenSpans,
    /// How many open spans may have children that outlive their handles.
    pub(crate) parents: AtomicUsize,
    pub(crate) full_said: Said,
    pub(crate) origins: Origins,
    pub(crate) clock: Timekeeper,
    /// Whether a rule measures busy time.
    pub(crate) busy: bool,
    /// Whether a rule takes its outcome from ERROR events.
    pub(crate) status: bool,
    pub(crate) sole_layer: bool,
}

impl fmt::Debug for SpanMetricsLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let instruments: Vec<_> = self.parts.desk.recorder.sinks().iter().map(|sink| sink.name()).collect();
        f.debug_struct("SpanMetricsLayer").field("instruments", &instruments).finish_non_exhaustive()
    }
}

impl SpanMetricsLayer {
    pub(crate) fn new(parts: Parts) -> Self {
        Self { parts }
    }

    /// Handle on the exemplars, for the exposition.
    pub fn exemplars(&self) -> Exemplars {
        Exemplars::of(Arc::clone(self.parts.desk.recorder.sinks()))
    }
}

impl Parts {
    /// What is known of an open span, and its plan; none if no rule wants it.
    #[inline(always)]
    fn find(&self, id: &Id) -> Option<(Slot<'_>, &CallsitePlan)> {
        let slot = self.open.find(id)?;
        Some((slot, self.callsites.at(slot.span.plan())?))
    }

    #[inline]
    fn visitor<'a>(&'a self, plan: &'a CallsitePlan, span: &'a LiveSpan) -> Visitor<'a> {
        Visitor { new: false, span, fields: &plan.fields, values: &self.desk.values, problems: &self.desk.problems }
    }

    #[inline(always)]
    fn open(&self, id: &Id) -> Option<&LiveSpan> {
        match self.open.claim(id) {
            Claimed::New(span) => Some(span),
            other => self.open_otherwise(other),
        }
    }

    #[inline(never)]
    fn open_otherwise<'a>(&self, claimed: Claimed<'a>) -> Option<&'a LiveSpan> {
        match claimed {
            Claimed::New(span) => Some(span),
            Claimed::Lost(slot) => {
                self.forget(slot.span);
                Some(slot.span)
            }
            Claimed::Full => {
                self.desk.problems.count(
                    Reason::Overflow,
                    &self.full_said,
                    "open spans",
                    "span is not measured: too many are open",
                );
                None
            }
        }
    }

    /// Undoes what an open span stands for.
    #[inline(always)]
    fn forget(&self, span: &LiveSpan) {
        if span.flag(live_span::IN_FLIGHT)
            && let Some(plan) = self.callsites.at(span.plan())
        {
            self.leave_flight(plan, span);
        }
        if span.is_parent() {
            self.parents.fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// A span has been created that names `parent` as its own. Where its last exit was not timed, now is the best that is known:
    /// it still has handles.
    #[cold]
    fn named_as_parent(&self, parent: &Id) {
        if let Some((slot, plan)) = self.find(parent)
            && plan.flags & live_span::ELAPSED != 0
        {
            if slot.span.exited_untimed() {
                slot.span.exit(self.clock.now());
            }
            self.becomes_parent(slot.span);
        }
    }

    /// What is to be done with a span of this plan, created at this time.
    #[inline]
    fn flags(&self, plan: &CallsitePlan, created: u64) -> u32 {
        let ask = plan.exemplars && plan.asking.is_worth_while(created);
        if ask { plan.flags | live_span::ASK } else { plan.flags }
    }

    fn becomes_parent(&self, span: &LiveSpan) {
        if span.becomes_parent() {
            self.parents.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[inline(never)]
    fn enter_flight(&self, plan: &CallsitePlan, span: &LiveSpan) {
        for measure in &plan.in_flight {
            let seat = measurement::route(measure, span, Verdict::Ok, &self.desk);
            self.desk.recorder.shift(&measure.sink, seat, 1);
            span.rest().in_flight.push(seat);
        }
    }

    #[inline(never)]
    fn leave_flight(&self, plan: &CallsitePlan, span: &LiveSpan) {
        // Taken and given back: recording may run foreign code, and none runs under the lock.
        let mut seats = std::mem::take(&mut span.rest().in_flight);
        for (measure, seat) in plan.in_flight.iter().zip(seats.drain(..)) {
            self.desk.recorder.shift(&measure.sink, seat, -1);
        }
        span.rest().in_flight = seats;
    }

    fn event(&self, plan: &CallsitePlan, place: Place, event: &Event<'_>, span: Option<&Id>) {
        self.callsites.report_missing(plan, &self.desk.problems);
        scratch::with(|scratch| {
            scratch.reset(place, 0, 0, plan.fields.cells, plan.fields.numbers);
            event.record(&mut Visitor { new: true, ..self.visitor(plan, scratch) });
            let origin = span.filter(|_| plan.exemplars).and_then(|span| self.origins.of(span, &plan.asking));
            for rule in &plan.rules {
                let verdict = rule.outcome.verdict(scratch, *event.metadata().level() == Level::ERROR);
                let origin = origin.as_ref();
                Measurement { span: scratch, verdict, nanoseconds: 0.0, origin, desk: &self.desk }.record(rule);
            }
        });
    }

    #[inline(always)]
    fn close(&self, plan: &CallsitePlan, span: &LiveSpan, closed: u64, kept_open: bool) {
        let error_event = span.has_error_event();
        let origin = span.origin();
        for rule in &plan.rules {
            let verdict = rule.outcome.verdict(span, error_event);
            let nanoseconds = self.took(rule.timing, span, closed, kept_open);
            Measurement { span, verdict, nanoseconds, origin: origin.as_ref(), desk: &self.desk }.record(rule);
        }
        self.forget(span);
    }

    /// How long a span took, in nanoseconds.
    #[inline(always)]
    fn took(&self, timing: Timing, span: &LiveSpan, closed: u64, kept_open: bool) -> f64 {
        let ticks = match timing {
            Timing::Elapsed => {
                let end = if kept_open { span.last_exit().unwrap_or(closed) } else { closed };
                end.saturating_sub(span.created())
            }
            Timing::Busy => span.rest().busy.until(closed),
        };
        self.clock.nanoseconds(ticks)
    }

    /// Says what there is to say of a span that closes. After all else, so that what the other layers do with the logs delays
    /// no measurement.
    #[inline(never)]
    fn report(&self, plan: &CallsitePlan, span: &LiveSpan, closed: u64, kept_open: bool, parent: Option<Id>) {
        self.callsites.report_missing(plan, &self.desk.problems);
        for rule in &plan.rules {
            let took = self.took(rule.timing, span, closed, kept_open);
            if let Some(threshold) = rule.log_over.filter(|threshold| took >= *threshold) {
                Slow {
                    name: plan.name,
                    parent: parent.clone(),
                    took,
                    threshold,
                    rule,
                    span,
                    values: &self.desk.values,
                    verdict: rule.outcome.verdict(span, span.has_error_event()),
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
        let planned = parts.callsites.plan(attrs.metadata()).filter(|_| !reentry::measuring());
        newest::created(parts.desk.recorder.number(), id, planned.is_some());
        if let Some(parent) = attrs.parent() {
            parts.named_as_parent(parent);
        }
        let Some((plan, place)) = planned else { return };
        let Some(span) = parts.open(id) else { return };
        let created = parts.clock.now();
        span.reset(place, created, parts.flags(plan, created), plan.fields.cells, plan.fields.numbers);
        if !plan.fields.is_empty() {
            attrs.record(&mut Visitor { new: true, ..parts.visitor(plan, span) });
        }
        if plan.flags & live_span::IN_FLIGHT != 0 {
            parts.enter_flight(plan, span);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, _: Context<'_, S>) {
        let parts = &self.parts;
        if let Some((slot, plan)) = parts.find(id).filter(|(_, plan)| !plan.fields.is_empty()) {
            values.record(&mut parts.visitor(plan, slot.span));
        }
    }

    fn on_enter(&self, id: &Id, _: Context<'_, S>) {
        let parts = &self.parts;
        if !parts.busy && !parts.callsites.misses_fields() {
            return;
        }
        let Some((slot, plan)) = parts.find(id) else { return };
        parts.callsites.report_missing(plan, &parts.desk.problems);
        if plan.flags & live_span::BUSY != 0 {
            let now = parts.clock.now();
            slot.span.rest().busy.enter(now);
        }
    }

    fn on_exit(&self, id: &Id, _: Context<'_, S>) {
        let parts = &self.parts;
        let standing = newest::standing(parts.desk.recorder.number(), id);
        if standing == Standing::Unmeasured {
            return;
        }
        let Some(Slot { span, .. }) = parts.open.find(id) else { return };
        // When a span ends by its last exit, it has children. Where there are none yet, as the newest span of a thread has
        // none, the clock need not be asked.
        if standing == Standing::Newest && !span.is_parent() {
            span.exit_untimed();
        } else if span.flag(live_span::ELAPSED) {
            span.exit(parts.clock.now());
            parts.becomes_parent(span);
        }
        if span.flag(live_span::BUSY) {
            let now = parts.clock.now();
            span.rest().busy.exit(now);
        }
        // Asked at the first exit: the OpenTelemetry span has been started by then, so its parent can still be set before
        // the span is first entered; and it has not been closed, which at `on_close` it may have been by a layer below.
        if span.asks()
            && let Some(plan) = parts.callsites.at(span.plan())
        {
            span.set_origin(parts.origins.of(id, &plan.asking));
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
        let span = ctx.event_span(event).map(|span| span.id());
        if let Some(id) = &span
            && error
            && let Some((slot, _)) = parts.find(id).filter(|(_, plan)| plan.error_events)
        {
            slot.span.add_error_event();
        }
        if let Some((plan, place)) = plan {
            // A span named as parent may not have been entered yet; asking for its origin would fix its parent.
            parts.event(plan, place, event, span.as_ref().filter(|_| event.is_contextual()));
        }
    }

    fn on_close(&self, id: Id, ctx: Context<'_, S>) {
        let parts = &self.parts;
        if newest::standing(parts.desk.recorder.number(), &id) != Standing::Unmeasured
            && let Some((slot, plan)) = parts.find(&id)
        {
            let closed = parts.clock.now();
            if slot.span.asks() {
                slot.span.set_origin(parts.origins.of_closing(&id));
            }
            let kept_open = outlived::kept_open(&id, &ctx);
            parts.close(plan, slot.span, closed, kept_open);
            if plan.reports {
                let parent = ctx.span(&id).and_then(|span| span.parent()).map(|parent| parent.id());
                parts.report(plan, slot.span, closed, kept_open, parent);
            }
            slot.release();
        }
        // Last: whoever sees the log of a slow span may close spans too.
        if parts.parents.load(Ordering::Relaxed) > 0 {
            outlived::closing(&id, &ctx, |parent| parts.open.find(parent).is_some_and(|slot| slot.span.is_parent()));
        }
    }
}

//! Spans of traces that are not sampled, for next to nothing.

use std::{borrow::Cow, time::SystemTime};

use lapwing_config::Sampler;
use opentelemetry::{
    Context, KeyValue,
    trace::{Span, SpanBuilder, SpanContext, Status, TraceContextExt, TraceFlags, TraceState, Tracer},
};
use opentelemetry_sdk::trace::{IdGenerator, RandomIdGenerator, SdkTracer};

/// The SDK's tracer, which is asked only for spans that it may record.
///
/// What it makes of others is a context with an id of its own in the trace of its parent, which is passed on to callees with
/// the flag `00`. So it is here, but the SDK's such spans also hold its tracer and provider, whose counts every thread of the
/// process would write to twice a span.
#[derive(Debug)]
pub(crate) struct HeadTracer {
    sdk: SdkTracer,
    ids: RandomIdGenerator,
    /// Whether spans are recorded if, and only if, their parent is; the sampler then decides about roots.
    parent_based: bool,
    roots_never: bool,
}

impl HeadTracer {
    /// `sampler` is that of the tracer's provider.
    pub(crate) fn new(sdk: SdkTracer, sampler: &Sampler) -> HeadTracer {
        let (parent_based, of_roots) = match sampler {
            Sampler::ParentBased(root) => (true, &**root),
            other => (false, other),
        };
        let roots_never = match of_roots {
            Sampler::AlwaysOff => true,
            Sampler::TraceIdRatio(ratio) => *ratio <= 0.0,
            Sampler::AlwaysOn | Sampler::ParentBased(_) => false,
        };
        HeadTracer { sdk, ids: RandomIdGenerator::default(), parent_based, roots_never }
    }

    /// The context of a span with this parent, if it is certain not to be recorded.
    fn unrecorded(&self, parent: &Context) -> Option<SpanContext> {
        if parent.is_telemetry_suppressed() {
            return None;
        }
        let new = |trace, state| SpanContext::new(trace, self.ids.new_span_id(), TraceFlags::default(), false, state);
        if !parent.has_active_span() {
            return self.roots_never.then(|| new(self.ids.new_trace_id(), TraceState::default()));
        }
        let span = parent.span();
        let parent = span.span_context();
        let dropped = if self.parent_based { !parent.is_sampled() } else { self.roots_never };
        // A parent that is not valid has no trace to be in.
        (dropped && parent.is_valid()).then(|| new(parent.trace_id(), parent.trace_state().clone()))
    }
}

impl Tracer for HeadTracer {
    type Span = HeadSpan;

    fn build_with_context(&self, builder: SpanBuilder, parent: &Context) -> HeadSpan {
        match self.unrecorded(parent) {
            Some(context) => HeadSpan::Unrecorded(context),
            None => HeadSpan::Sdk(Box::new(self.sdk.build_with_context(builder, parent))),
        }
    }
}

/// A span of [`HeadTracer`].
#[derive(Debug)]
pub(crate) enum HeadSpan {
    Unrecorded(SpanContext),
    /// Boxed, so that it doesn't make the others large.
    Sdk(Box<opentelemetry_sdk::trace::Span>),
}

impl HeadSpan {
    fn recorded(&mut self, change: impl FnOnce(&mut opentelemetry_sdk::trace::Span)) {
        if let HeadSpan::Sdk(span) = self {
            change(span);
        }
    }
}

impl Span for HeadSpan {
    fn span_context(&self) -> &SpanContext {
        match self {
            HeadSpan::Unrecorded(context) => context,
            HeadSpan::Sdk(span) => span.span_context(),
        }
    }

    fn is_recording(&self) -> bool {
        match self {
            HeadSpan::Unrecorded(_) => false,
            HeadSpan::Sdk(span) => span.is_recording(),
        }
    }

    fn add_event_with_timestamp<T: Into<Cow<'static, str>>>(
        &mut self,
        name: T,
        at: SystemTime,
        attributes: Vec<KeyValue>,
    ) {
        self.recorded(|span| span.add_event_with_timestamp(name, at, attributes));
    }

    fn set_attribute(&mut self, attribute: KeyValue) {
        self.recorded(|span| span.set_attribute(attribute));
    }

    fn set_status(&mut self, status: Status) {
        self.recorded(|span| span.set_status(status));
    }

    fn update_name<T: Into<Cow<'static, str>>>(&mut self, name: T) {
        self.recorded(|span| span.update_name(name));
    }

    fn add_link(&mut self, context: SpanContext, attributes: Vec<KeyValue>) {
        self.recorded(|span| span.add_link(context, attributes));
    }

    fn end_with_timestamp(&mut self, at: SystemTime) {
        self.recorded(|span| span.end_with_timestamp(at));
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry::trace::{SpanId, TraceId, TracerProvider as _};
    use opentelemetry_sdk::trace::SdkTracerProvider;

    use super::*;
    use crate::tracer;

    fn parent(trace: u128, flags: TraceFlags, remote: bool) -> Context {
        let state = TraceState::from_key_value([("vendor", "value")]).unwrap();
        let context = SpanContext::new(TraceId::from(trace), SpanId::from(9), flags, remote, state);
        Context::new().with_remote_span_context(context)
    }

    /// All that a caller or a callee can learn of a span, apart from ids that are drawn.
    fn seen(span: &impl Span, parent: &Context) -> (bool, bool, bool, bool, bool, TraceState) {
        let (context, of_parent) = (span.span_context(), parent.span());
        let inherited = context.trace_id() == of_parent.span_context().trace_id();
        let state = context.trace_state().clone();
        (span.is_recording(), context.is_valid(), context.is_sampled(), context.is_remote(), inherited, state)
    }

    #[test]
    fn spans_are_what_the_sdk_would_have_made() {
        let ratio = Sampler::TraceIdRatio;
        let samplers = [Sampler::AlwaysOn, Sampler::AlwaysOff, ratio(0.0), ratio(1.0)];
        let parent_based = |root: &Sampler| Sampler::ParentBased(Box::new(root.clone()));
        let samplers: Vec<Sampler> = samplers
            .iter()
            .cloned()
            .chain(samplers.iter().map(parent_based))
            .chain([parent_based(&parent_based(&ratio(0.0)))])
            .collect();
        let mut parents = vec![Context::new(), Context::new().with_telemetry_suppressed()];
        for flags in [TraceFlags::default(), TraceFlags::SAMPLED] {
            for (trace, remote) in [(7, true), (7, false), (0, true)] {
                parents.push(parent(trace, flags, remote));
            }
        }
        let mut unrecorded = 0;
        for sampler in &samplers {
            let provider = SdkTracerProvider::builder().with_sampler(tracer::sampler(sampler)).build();
            let head = HeadTracer::new(provider.tracer("head"), sampler);
            for parent in &parents {
                let expected = provider.tracer("sdk").start_with_context("span", parent);
                let span = head.start_with_context("span", parent);
                assert_eq!(seen(&span, parent), seen(&expected, parent), "{sampler:?} {parent:?}");
                unrecorded += usize::from(matches!(span, HeadSpan::Unrecorded(_)));
            }
        }
        // Of eight parents those that are valid and not sampled, and with a sampler that never wants a root also none at all.
        assert_eq!(unrecorded, 2 * 5 + 2 * 3 + 3 * 2, "how many the SDK was not asked for");
    }

    #[test]
    fn each_span_has_an_id_of_its_own() {
        let provider = SdkTracerProvider::builder().build();
        let head = HeadTracer::new(provider.tracer("head"), &Sampler::AlwaysOff);
        let ids = [0, 1].map(|_| {
            let span = head.start_with_context("span", &parent(7, TraceFlags::default(), true));
            span.span_context().span_id()
        });
        assert_ne!(ids[0], ids[1]);
    }
}

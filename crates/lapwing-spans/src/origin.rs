//! The trace and span a measurement comes from.

use std::sync::{
    OnceLock,
    atomic::{AtomicU32, Ordering},
};

use opentelemetry::{Context, trace::TraceContextExt as _};
use tracing_core::{
    Dispatch,
    dispatcher::{self, WeakDispatch},
    span::Id,
};

use crate::{ExemplarFilter, reentry};

/// Trace and span id, as exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    pub(crate) trace_id: [u8; 16],
    pub(crate) span_id: [u8; 8],
}

/// Asks the `OpenTelemetryLayer` beside this layer, if there is one, which trace a span belongs to.
#[derive(Debug)]
pub(crate) struct Origins {
    filter: ExemplarFilter,
    dispatch: OnceLock<WeakDispatch>,
}

impl Origins {
    pub(crate) fn new(filter: ExemplarFilter) -> Self {
        Self { filter, dispatch: OnceLock::new() }
    }

    /// Weak: the dispatch owns the layer.
    pub(crate) fn registered(&self, dispatch: &Dispatch) {
        let _ = self.dispatch.set(dispatch.downgrade());
    }

    /// The dispatch this layer is part of; the current one where the layer was put in by `reload`.
    pub(crate) fn dispatch(&self) -> Option<Dispatch> {
        match self.dispatch.get() {
            Some(dispatch) => dispatch.upgrade(),
            None => Some(dispatcher::get_default(Dispatch::clone)),
        }
    }

    /// Where the span comes from, if the filter lets it be an exemplar.
    ///
    /// Starts the OpenTelemetry span if it is not started, after which its parent is fixed: to be asked about spans that
    /// have been entered or are closing. Locks the span's extensions, so none may be held.
    pub(crate) fn of(&self, span: &Id, asking: &Asking) -> Option<Origin> {
        let context = self.context(span);
        asking.answered(context.is_some());
        self.offered(&context?)
    }

    /// The same of a span that is closing without having been entered. That there is no answer may be because a layer below
    /// has closed it already, so it says nothing of other spans.
    pub(crate) fn of_closing(&self, span: &Id) -> Option<Origin> {
        self.offered(&self.context(span)?)
    }

    fn context(&self, span: &Id) -> Option<Context> {
        let dispatch = self.dispatch()?;
        reentry::guarded(|| tracing_opentelemetry::get_otel_context(span, &dispatch))
    }

    fn offered(&self, context: &Context) -> Option<Origin> {
        let span = context.span();
        let span = span.span_context();
        let offered = match self.filter {
            ExemplarFilter::AlwaysOff => false,
            ExemplarFilter::AlwaysOn => true,
            ExemplarFilter::TraceBased => span.is_sampled(),
        };
        (offered && span.is_valid())
            .then(|| Origin { trace_id: span.trace_id().to_bytes(), span_id: span.span_id().to_bytes() })
    }
}

/// Whether it is worth while to ask for the traces of one callsite: where no `OpenTelemetryLayer` is, or none that wants
/// the callsite, there will be no answer. One may be put in later, so the question is never given up.
#[derive(Debug, Default)]
pub(crate) struct Asking {
    /// Questions without an answer since the last answer.
    unanswered: AtomicU32,
}

impl Asking {
    /// After so many questions without an answer only one span in so many is asked about.
    const PATIENCE: u32 = 64;

    /// `ticks` are some time of the span.
    pub(crate) fn is_worth_while(&self, ticks: u64) -> bool {
        self.unanswered.load(Ordering::Relaxed) < Self::PATIENCE
            || ticks.wrapping_mul(0x9E37_79B9_7F4A_7C15).leading_zeros() >= Self::PATIENCE.trailing_zeros()
    }

    /// Written only when it changes something, so that threads do not contend for it.
    fn answered(&self, answered: bool) {
        let unanswered = self.unanswered.load(Ordering::Relaxed);
        if answered && unanswered > 0 {
            self.unanswered.store(0, Ordering::Relaxed);
        } else if !answered && unanswered < Self::PATIENCE {
            self.unanswered.store(unanswered + 1, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_never_answers_is_asked_ever_less_and_who_answers_always() {
        let asking = Asking::default();
        let asked = |asking: &Asking| (0..6400_u64).filter(|ticks| asking.is_worth_while(*ticks)).count();
        for _ in 0..Asking::PATIENCE {
            assert_eq!(asked(&asking), 6400);
            asking.answered(false);
        }
        assert!((50..200).contains(&asked(&asking)), "{}", asked(&asking));
        asking.answered(true);
        assert_eq!(asked(&asking), 6400);
    }
}

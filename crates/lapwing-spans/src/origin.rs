//! The trace and span a measurement comes from.

use std::sync::OnceLock;

use opentelemetry::trace::TraceContextExt as _;
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

    pub(crate) fn wanted(&self) -> bool {
        self.filter != ExemplarFilter::AlwaysOff
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
    pub(crate) fn of(&self, span: &Id) -> Option<Origin> {
        let dispatch = self.dispatch()?;
        let context = reentry::guarded(|| tracing_opentelemetry::get_otel_context(span, &dispatch))?;
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

//! The layer one writes first.

use std::{fmt, time::Instant};

use opentelemetry::{KeyValue, metrics::Histogram};
use tracing::{
    Subscriber,
    field::{Field, Visit},
    span,
};
use tracing_subscriber::{Layer, layer::Context, registry::LookupSpan};

/// Records a span's duration by two of its fields.
pub(super) struct Naive {
    pub(super) histogram: Histogram<f64>,
}

struct Open {
    start: Instant,
    labels: Vec<KeyValue>,
}

struct Labels<'a>(&'a mut Vec<KeyValue>);

impl Visit for Labels<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        if matches!(field.name(), "route" | "method") {
            self.0.push(KeyValue::new(field.name(), value.to_owned()));
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if matches!(field.name(), "route" | "method") {
            self.0.push(KeyValue::new(field.name(), format!("{value:?}")));
        }
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Naive {
    fn on_new_span(&self, attributes: &span::Attributes<'_>, id: &span::Id, context: Context<'_, S>) {
        let mut labels = Vec::new();
        attributes.record(&mut Labels(&mut labels));
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(Open { start: Instant::now(), labels });
        }
    }

    fn on_record(&self, id: &span::Id, values: &span::Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(open) = span.extensions_mut().get_mut::<Open>()
        {
            values.record(&mut Labels(&mut open.labels));
        }
    }

    fn on_close(&self, id: span::Id, context: Context<'_, S>) {
        let Some(span) = context.span(&id) else { return };
        let Some(Open { start, mut labels }) = span.extensions_mut().remove::<Open>() else { return };
        labels.push(KeyValue::new("outcome", "ok"));
        self.histogram.record(start.elapsed().as_secs_f64(), &labels);
    }
}

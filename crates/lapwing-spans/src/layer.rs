//! The layer and its builder.

use opentelemetry::metrics::Meter;
use tracing_core::Subscriber;
use tracing_subscriber::{Layer, registry::LookupSpan};

use crate::{ExemplarFilter, Exemplars, Rule};

/// Why a layer could not be built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// One instrument name with two kinds, units or descriptions.
    #[error(
        "instrument `{name}` is declared twice, with {what} `{first}` and `{second}`: give both the same {what}, or rename one"
    )]
    Conflict {
        /// Instrument name.
        name: String,
        /// What differs: kind, unit, description, boundaries.
        what: &'static str,
        /// The earlier one's.
        first: String,
        /// The later one's.
        second: String,
    },
}

/// A [`Layer`] that measures spans and events by rules.
#[derive(Debug)]
pub struct SpanMetricsLayer {}

/// Builds a [`SpanMetricsLayer`].
#[derive(Debug)]
pub struct SpanMetricsLayerBuilder {}

impl SpanMetricsLayer {
    /// A builder whose instruments come from `meter`.
    pub fn builder(_meter: Meter) -> SpanMetricsLayerBuilder {
        SpanMetricsLayerBuilder {}
    }

    /// Handle on the exemplars, for the exposition.
    pub fn exemplars(&self) -> Exemplars {
        Exemplars::default()
    }
}

impl SpanMetricsLayerBuilder {
    /// Adds a rule; several rules may match one span, each measures it.
    pub fn rule(self, _rule: Rule) -> Self {
        self
    }

    /// Adds rules.
    pub fn rules(self, _rules: impl IntoIterator<Item = Rule>) -> Self {
        self
    }

    /// A rule for every span that no other rule matches (its labels usually include [`crate::LabelSource::SpanName`]).
    pub fn default_rule(self, _rule: Rule) -> Self {
        self
    }

    /// Which measurements are offered as exemplars.
    pub fn exemplar_filter(self, _filter: ExemplarFilter) -> Self {
        self
    }

    /// Builds the layer.
    pub fn build(self) -> Result<SpanMetricsLayer, BuildError> {
        Ok(SpanMetricsLayer {})
    }
}

impl<S> Layer<S> for SpanMetricsLayer where S: Subscriber + for<'a> LookupSpan<'a> {}

//! Builds a layer from a meter and rules.

use std::{
    fmt,
    sync::{Arc, atomic::AtomicUsize},
};

use opentelemetry::metrics::Meter;

use crate::{
    BuildError, Clock, ExemplarFilter, Matched, Rule, SpanMetricsLayer, Timing,
    callsites::Callsites,
    catalog::Catalog,
    clock::Timekeeper,
    known_series,
    layer::Parts,
    measurement::Desk,
    open_spans::OpenSpans,
    origin::Origins,
    plan::{self, BoundRule},
    problems::{Problems, Said},
    recorder::Recorder,
    sink::Sink,
    values::Values,
};

/// Builds a [`SpanMetricsLayer`].
pub struct SpanMetricsLayerBuilder {
    meter: Meter,
    rules: Vec<Rule>,
    default_rule: Option<Rule>,
    exemplar_filter: ExemplarFilter,
    clock: Option<Timekeeper>,
    sole_layer: bool,
}

impl fmt::Debug for SpanMetricsLayerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SpanMetricsLayerBuilder")
            .field("rules", &self.rules)
            .field("default_rule", &self.default_rule)
            .field("exemplar_filter", &self.exemplar_filter)
            .field("sole_layer", &self.sole_layer)
            .finish_non_exhaustive()
    }
}

impl SpanMetricsLayer {
    /// A builder whose instruments come from `meter`.
    pub fn builder(meter: Meter) -> SpanMetricsLayerBuilder {
        SpanMetricsLayerBuilder::new(meter)
    }
}

impl SpanMetricsLayerBuilder {
    fn new(meter: Meter) -> Self {
        Self {
            meter,
            rules: Vec::new(),
            default_rule: None,
            exemplar_filter: ExemplarFilter::default(),
            clock: None,
            sole_layer: false,
        }
    }

    /// Adds a rule; several rules may match one span, each measures it.
    #[must_use]
    pub fn rule(mut self, rule: Rule) -> Self {
        self.rules.push(rule);
        self
    }

    /// Adds rules.
    #[must_use]
    pub fn rules(mut self, rules: impl IntoIterator<Item = Rule>) -> Self {
        self.rules.extend(rules);
        self
    }

    /// A rule for every span that no other rule matches (its labels usually include [`crate::LabelSource::SpanName`]).
    /// Its own name, target and level narrow it further. Default: none; such spans are not measured.
    #[must_use]
    pub fn default_rule(mut self, rule: Rule) -> Self {
        self.default_rule = Some(rule);
        self
    }

    /// Which measurements are offered as exemplars. Default: those whose trace is sampled.
    #[must_use]
    pub fn exemplar_filter(mut self, filter: ExemplarFilter) -> Self {
        self.exemplar_filter = filter;
        self
    }

    /// Measures time with another clock, for tests. Default: the system's monotonic clock.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Some(Timekeeper::Injected(Box::new(clock)));
        self
    }

    /// Says that no other layer of the subscriber wants spans or events, so that the callsites this layer does not need
    /// are switched off altogether. Default: they stay on.
    ///
    /// With another layer beside it, that layer would see nothing but what this one measures. Where a rule takes its
    /// outcome from ERROR events, all spans and all ERROR events stay on, as they decide which span an error belongs to.
    #[must_use]
    pub fn sole_layer(mut self) -> Self {
        self.sole_layer = true;
        self
    }

    /// Builds the layer, its instruments, and those series whose labels are all closed.
    ///
    /// # Errors
    ///
    /// An instrument that OpenTelemetry would not accept, one that two rules declare differently, a label that cannot be
    /// recorded, or a rule that asks for what its spans or events do not have.
    pub fn build(self) -> Result<SpanMetricsLayer, BuildError> {
        let mut catalog = Catalog::default();
        for rule in self.rules.iter().chain(&self.default_rule) {
            catalog.add(rule)?;
        }
        if self.default_rule.as_ref().is_some_and(|rule| rule.matches.kind == Matched::Event) {
            return Err(BuildError::DefaultForEvents);
        }
        let values = Arc::new(Values::new());
        let sinks: Arc<[Arc<Sink>]> = catalog.build(&self.meter, &values).into();
        let bind = |rule: Rule| {
            let sinks = rule.measures.iter().filter_map(|measure| {
                let name = &measure.instrument().name;
                let (number, sink) = (0..).zip(&*sinks).find(|(_, sink)| sink.name().eq_ignore_ascii_case(name))?;
                known_series::bind(&rule, measure, sink);
                Some((number, Arc::clone(sink)))
            });
            BoundRule { sinks: sinks.collect(), rule }
        };
        let busy = self.rules.iter().chain(&self.default_rule).any(|rule| rule.timing == Timing::Busy);
        let exemplars = self.exemplar_filter != ExemplarFilter::AlwaysOff;
        let status = self.rules.iter().chain(&self.default_rule).any(plan::uses_status);
        let rules = self.rules.into_iter().map(&bind).collect();
        let default_rule = self.default_rule.map(&bind);
        Ok(SpanMetricsLayer::new(Parts {
            callsites: Callsites::new(rules, default_rule, Arc::clone(&values), exemplars),
            desk: Desk { values, recorder: Recorder::new(sinks, &self.meter), problems: Problems::new(&self.meter) },
            open: OpenSpans::new(),
            parents: AtomicUsize::new(0),
            full_said: Said::default(),
            origins: Origins::new(self.exemplar_filter),
            clock: self.clock.unwrap_or_else(Timekeeper::system),
            busy,
            status,
            sole_layer: self.sole_layer,
        }))
    }
}

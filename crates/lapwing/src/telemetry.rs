//! The guard.

use std::{fmt, net::SocketAddr, sync::Arc};

use lapwing_actix::{Listener, MetricsEndpoint};
use lapwing_exposition::{Gather, GatherError, Snapshot};
use opentelemetry::metrics::{Counter, Gauge, Histogram, HistogramBuilder, InstrumentBuilder, Meter, UpDownCounter};
use opentelemetry_sdk::metrics::SdkMeterProvider;
use tracing::{Dispatch, dispatcher};

use crate::{
    FlushError, Observation, ObserveError,
    gauges::Gauges,
    pipes::{Pipes, Task},
    runtime::ExportRuntime,
    scrape::Source,
    sigterm::Presence,
};

/// Running telemetry. Keep it until the end of `main`: dropping it flushes and stops everything.
///
/// Dropping waits 5 s at most, however dead a collector is, never panics, and may happen inside or outside an async
/// runtime (it blocks its thread meanwhile; exporters have threads of their own).
#[must_use = "dropping it stops telemetry: bind it to a name that lives until the end of main, not to `_`"]
pub struct Telemetry {
    file: String,
    dispatch: Dispatch,
    pipes: Pipes,
    meter: Meter,
    source: Source,
    endpoint: MetricsEndpoint,
    listener: Option<Listener>,
    gauges: Arc<Gauges>,
    /// After the pipes, which need it for their last flush.
    runtime: ExportRuntime,
    presence: Option<Presence>,
    /// Only kept: the endpoint's reader knows it weakly.
    _sentinel: Option<SdkMeterProvider>,
    stopped: bool,
}

pub(crate) struct Parts {
    pub(crate) file: String,
    pub(crate) dispatch: Dispatch,
    pub(crate) pipes: Pipes,
    pub(crate) meter: Meter,
    pub(crate) source: Source,
    pub(crate) endpoint: MetricsEndpoint,
    pub(crate) listener: Option<Listener>,
    pub(crate) gauges: Arc<Gauges>,
    pub(crate) runtime: ExportRuntime,
    pub(crate) presence: Option<Presence>,
    pub(crate) sentinel: Option<SdkMeterProvider>,
}

impl Telemetry {
    pub(crate) fn new(parts: Parts) -> Telemetry {
        let Parts { file, dispatch, pipes, meter, source, endpoint, listener, gauges, runtime, presence, sentinel } =
            parts;
        Telemetry {
            file,
            dispatch,
            pipes,
            meter,
            source,
            endpoint,
            listener,
            gauges,
            runtime,
            presence,
            _sentinel: sentinel,
            stopped: false,
        }
    }

    /// The scrape endpoint, with the guards of the configuration, to be mounted in an actix-web app:
    /// `App::new().service(telemetry.endpoint())`. Clones are one endpoint. Served by the listener as well, if there is
    /// one. Where the configuration has no Prometheus exporter, or is disabled, it answers with its sentinel
    /// (`lapwing_gathers_total`) alone.
    pub fn endpoint(&self) -> MetricsEndpoint {
        self.endpoint.clone()
    }

    /// Where the listener of `endpoint: {serve: listener}` serves; `None` where the endpoint is mounted.
    pub fn listener_address(&self) -> Option<SocketAddr> {
        self.listener.as_ref().map(Listener::address)
    }

    /// Registers what to observe at each gather for the gauges that `gauges:` in the configuration feeds from `source`.
    ///
    /// The callback runs once per gather and gauge of that source, must be quick, and must not make instruments. A
    /// series it doesn't set vanishes from that gather. If it panics, its panic is counted and everything else is
    /// exported. A source may be registered several times, for instance once per backend.
    ///
    /// A declared source that nobody registers is said once, in the log, at the first gather after 10 s.
    ///
    /// ```
    /// # let yaml = r#"
    /// # file_format: "1.1"
    /// # meter_provider: {readers: [{pull: {exporter: {prometheus/development: {}}}}]}
    /// # instrumentation/development:
    /// #   rust:
    /// #     lapwing:
    /// #       endpoint: {serve: mounted}
    /// #       gauges: [{source: store.size, instrument: sigil.store.size, unit: By, description: Size., labels: [backend]}]
    /// # "#;
    /// # let telemetry = lapwing::builder().config_text("example.yaml", yaml).global(false).init()?;
    /// // gauges: [{source: store.size, instrument: sigil.store.size, unit: By, labels: [backend]}]
    /// telemetry.observe("store.size", |o| o.set(123.0, &[("backend", "embedded")]))?;
    ///
    /// let family = telemetry.snapshot()?.family("sigil_store_size_bytes").cloned().expect("it is exported");
    /// assert_eq!(family.series.len(), 1);
    /// assert!(telemetry.observe("store.sise", |_| {}).unwrap_err().to_string().contains("did you mean `store.size`?"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If no gauge is declared for `source`; the nearest declared source is named.
    pub fn observe(
        &self,
        source: &str,
        callback: impl Fn(&Observation<'_>) + Send + Sync + 'static,
    ) -> Result<(), ObserveError> {
        self.gauges.observe(&self.meter, source, &self.file, callback)
    }

    /// The meter for instruments made by hand; what is recorded through it is checked (no NaN, no negative adds).
    pub fn meter(&self) -> &Meter {
        &self.meter
    }

    /// A counter made by hand. Make it once and keep it.
    pub fn counter(&self, name: &'static str) -> InstrumentBuilder<'_, Counter<u64>> {
        self.meter.u64_counter(name)
    }

    /// A gauge made by hand. It keeps each series for the life of the process; for things that come and go use
    /// [`Telemetry::observe`].
    pub fn gauge(&self, name: &'static str) -> InstrumentBuilder<'_, Gauge<f64>> {
        self.meter.f64_gauge(name)
    }

    /// An up/down counter made by hand.
    pub fn up_down_counter(&self, name: &'static str) -> InstrumentBuilder<'_, UpDownCounter<i64>> {
        self.meter.i64_up_down_counter(name)
    }

    /// A histogram made by hand; see [`Timer`](crate::Timer), [`time`](crate::time) and
    /// [`time_async`](crate::time_async). Its buckets are those of the view that selects it, else those given here with
    /// `with_boundaries`, else the standard's, which fit milliseconds.
    pub fn histogram(&self, name: &'static str) -> HistogramBuilder<'_, Histogram<f64>> {
        self.meter.f64_histogram(name)
    }

    /// All metrics now, as typed data. Costs as much as a scrape without its text.
    ///
    /// # Errors
    /// If the SDK can't be collected.
    pub fn snapshot(&self) -> Result<Arc<Snapshot>, GatherError> {
        self.source.gather()
    }

    /// The subscriber; global unless [`Builder::global`](crate::Builder::global) said otherwise.
    pub fn dispatch(&self) -> &Dispatch {
        &self.dispatch
    }

    /// Makes the subscriber the current thread's until the guard is dropped; for tests.
    pub fn enter(&self) -> dispatcher::DefaultGuard {
        dispatcher::set_default(&self.dispatch)
    }

    /// Pushes out what is waiting: finished spans, metrics of periodic readers. Blocks, for 5 s at most.
    ///
    /// # Errors
    /// If it takes longer, or an exporter fails.
    pub fn flush(&self) -> Result<(), FlushError> {
        self.pipes.flush()
    }

    /// Flushes and stops, as dropping does, and tells whether it worked.
    ///
    /// # Errors
    /// If it takes longer than 5 s, or an exporter fails.
    pub fn shutdown(mut self) -> Result<(), FlushError> {
        self.stop()
    }

    fn stop(&mut self) -> Result<(), FlushError> {
        if std::mem::replace(&mut self.stopped, true) {
            return Ok(());
        }
        let listener = self.listener.take().map(|listener| -> Task {
            Box::new(move || {
                listener.stop();
                Ok(())
            })
        });
        self.pipes.shutdown(listener)
    }
}

impl Drop for Telemetry {
    fn drop(&mut self) {
        // The watch of the exporters has said what fails; a timeout it can't have seen.
        if let Err(error @ FlushError::Timeout(_)) = self.stop() {
            dispatcher::with_default(&self.dispatch, || tracing::warn!(target: "lapwing", "{error}"));
        }
        // Only now: the thread that waits for SIGTERM leaves the program alone from here on.
        drop(self.presence.take());
    }
}

impl fmt::Debug for Telemetry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Telemetry")
            .field("file", &self.file)
            .field("endpoint", &self.endpoint.path())
            .field("listener", &self.listener)
            .field("gauges", &self.gauges)
            .field("exports", &self.runtime)
            .finish_non_exhaustive()
    }
}

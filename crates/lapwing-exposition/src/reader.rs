//! The reader over the SDK.

use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use opentelemetry_sdk::{
    error::OTelSdkResult,
    metrics::{InstrumentKind, ManualReader, Pipeline, Temporality, data::ResourceMetrics, reader::MetricReader},
};

use crate::{
    DeclaredHistogram, ExemplarSource, Gather, GatherError, Problems, Reason, Snapshot, Translation,
    exemplar::Exemplars,
    flight::Flight,
    gather::panic_text,
    pattern::Patterns,
    translator::{Settings, Translator},
};

/// A [`MetricReader`] whose metrics can be gathered as a [`Snapshot`]. Clones share one state: give one clone to the
/// meter provider and keep the other.
///
/// Gathering takes no lock that recording needs beyond what the SDK itself takes to collect. Concurrent calls share one
/// collect, and nobody gets data collected before he asked: who comes during a collect shares the next one.
#[derive(Clone)]
pub struct PrometheusReader {
    inner: Arc<Inner>,
}

struct Inner {
    sdk: ManualReader,
    pipeline: Mutex<Option<Weak<Pipeline>>>,
    shut_down: AtomicBool,
    flight: Flight,
    gathers: AtomicU64,
    /// Only the caller that collects takes it, so it is never waited for.
    working: Mutex<Working>,
    exemplars: Option<Box<dyn ExemplarSource>>,
    problems: Problems,
}

struct Working {
    /// Kept between collects: the SDK reuses what is allocated in it.
    metrics: ResourceMetrics,
    translator: Translator,
}

/// Builds a [`PrometheusReader`].
pub struct PrometheusReaderBuilder {
    settings: Settings,
    exemplars: Option<Box<dyn ExemplarSource>>,
    problems: Problems,
}

impl PrometheusReader {
    /// A builder with the defaults: underscore escaping with suffixes, `target_info`, scope labels.
    pub fn builder() -> PrometheusReaderBuilder {
        PrometheusReaderBuilder::default()
    }

    /// What could not be recorded or had to be altered; share it with the other parts of telemetry.
    pub fn problems(&self) -> &Problems {
        &self.inner.problems
    }
}

impl Default for PrometheusReaderBuilder {
    fn default() -> Self {
        let settings = Settings {
            translation: Translation::default(),
            scope_labels: true,
            target_info: true,
            resource_labels: Patterns::default(),
            created_samples: false,
            declared: Arc::default(),
        };
        PrometheusReaderBuilder { settings, exemplars: None, problems: Problems::default() }
    }
}

impl PrometheusReaderBuilder {
    /// How names are translated (default [`Translation::UnderscoreEscapingWithSuffixes`]).
    pub fn translation(mut self, translation: Translation) -> Self {
        self.settings.translation = translation;
        self
    }

    /// Whether series carry `otel_scope_name`, `otel_scope_version`, `otel_scope_schema_url` and the scope's attributes
    /// as `otel_scope_…` (default true). Without them, instruments of one name in several scopes are added.
    pub fn scope_labels(mut self, on: bool) -> Self {
        self.settings.scope_labels = on;
        self
    }

    /// Whether `target_info` with the resource's attributes is written (default true).
    pub fn target_info(mut self, on: bool) -> Self {
        self.settings.target_info = on;
        self
    }

    /// Resource attributes that become labels of every series: included and excluded patterns (`*`, `?`), excluded wins
    /// (default none).
    pub fn resource_labels(mut self, included: Vec<String>, excluded: Vec<String>) -> Self {
        self.settings.resource_labels = Patterns { included, excluded };
        self
    }

    /// Whether OpenMetrics carries `_created` samples (default false: Prometheus stores each as a series of its own).
    pub fn created_samples(mut self, on: bool) -> Self {
        self.settings.created_samples = on;
        self
    }

    /// Histograms without attributes that are written as zeros until the SDK exports them (default none).
    pub fn declared_histograms(mut self, histograms: impl IntoIterator<Item = DeclaredHistogram>) -> Self {
        self.settings.declared = histograms.into_iter().collect();
        self
    }

    /// Where exemplars come from (default nowhere). A source that panics gives none.
    pub fn exemplars(mut self, source: impl ExemplarSource) -> Self {
        self.exemplars = Some(Box::new(source));
        self
    }

    /// Where problems are counted (default an own counter); its counts are exported by this reader.
    pub fn problems(mut self, problems: Problems) -> Self {
        self.problems = problems;
        self
    }

    /// Builds the reader.
    pub fn build(self) -> PrometheusReader {
        let PrometheusReaderBuilder { settings, exemplars, problems } = self;
        let working = Working { metrics: ResourceMetrics::default(), translator: Translator::new(settings) };
        let inner = Inner {
            sdk: ManualReader::builder().with_temporality(Temporality::Cumulative).build(),
            pipeline: Mutex::default(),
            shut_down: AtomicBool::new(false),
            flight: Flight::default(),
            gathers: AtomicU64::new(0),
            working: Mutex::new(working),
            exemplars,
            problems,
        };
        PrometheusReader { inner: Arc::new(inner) }
    }
}

impl Inner {
    fn run(&self) -> Result<Arc<Snapshot>, GatherError> {
        let mut working = self.working.lock().unwrap_or_else(PoisonError::into_inner);
        let Working { metrics, translator } = &mut *working;
        match catch_unwind(AssertUnwindSafe(|| self.sdk.collect(metrics))) {
            Ok(Ok(())) => {}
            // The providers may go between our look and theirs.
            Ok(Err(_)) if !self.is_registered() => return Err(GatherError::NotRegistered),
            Ok(Err(error)) => return Err(self.failed(GatherError::Collect(error.to_string()))),
            Err(payload) => {
                // What the panic left behind is half of a collect.
                *metrics = ResourceMetrics::default();
                let error = GatherError::Panicked(panic_text(&*payload));
                self.problems.count(Reason::CallbackPanic, "gather", &error);
                return Err(error);
            }
        }
        let gathers = self.gathers.fetch_add(1, Ordering::Relaxed) + 1;
        let exemplars = Exemplars::new(self.held_exemplars());
        Ok(Arc::new(translator.snapshot(metrics, &exemplars, gathers, &self.problems)))
    }

    fn held_exemplars(&self) -> Vec<crate::SeriesExemplars> {
        let Some(source) = &self.exemplars else { return Vec::new() };
        catch_unwind(AssertUnwindSafe(|| source.exemplars())).unwrap_or_else(|payload| {
            let message = format_args!("the source of exemplars panicked: {}; there are none", panic_text(&*payload));
            self.problems.count(Reason::CallbackPanic, "exemplars", &message);
            Vec::new()
        })
    }

    fn failed(&self, error: GatherError) -> GatherError {
        self.problems.count(Reason::CollectFailed, "gather", &error);
        error
    }

    fn is_registered(&self) -> bool {
        let pipeline = self.pipeline.lock().unwrap_or_else(PoisonError::into_inner);
        !self.shut_down.load(Ordering::Relaxed) && pipeline.as_ref().is_some_and(|weak| weak.strong_count() > 0)
    }
}

impl Gather for PrometheusReader {
    fn gather(&self) -> Result<Arc<Snapshot>, GatherError> {
        if !self.inner.is_registered() {
            return Err(GatherError::NotRegistered);
        }
        self.inner.flight.join(|| {
            // A panic must not leave the others waiting.
            catch_unwind(AssertUnwindSafe(|| self.inner.run()))
                .unwrap_or_else(|payload| Err(self.inner.failed(GatherError::Collect(panic_text(&*payload)))))
        })
    }
}

impl fmt::Debug for PrometheusReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrometheusReader")
    }
}

impl fmt::Debug for PrometheusReaderBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrometheusReaderBuilder").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl MetricReader for PrometheusReader {
    fn register_pipeline(&self, pipeline: Weak<Pipeline>) {
        self.inner.sdk.register_pipeline(pipeline.clone());
        // Like the SDK's own reader: the first pipeline stays.
        self.inner.pipeline.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(pipeline);
    }

    fn collect(&self, metrics: &mut ResourceMetrics) -> OTelSdkResult {
        self.inner.sdk.collect(metrics)
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.inner.shut_down.store(true, Ordering::Relaxed);
        self.inner.sdk.shutdown_with_timeout(timeout)
    }

    fn temporality(&self, _kind: InstrumentKind) -> Temporality {
        Temporality::Cumulative
    }
}

//! Collects from the OpenTelemetry SDK and writes the Prometheus text and OpenMetrics formats, correctly whatever was
//! recorded.
//!
//! - A [`PrometheusReader`] hangs on the meter provider. [`Gather::gather`] has the SDK collect and gives a [`Snapshot`].
//! - A [`Snapshot`] holds all metrics at one moment in Prometheus' terms: names translated, series merged, contradictions
//!   left out, all sorted. [`Snapshot::encode`] writes it in a [`Format`], which [`Format::negotiate`] finds for a scraper.
//! - [`prometheus_name`] says what an instrument is called; nothing else decides names.
//! - A [`CheckedMeterProvider`] between instruments and SDK refuses what would spoil a metric before it is recorded.
//! - [`Problems`] counts what could not be recorded or had to be altered, by [`Reason`], and says each once. The reader
//!   exports the counts.
//! - With the feature `registry`, a `RegistrySource` gathers a `prometheus::Registry` instead.
//!
//! ```
//! use lapwing_exposition::{Format, Gather, PrometheusReader};
//! use opentelemetry::{KeyValue, metrics::MeterProvider};
//! use opentelemetry_sdk::metrics::SdkMeterProvider;
//!
//! let reader = PrometheusReader::builder().target_info(false).build();
//! let provider = SdkMeterProvider::builder().with_reader(reader.clone()).build();
//! let meter = provider.meter("sigil");
//!
//! let encoded = meter.u64_counter("sigil.encode").with_description("Encoded contents").build();
//! encoded.add(3, &[KeyValue::new("outcome", "success")]);
//! let duration = meter.f64_histogram("sigil.encode.duration").with_unit("s").with_boundaries(vec![0.1, 1.0]).build();
//! duration.record(0.25, &[]);
//!
//! let snapshot = reader.gather()?.filtered(&["sigil_encode", "sigil_encode_duration_seconds"]);
//! let format = Format::negotiate(Some("application/openmetrics-text;version=1.0.0,text/plain;q=0.5"));
//! assert_eq!(
//!     std::str::from_utf8(&snapshot.encode(format))?,
//!     r#"# TYPE sigil_encode_duration_seconds histogram
//! ## UNIT sigil_encode_duration_seconds seconds
//! sigil_encode_duration_seconds_bucket{otel_scope_name="sigil",le="0.1"} 0
//! sigil_encode_duration_seconds_bucket{otel_scope_name="sigil",le="1.0"} 1
//! sigil_encode_duration_seconds_bucket{otel_scope_name="sigil",le="+Inf"} 1
//! sigil_encode_duration_seconds_sum{otel_scope_name="sigil"} 0.25
//! sigil_encode_duration_seconds_count{otel_scope_name="sigil"} 1
//! ## HELP sigil_encode Encoded contents
//! ## TYPE sigil_encode counter
//! sigil_encode_total{otel_scope_name="sigil",outcome="success"} 3
//! ## EOF
//! "#
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Exact behaviour
//!
//! | what is recorded | what is exposed | counted as |
//! | --- | --- | --- |
//! | counter, up/down counter, gauge, histogram | counter, gauge, gauge, histogram; integers with all their digits | |
//! | exponential histogram | histogram with powers of two as bounds, the same for all series of the metric; each count is exactly the number of values at or below its bound; a quantile of it is off by less than a factor of two | |
//! | [`DeclaredHistogram`] | zeros until the SDK exports its series | |
//! | resource | `target_info`, and as labels of every series where asked for | |
//! | scope | labels `otel_scope_name`, `otel_scope_version`, `otel_scope_schema_url`, `otel_scope_…` of its attributes | |
//! | label `le` `quantile` `job` `instance` | `exported_le` and so on | `label_renamed` |
//! | label name that is empty, begins with a digit or `__`, or has a `:` | made valid with `_` (UTF-8 names: only the empty one and `__…` are touched) | `label_renamed` |
//! | label with any other character | `_` for each run of them (UTF-8 names: kept, save control characters) | |
//! | labels of one point that become the same | values joined by `;` in the order of the original keys | `label_merged` |
//! | label with an empty value | no label: to Prometheus there is no difference | |
//! | counters, up/down counters, histograms that become the same series | added; integers saturate | `series_merged` |
//! | gauges that become the same series | the first stays | `name_conflict` |
//! | histograms with different bounds that become the same series | the first stays | `bounds_differ` |
//! | two types under one name | the first ever gathered stays | `type_conflict` |
//! | sample names of two metrics that meet (histogram `y`, gauge `y_count`) | the first ever gathered stays | `name_conflict` |
//! | two descriptions of one name | the first that isn't empty | `description_conflict` |
//! | counter that is NaN or below zero | left out | `nan`, `negative` |
//! | exemplar without trace, span or finite value | left out | `exemplar_dropped` |
//! | exemplar with more than 128 characters of labels | not written | |
//!
//! What is first is decided by scope name, version and schema, then by registration; once gathered it stays first for the
//! life of the reader. A problem found while gathering is counted at each gather while it lasts, so that an alert on the
//! increase stays, and logged once.
//!
//! | what happens | what [`Gather::gather`] does |
//! | --- | --- |
//! | nothing was recorded | `lapwing_gathers_total` and `lapwing_problems_total` with all reasons at 0 are there, under these names in every translation |
//! | an observable callback panics (without the checked provider) | [`GatherError::Panicked`], then [`GatherError::Collect`] for ever: the SDK stays broken |
//! | the provider is shut down or gone | [`GatherError::NotRegistered`] |
//! | called while another call collects | waits for the collect after that one and shares it: data is never older than the question |
//! | called from within a callback | [`GatherError::Recursive`] |
//! | the exemplar source panics | no exemplars; `callback_panic` |
//!
//! | format | particulars |
//! | --- | --- |
//! | all | families and series sorted; `le` and `quantile` as Prometheus spells floats (`0.005`, `1.0`, `1e+06`, `+Inf`), so that a bound has one spelling in every version of it |
//! | text 0.0.4, text 1.0.0 | TYPE names a counter with `_total`; info is a gauge, unknown is untyped |
//! | OpenMetrics 1.0.0 | TYPE names a counter without `_total`; UNIT where the name ends with it; exemplars; `_created` if asked for |
//! | OpenMetrics 1.0.0 | a counter whose name doesn't end with `_total`, or whose short name is another metric's, is `unknown`, so that its samples keep their names |
//! | OpenMetrics 1.0.0 | `_sum` and `_count` are left out of a histogram with negative bounds or a negative sum: it must not have them; the text formats have both |
//! | with UTF-8 names | names in quotes where they have to be: `{"my.name","my.label"="x"}` |
//! | without, of a translation that keeps UTF-8 | `_` for each character; metrics that become one by that are joined as above |
//!
//! # Cost
//!
//! The reader keeps one table for each stream: its series with labels and values, and what they are written as in the
//! formats that were asked for in the last 16 gathers. A gather compares the SDK's data points with it;
//! [`Snapshot::body`] writes those series again whose value or exemplar has changed, and shares all other text. A series
//! that the SDK no longer gives is dropped at that gather, with its text. No lock is held that recording needs beyond
//! those the SDK takes.
//!
//! Per series of 13 lines (a histogram of 10 bounds, two labels and the scope), collecting included, x86-64, fat LTO:
//!
//! | | instructions |
//! | --- | --- |
//! | the SDK's collect alone | 2 480 |
//! | nothing touched / all touched | 3 070 / 4 540 |
//! | opentelemetry-prometheus and `TextEncoder` | 53 550 |
//!
//! Memory per such series, beside what the SDK records into: 2 600 bytes with one format, measured at 10 000 series. 1 390
//! of them are the text and some 80 the room it has left, once for each format that is kept; the rest are labels, values
//! and the SDK's data points, which the next collect overwrites. A scrape of 10 000 needs 191 000 bytes on top, of 13.9 MB of
//! text, and leaves nothing behind.
//!
//! Made anew at each gather, at some 17 000 instructions a series: exponential histograms; streams with label names that
//! are renamed or joined, a counter below zero, or two series of equal labels; families of several streams. Names that
//! are not classic are kept as UTF-8: a scraper without them costs a copy of all series. The same goes for a
//! [`Snapshot`] that is still held at the next gather; [`Snapshot::families`] makes its data when it is first called.
//!
//! # Features
//!
//! `registry`: `RegistrySource`, over the `prometheus` crate. Off by default.

mod announced;
mod assembly;
mod body;
mod catalogue;
mod checked;
mod declared_histogram;
mod encode;
mod exemplar;
mod exponential;
mod family;
mod flight;
mod format;
mod gather;
mod histogram;
mod label_name;
mod labels;
mod name;
mod negotiate;
mod number;
mod own_metrics;
mod pattern;
mod problems;
mod reader;
#[cfg(feature = "registry")]
mod registry;
mod snapshot;
mod table;
mod tables;
mod token;
mod translator;
mod unit;

pub use body::Body;
pub use checked::{CheckedMeterProvider, StreamName};
pub use declared_histogram::DeclaredHistogram;
pub use exemplar::{Exemplar, ExemplarSource, SeriesExemplars};
pub use family::{Family, Kind, Series, Value};
pub use format::Format;
pub use gather::{Gather, GatherError};
pub use histogram::{Bucket, Histogram};
pub use label_name::prometheus_label;
pub use labels::Labels;
pub use name::{InstrumentKind, Translation, prometheus_name};
pub use number::{Number, prometheus_bound};
pub use problems::{Problems, Reason};
pub use reader::{PrometheusReader, PrometheusReaderBuilder};
#[cfg(feature = "registry")]
pub use registry::RegistrySource;
pub use snapshot::Snapshot;

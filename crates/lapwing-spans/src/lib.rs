//! A `tracing` layer that turns closing spans and events into OpenTelemetry measurements.
//!
//! Code opens spans and emits events; it names no metric. A [`Rule`] says which spans or events are measured, on which
//! [`Instrument`]s of an OpenTelemetry `Meter`, and which fields become [`Label`]s. [`SpanMetricsLayer`] does it.
//!
//! ```
//! use std::time::Duration;
//!
//! use lapwing_spans::{Instrument, Label, Rule, SpanMetricsLayer};
//! use opentelemetry::metrics::MeterProvider as _;
//! use opentelemetry_sdk::metrics::{InMemoryMetricExporter, PeriodicReader, SdkMeterProvider};
//! use opentelemetry_sdk::metrics::data::{AggregatedMetrics, MetricData};
//! use tracing_subscriber::prelude::*;
//!
//! let exporter = InMemoryMetricExporter::default();
//! let reader = PeriodicReader::builder(exporter.clone()).build();
//! let provider = SdkMeterProvider::builder().with_reader(reader).build();
//!
//! let rule = Rule::span("sigil.*")
//!     .duration(
//!         Instrument::new("sigil.duration")
//!             .unit("s")
//!             .boundaries([0.01, 0.1, 1.0])
//!             .label(Label::span_name().renamed("operation"))
//!             .label(Label::field("backend").or("none").one_of(["embedded", "postgresql"]))
//!             .label(Label::outcome()),
//!     )
//!     .log_over(Duration::from_secs(1));
//! let layer = SpanMetricsLayer::builder(provider.meter("sigil")).rule(rule).build()?;
//!
//! tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
//!     #[tracing::instrument(name = "sigil.encode", fields(backend = "embedded"), err)]
//!     fn encode(bytes: &[u8]) -> Result<usize, std::str::Utf8Error> {
//!         Ok(std::str::from_utf8(bytes)?.len())
//!     }
//!     assert!(encode(b"a sigil").is_ok());
//!     assert!(encode(b"another").is_ok());
//!     assert!(encode(b"\xFF").is_err());
//! });
//!
//! provider.force_flush()?;
//! let exported = exporter.get_finished_metrics()?;
//! let metric = exported[0].scope_metrics().flat_map(|scope| scope.metrics()).find(|m| m.name() == "sigil.duration");
//! let AggregatedMetrics::F64(MetricData::Histogram(histogram)) = metric.unwrap().data() else { panic!("a histogram") };
//! let mut lines: Vec<_> = histogram
//!     .data_points()
//!     .map(|point| {
//!         let labels: Vec<_> = point.attributes().map(|kv| format!("{}={}", kv.key, kv.value)).collect();
//!         format!("{} {:?}", labels.join(" "), point.bucket_counts().collect::<Vec<_>>())
//!     })
//!     .collect();
//! lines.sort();
//! assert_eq!(
//!     lines,
//!     [
//!         "backend=embedded operation=sigil.encode outcome=error [1, 0, 0, 0]",
//!         "backend=embedded operation=sigil.encode outcome=ok [2, 0, 0, 0]",
//!     ]
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Spans
//!
//! A span is measured when it closes: when the last of its handles (`Span`, its clones, a future it instruments) is dropped.
//! Every rule that matches it measures it. Spans are counted whether or not their trace is sampled, with or without an
//! `OpenTelemetryLayer` in the subscriber, above or below this layer.
//!
//! **Elapsed time** runs from the span's creation to its close. `tracing` closes a span no sooner than its children, and no
//! layer is told when the span's own handles are gone. So where it was a child that kept the span open, the end is the last
//! time the span was exited: for an instrumented function or future that is the moment it ended. (If a child was created
//! after that, with `parent: &span`, it is when the first such child was created: then the span still had a handle.) A
//! request that spawns a task of ten minutes is not a request of ten minutes, though it is only recorded when the task ends.
//!
//! **Busy time** is the time during which at least one thread was inside the span. Entering it again while inside, on the
//! same thread or on another, does not count twice.
//!
//! | situation | elapsed ends | busy |
//! | --- | --- | --- |
//! | the last handle is dropped | then | time inside |
//! | a clone outlives the span | when the clone is dropped: a clone is the span | time inside |
//! | a child outlives the span's handles | at the span's last exit | time inside |
//! | the same, and the span was never entered | when the child closes: nothing else is known | 0 |
//! | never entered | when the last handle is dropped | 0 |
//! | around a future, with `.instrument(span)` | when the future is dropped, which is when it ends or is cancelled | time being polled |
//! | a guard held across `.await` | when the last handle is dropped | includes the waiting, and work of others meanwhile |
//! | a panic unwinds through it | as usual | as usual |
//! | the clock goes backwards | 0, never negative; the default clock is monotonic | the same |
//! | never closed | not measured | not measured |
//!
//! (A child's close is recognised by the order in which `tracing_subscriber::Registry` clears a span. Where another thread
//! looks the child up in the registry at the very moment it closes, the span may be taken to end when it closed. So it may where
//! a filter hides the child from this layer.)
//!
//! **In flight** is counted from creation to close, a child that keeps the span open included. Its labels are those known at
//! creation, and what was added is subtracted from the very same series.
//!
//! # Outcome
//!
//! | [`Outcome`] | `error` if |
//! | --- | --- |
//! | `Status` (default) | `otel.status_code` is `ERROR`, in any case, recorded at creation or later; if it is neither that nor `OK`: if an ERROR event was emitted in the span |
//! | `Field` | the field's last value is in the list; a missing field is `ok` |
//!
//! An ERROR event counts for the span it is emitted in and for no other: not for that span's parents, also where the span
//! has no rule. With an explicit `parent:` it counts for that parent, with `parent: None` for none: just as
//! `OpenTelemetryLayer` does it. So `#[instrument(err)]` makes a span an error, and `err(level = "warn")` does not.
//! An event's own outcome is its `otel.status_code`, else `error` if it is an ERROR event.
//!
//! # Fields
//!
//! Only fields that the span or event declares can be recorded. The last value of a field wins, be it recorded at creation
//! or late, by whichever thread. A span's children do not inherit its fields.
//!
//! | field | as a label | as a number |
//! | --- | --- | --- |
//! | integers up to 128 bits, floats | as `{}` prints it | itself, as `f64` |
//! | `bool` | `true`, `false` | refused |
//! | `str`, `%display`, errors | as `{}` prints it | parsed, or refused |
//! | `?debug` | as `{:?}` prints it: a string gets quotes | parsed, or refused |
//! | missing, `Empty`, `None` | the default, or the label is left out | nothing is measured |
//! | longer than 1024 bytes | cut at a character, counted | |
//! | NaN, infinite; below 0 for a counter | as `{}` prints it | refused |
//!
//! What is refused is not measured, but counted. A value outside a closed list becomes `other`.
//!
//! # Events
//!
//! An event is measured when it is emitted, inside a span or not, with its own fields. It has no duration and is never in
//! flight. The logs of OpenTelemetry's crates and of lapwing (targets `lapwing` and `lapwing::slow`) are not measured and make
//! no span an error, as they can come from inside a measurement.
//!
//! # Series
//!
//! A series whose labels are all closed (outcome, constants, lists, the name of a rule without wildcards) exists from the
//! start, at 0, if the measure has at most 64 of them: `rate()` then sees the first error. The SDK exports a histogram
//! without labels only after its first value: until then it is for the exposition to write its zeros.
//!
//! A duration without boundaries gets advisory ones from 5 ms to 10 s, in its unit; another histogram gets the SDK's. A view
//! overrides both.
//!
//! Beyond [`Instrument::series_limit`] label sets, further ones are recorded with `otel.metric.overflow=true` and the outcome
//! label, if there is one: sums and error ratios stay right. (So is a measurement of the very last label set, if another
//! thread is just making its series.) The SDK has a limit of its own for each stream, 2000 unless set,
//! under which the outcome is lost: set it to at least 8 more than the layer's.
//!
//! # Exemplars
//!
//! Where the subscriber has an `OpenTelemetryLayer`, [`SpanMetricsLayer::exemplars`] gives the latest measurement of each
//! bucket of each series with the trace and span id it was made in, by [`ExemplarFilter`]. The buckets are those of
//! [`Instrument::boundaries`]; without them, those of [`Instrument::default_boundaries`]. A span's ids are taken at its first exit, so its parent
//! can be set until it is first entered. Where 64 spans of a callsite in a row had none, one in 64 is asked from then on, until
//! one has. A span never entered has them only if the `OpenTelemetryLayer` is above this layer
//! (added later). An event takes those of the span it is in.
//!
//! # Problems
//!
//! They are counted on the counter `lapwing.problems` of the same meter, and each (reason, subject) is logged once, at WARN
//! with the target `lapwing`.
//!
//! | `reason` | what happened |
//! | --- | --- |
//! | `overflow` | a measurement went to an overflow series |
//! | `refused_value` | a field was no number fit to be measured |
//! | `label_cut` | a label value was longer than 1024 bytes |
//! | `field_missing` | a rule wants a field that the span or event does not declare |
//!
//! A missing field is counted once for each place in the code that makes such a span or event, when the first span is entered
//! or closes or the first event is emitted. It is logged once for each span and field:
//! ``span `checkout` declares no field `ammount`; did you mean `amount`?``. So it is also said if only some of the places that
//! make spans of that name lack it. It concerns the fields of an outcome, of numbers and of labels without a default. Rules
//! without a name or with wildcards in it are not concerned, as they may well mean fields that only some of their spans have;
//! nor is `otel.status_code`. (What is found in an event under a subscriber of one thread only is counted, but `tracing` lets
//! nothing be logged there.)
//!
//! # Collecting
//!
//! A measurement goes to a buffer of its thread, and from there to the meter: when the buffer is half full, and before any
//! reader collects. The SDK calls the callbacks of observable instruments before it aggregates, and the layer has one
//! (`lapwing.collect`, which observes nothing, so is never exported). So a span that closed before a collect began is in it; one
//! that closes meanwhile is in that one or the next. Where a view drops that instrument, there are no buffers and threads
//! that share a series wait for each other. What is in the buffers when the layer is dropped goes to the meter.
//!
//! The first measurement of a series waits in memory if a collect has begun within the last second (up to 65 536 of them, a
//! MiB), as the SDK would have it wait until the collect is done.
//!
//! # Safety in bad company
//!
//! No lock is held while a value is formatted or something is logged. While a buffer is handed to the meter its lock is held,
//! which nobody who records waits for. What is traced from inside a meter is not measured, so nothing recurses. Open spans are
//! kept in a table of the layer's own: a layer that logs while it holds a span's extensions does not deadlock with this one.
//! Nothing panics.
//!
//! # Cost
//!
//! Rules are matched once for each callsite. A span that no rule wants costs a lookup by its callsite when it is created and
//! a look at a thread-local at exit and close; see also [`SpanMetricsLayerBuilder::sole_layer`]. A measured span costs two
//! readings of the
//! clock (one more at each exit, if it may have children), one atomic exchange, and for each measure a hash over its label
//! values, a lookup without a lock, and its share of handing a buffer over: one record on a bound instrument. Late records
//! of fields, busy time, in-flight counts, texts of more than 15 bytes that are no label of any series, and an
//! `OpenTelemetryLayer` that knows the span each cost an uncontended lock. A known series allocates nothing. Figures are in
//! docs/performance.md of the repository.
//!
//! Memory: 100 KB for each layer; 192 bytes for each open span beyond some hundred; 2 KB for each thread that measures;
//! some hundred bytes for each series, as many as the series limits say; for exemplars, 64 bytes for each bucket of the
//! series measured inside traces.

mod append_table;
mod builder;
mod callsites;
mod capture;
mod catalog;
mod clock;
mod error;
mod exemplar;
mod exemplars;
mod index;
mod instrument;
mod key;
mod known_series;
mod label;
mod layer;
mod live_span;
mod measurement;
mod missing_fields;
mod newest;
mod number;
#[cfg(test)]
mod open_memory;
mod open_spans;
mod origin;
mod outcome;
mod outlived;
mod parts;
mod plan;
mod problems;
mod recorder;
mod reentry;
mod reservoir;
mod rule;
mod samples;
mod scratch;
mod series;
mod series_table;
mod sink;
mod slow;
mod suggestion;
mod sync;
mod values;

pub use builder::SpanMetricsLayerBuilder;
pub use clock::Clock;
pub use error::BuildError;
pub use exemplar::{Exemplar, ExemplarFilter};
pub use exemplars::{ExemplarSeries, Exemplars};
pub use instrument::Instrument;
pub use label::{Label, LabelSource};
pub use layer::SpanMetricsLayer;
pub use rule::{Match, Matched, Measure, Outcome, Rule, Timing};
pub use suggestion::nearest;

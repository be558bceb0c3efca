//! How long a scrape stops those who measure.

use std::{
    ops::Range,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use lapwing_exposition::{Format, Gather as _, PrometheusReader};
use opentelemetry::{
    KeyValue,
    metrics::{Histogram, MeterProvider as _},
};
use opentelemetry_sdk::metrics::SdkMeterProvider;
use prometheus::{Encoder as _, TextEncoder};
use serde_json::{Value, json};

use crate::{
    meters::provider_of,
    series::{BOUNDS, HISTOGRAM, of_scrape},
    subscriber,
};

/// Every so many measurements make a new series.
const NEW_EVERY: u64 = 512;

/// New series there is room for, in all rounds together.
const ROOM: usize = 40_000;

/// Who measures and who scrapes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variant {
    /// Spans measured by the layer, scraped through `PrometheusReader`.
    Lapwing,
    /// Unbound records, scraped through opentelemetry-prometheus.
    Stock,
}

impl Variant {
    /// All of them.
    pub const ALL: [Variant; 2] = [Variant::Lapwing, Variant::Stock];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Variant::Lapwing => "lapwing",
            Variant::Stock => "opentelemetry-prometheus",
        }
    }

    /// What it is, in words for a table.
    pub fn description(self) -> &'static str {
        match self {
            Variant::Lapwing => "**lapwing**: spans through the layer",
            Variant::Stock => "unbound records by hand, opentelemetry-prometheus + `TextEncoder`",
        }
    }

    /// The one of that name.
    pub fn named(name: &str) -> Option<Variant> {
        Variant::ALL.into_iter().find(|variant| variant.name() == name)
    }
}

/// What one scrape did to those who measured meanwhile.
#[derive(Clone, Copy, Debug, Default)]
pub struct Stall {
    scrape: Duration,
    during: Longest,
    /// For as long, without a scrape: what the machine does by itself.
    idle: Longest,
}

impl Stall {
    /// For an answer.
    pub fn to_json(self) -> Value {
        let micros = |duration: Duration| duration.as_secs_f64() * 1e6;
        json!({
            "max_us": micros(self.during.longest),
            "idle_max_us": micros(self.idle.longest),
            "measured": self.during.measured,
            "new_series": self.during.new,
            "scrape_ms": self.scrape.as_secs_f64() * 1e3,
        })
    }
}

/// The longest of many measurements.
#[derive(Clone, Copy, Debug, Default)]
struct Longest {
    longest: Duration,
    measured: u64,
    new: u64,
}

/// Series that are scraped while more are measured.
pub struct Stalls {
    recorder: Recorder,
    scrape: Box<dyn FnMut()>,
    /// Those that are measured again and again.
    measured: Range<usize>,
    next: usize,
    _provider: SdkMeterProvider,
}

/// Who measures.
enum Recorder {
    Span,
    ByHand(Histogram<f64>),
}

impl Recorder {
    /// Measures series number `at` once; tells how long that took.
    fn record(&self, at: usize) -> Duration {
        let (route, method) = of_scrape(at);
        let begin = Instant::now();
        match self {
            Recorder::Span => drop(tracing::info_span!("request", route, method).entered()),
            Recorder::ByHand(histogram) => {
                let value = begin.elapsed().as_secs_f64();
                histogram.record(value, &labels(route, method));
            }
        }
        begin.elapsed()
    }

    /// Measures series of `known`, a new one among them now and then, until told to stop.
    fn run(&self, next: &mut usize, known: Range<usize>, until: &dyn Fn() -> bool) -> Longest {
        let mut found = Longest::default();
        let mut at = 0;
        while !until() {
            let new = found.measured.is_multiple_of(NEW_EVERY) && *next < known.end + ROOM;
            let number = if new {
                found.new += 1;
                *next += 1;
                *next
            } else {
                at = (at + 7919) % known.len();
                known.start + at
            };
            found.longest = found.longest.max(self.record(number));
            found.measured += 1;
        }
        found
    }
}

fn labels(route: String, method: &'static str) -> [KeyValue; 3] {
    [KeyValue::new("method", method), KeyValue::new("outcome", "ok"), KeyValue::new("route", route)]
}

/// The histogram of all series.
fn histogram(provider: &SdkMeterProvider) -> Histogram<f64> {
    provider.meter("shop").f64_histogram(HISTOGRAM).with_unit("s").with_boundaries(BOUNDS.to_vec()).build()
}

impl Stalls {
    /// Makes the series, the first half of them by hand: the layer takes at most 100 000, and there is to be room for new ones.
    pub fn new(variant: Variant, series: usize) -> Stalls {
        let limit = series + ROOM + 16;
        let by_hand = 0..series / 2;
        let measured = by_hand.end..series;
        let (recorder, scrape, provider): (_, Box<dyn FnMut()>, _) = match variant {
            Variant::Lapwing => {
                let reader = PrometheusReader::builder().build();
                let provider = provider_of(reader.clone(), limit);
                let subscriber = subscriber::over(subscriber::layer(&provider, measured.len() + ROOM));
                tracing::subscriber::set_global_default(subscriber).expect("one variant a process");
                let scrape = move || {
                    let snapshot = reader.gather().expect("the provider lives as long as this");
                    std::hint::black_box(snapshot.body(Format::Text0));
                };
                (Recorder::Span, Box::new(scrape), provider)
            }
            Variant::Stock => {
                let registry = prometheus::Registry::new();
                let exporter = opentelemetry_prometheus::exporter().with_registry(registry.clone()).build();
                let provider = provider_of(exporter.expect("the registry is empty"), limit);
                let mut text = Vec::new();
                let scrape = move || {
                    text.clear();
                    let families = registry.gather();
                    TextEncoder::new().encode(&families, &mut text).expect("a growing buffer takes everything");
                };
                (Recorder::ByHand(histogram(&provider)), Box::new(scrape), provider)
            }
        };
        let histogram = histogram(&provider);
        for at in by_hand {
            let (route, method) = of_scrape(at);
            histogram.record(0.01, &labels(route, method));
        }
        measured.clone().for_each(|at| {
            recorder.record(at);
        });
        let mut stalls = Stalls { recorder, scrape, next: series, measured, _provider: provider };
        (stalls.scrape)();
        stalls
    }

    /// One scrape on this thread, measurements on another meanwhile, and as long without a scrape.
    pub fn round(&mut self) -> Stall {
        let Stalls { recorder, scrape, next, measured, .. } = self;
        let over = Arc::new(AtomicBool::new(false));
        let started = Arc::new(AtomicBool::new(false));
        let (during, took) = thread::scope(|scope| {
            let (over_there, started_there) = (Arc::clone(&over), Arc::clone(&started));
            let (recorder, next, measured) = (&*recorder, &mut *next, measured.clone());
            let recording = scope.spawn(move || {
                started_there.store(true, Ordering::Release);
                recorder.run(next, measured, &|| over_there.load(Ordering::Acquire))
            });
            while !started.load(Ordering::Acquire) {
                thread::yield_now();
            }
            let begin = Instant::now();
            scrape();
            let took = begin.elapsed();
            over.store(true, Ordering::Release);
            (recording.join().expect("recording doesn't panic"), took)
        });
        let begin = Instant::now();
        let idle = recorder.run(next, measured.clone(), &|| begin.elapsed() >= took);
        Stall { scrape: took, during, idle }
    }
}

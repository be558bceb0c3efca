//! What is kept says the same as what is made anew.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, SystemTime},
};

use opentelemetry::{KeyValue, metrics::MeterProvider};
use opentelemetry_sdk::metrics::{SdkMeterProvider, data::ResourceMetrics, reader::MetricReader};
use proptest::prelude::*;

use crate::{
    Format, Problems, PrometheusReader, SeriesExemplars, Snapshot, Translation, exemplar::Exemplars, pattern::Patterns,
};

use super::{Settings, Translator};

/// One thing that happens.
#[derive(Clone, Debug)]
enum Event {
    /// A value for a series of an instrument.
    Record { instrument: usize, series: usize, value: i32 },
    /// From now on these series are observed.
    Observe(Vec<(usize, i32)>),
    /// From now on these exemplars are held, of the histogram and the counter.
    Hold(Vec<(usize, i32)>),
    /// A gather, the formats asked for, and whether the snapshot is looked at again at the end.
    Gather { formats: Vec<Format>, keep: bool },
}

fn event() -> impl Strategy<Value = Event> {
    let value = prop_oneof![0..100, 0..2_000_000, Just(-3)];
    let some = || prop::collection::vec((0..SERIES, 0..2_000), 0..6);
    let formats = prop::sample::subsequence(Format::ALL.to_vec(), 0..=Format::ALL.len());
    prop_oneof![
        8 => (0..7_usize, 0..SERIES, value)
            .prop_map(|(instrument, series, value)| Event::Record { instrument, series, value }),
        1 => some().prop_map(Event::Observe),
        1 => some().prop_map(Event::Hold),
        4 => (formats, prop::bool::weighted(0.2)).prop_map(|(formats, keep)| Event::Gather { formats, keep }),
    ]
}

const SERIES: usize = 40;

/// Most series are ordinary; the last ones have renamed, joined or escaped labels, or none.
fn attributes(series: usize) -> Vec<KeyValue> {
    match series {
        39 => vec![KeyValue::new("le", "x")],
        38 => vec![KeyValue::new("a.b", "x"), KeyValue::new("a_b", "y")],
        37 => vec![KeyValue::new("route", "\"\\\n"), KeyValue::new("größe", "ü")],
        36 => vec![KeyValue::new("route", "")],
        35 => Vec::new(),
        n => vec![KeyValue::new("route", format!("/{n}")), KeyValue::new("n", (n % 3) as i64)],
    }
}

/// A reader's work, once with what is kept and once without.
struct Both {
    kept: (Translator, Problems),
    anew: (Translator, Problems),
    gathers: u64,
}

impl Both {
    fn new(translation: Translation, created_samples: bool) -> Both {
        let settings = Settings {
            translation,
            scope_labels: true,
            target_info: true,
            resource_labels: Patterns::default(),
            created_samples,
            declared: Arc::default(),
        };
        let mut anew = Translator::new(settings.clone());
        anew.tables.refuses = true;
        Both { kept: (Translator::new(settings), Problems::default()), anew: (anew, Problems::default()), gathers: 0 }
    }

    fn gather(&mut self, metrics: &ResourceMetrics, held: &[SeriesExemplars]) -> [Snapshot; 2] {
        self.gathers += 1;
        [&mut self.kept, &mut self.anew].map(|(translator, problems)| {
            translator.snapshot(metrics, &Exemplars::new(held.to_vec()), self.gathers, problems)
        })
    }
}

fn says(snapshot: &Snapshot, format: Format) -> String {
    String::from_utf8(snapshot.body(format).to_bytes().to_vec()).unwrap()
}

fn exemplars(held: &[(usize, i32)]) -> Vec<SeriesExemplars> {
    let of = |stream: &str, series: usize, value: i32| SeriesExemplars {
        stream: stream.to_owned(),
        attributes: attributes(series),
        exemplars: vec![(
            f64::from(value) / 100.0,
            [1; 16],
            [value as u8; 8],
            SystemTime::UNIX_EPOCH + Duration::from_millis(value as u64),
        )],
    };
    held.iter().flat_map(|(series, value)| [of("histogram", *series, *value), of("counter", *series, *value)]).collect()
}

fn run(events: &[Event], translation: Translation, created_samples: bool) {
    let reader = PrometheusReader::builder().build();
    let provider = SdkMeterProvider::builder().with_reader(reader.clone()).build();
    let meter = provider.meter("m");
    let histogram = meter.f64_histogram("histogram").with_unit("s").with_boundaries(vec![0.01, 0.1, 1.0]).build();
    let below = meter.f64_histogram("below").with_boundaries(vec![-1.0, 1.0]).build();
    let boundless = meter.u64_histogram("boundless").with_boundaries(vec![]).build();
    let counter = meter.u64_counter("counter").build();
    let falling = meter.f64_counter("falling").build();
    let up_down = meter.i64_up_down_counter("up.down").build();
    let gauge = meter.f64_gauge("gauge").build();
    let observed: Arc<Mutex<Vec<(usize, i32)>>> = Arc::default();
    let seen = Arc::clone(&observed);
    let _observed = meter
        .i64_observable_gauge("observed")
        .with_callback(move |observer| {
            for (series, value) in &*seen.lock().unwrap() {
                observer.observe(i64::from(*value), &attributes(*series));
            }
        })
        .build();
    let mut both = Both::new(translation, created_samples);
    let (mut metrics, mut held, mut looked_at) = (ResourceMetrics::default(), Vec::new(), Vec::new());
    for event in events {
        match event {
            Event::Record { instrument, series, value } => {
                let (attributes, float) = (attributes(*series), f64::from(*value) / 100.0);
                match instrument {
                    0 => histogram.record(float, &attributes),
                    1 => below.record(float, &attributes),
                    2 => boundless.record(value.unsigned_abs().into(), &attributes),
                    3 => counter.add(value.unsigned_abs().into(), &attributes),
                    4 => falling.add(float, &attributes),
                    5 => up_down.add((*value).into(), &attributes),
                    _ => gauge.record(float, &attributes),
                }
            }
            Event::Observe(series) => series.clone_into(&mut observed.lock().unwrap()),
            Event::Hold(series) => held = exemplars(series),
            Event::Gather { formats, keep } => {
                reader.collect(&mut metrics).unwrap();
                let [kept, anew] = both.gather(&metrics, &held);
                for format in formats {
                    assert_eq!(says(&kept, *format), says(&anew, *format), "{format:?}");
                }
                if *keep {
                    looked_at.push((kept, anew));
                }
            }
        }
    }
    for (kept, anew) in looked_at {
        assert_eq!(kept, anew);
        for format in Format::ALL {
            assert_eq!(says(&kept, format), says(&anew, format), "{format:?}, later");
        }
    }
    assert_eq!(both.kept.1.read(), both.anew.1.read());
}

proptest! {
    #[test]
    fn what_is_kept_says_the_same_as_what_is_made_anew(
        events in prop::collection::vec(event(), 1..120),
        utf8: bool,
        created: bool,
    ) {
        let translation = if utf8 { Translation::NoTranslation } else { Translation::default() };
        run(&events, translation, created);
    }
}

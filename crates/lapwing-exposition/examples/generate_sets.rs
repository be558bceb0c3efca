//! Writes generated metric sets as OpenMetrics, for somebody else's reader to judge: `tests/read_openmetrics.py`.
//!
//! `cargo run --example generate_sets -- COUNT SEED | python3 tests/read_openmetrics.py`
//!
//! Each set is a line with two lengths in bytes, the document, and what must be found in it as JSON lines. Three sets of
//! four are recorded on instruments of a real meter provider, with names, labels, values, views and exemplars chosen to
//! hurt; the expectation of those comes from what was recorded and not from this crate. The fourth is a snapshot built
//! from families of any Unicode name.

use std::{
    collections::BTreeMap,
    error::Error,
    io::{self, BufWriter, Write},
    time::{Duration, SystemTime},
};

use lapwing_exposition::{
    Exemplar, ExemplarSource, Family, Format, Gather, Histogram, Kind, Labels, Number, PrometheusReader, Series,
    SeriesExemplars, Snapshot, Translation, Value,
};
use opentelemetry::{InstrumentationScope, KeyValue, metrics::MeterProvider};
use opentelemetry_sdk::{
    Resource,
    metrics::{Aggregation, Instrument, InstrumentKind, SdkMeterProvider, Stream},
};

/// SplitMix64: the same sets for the same seed, everywhere.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    /// Any Unicode scalars, the ones that mean something to the format more often.
    fn text(&mut self, longest: usize) -> String {
        let special = [
            '"', '\\', '\n', '{', '}', '=', ',', '#', ' ', '\r', '\t', '\0', 'n', '\u{85}', '\u{2028}', '€', '日', '𝄞',
        ];
        let length = self.below(longest + 1);
        (0..length)
            .map(|_| match self.below(4) {
                0 | 1 => self.pick(&special),
                2 => char::from(b'a' + self.below(26) as u8),
                _ => loop {
                    if let Some(c) = char::from_u32(self.below(0x11_0000) as u32) {
                        break c;
                    }
                },
            })
            .collect()
    }

    fn float(&mut self) -> f64 {
        match self.below(8) {
            0 => 0.0,
            1 => self.below(1000) as f64,
            2 => f64::MAX,
            3 => 5e-324,
            4 => (self.below(2_000_001) as f64 - 1e6) / 1000.0,
            _ => loop {
                let v = f64::from_bits(self.next());
                if v.is_finite() {
                    break v;
                }
            },
        }
    }
}

/// What a reader must find.
enum Expected {
    /// One sample with this `id`, this value and this text as label.
    Recorded { id: String, value: String, text: String },
    /// This very sample.
    Sample { name: String, labels: BTreeMap<String, String>, value: String },
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let usage = "usage: generate_sets COUNT SEED";
    let count: u64 = arguments.next().ok_or(usage)?.parse()?;
    let seed: u64 = arguments.next().ok_or(usage)?.parse()?;
    let mut out = BufWriter::new(io::stdout().lock());
    for i in 0..count {
        let mut dice = Dice(seed.wrapping_mul(1_000_003).wrapping_add(i).wrapping_mul(0x2545_f491_4f6c_dd1d));
        let (document, expected) = if i % 4 == 3 { built(&mut dice) } else { recorded(&mut dice)? };
        let expected = json_lines(&expected);
        writeln!(out, "{} {}", document.len(), expected.len())?;
        out.write_all(&document)?;
        out.write_all(expected.as_bytes())?;
    }
    out.flush()?;
    Ok(())
}

fn format(dice: &mut Dice) -> Format {
    Format::OpenMetrics1 { utf8_names: dice.chance(50) }
}

struct Held(Vec<SeriesExemplars>);

impl ExemplarSource for Held {
    fn exemplars(&self) -> Vec<SeriesExemplars> {
        self.0.clone()
    }
}

const NAMES: [&str; 24] = [
    "a",
    "a.b",
    "a_b",
    "a-b",
    "a/b",
    "a..b",
    "a.total",
    "a_total",
    "a.b.total",
    "a.count",
    "a.sum",
    "a.bucket",
    "a.created",
    "a.info",
    "target",
    "target.info",
    "a.seconds",
    "a.seconds.total",
    "a.ratio",
    "lapwing.problems",
    "lapwing.gathers",
    "z_",
    "total",
    "seconds",
];
const UNITS: [&str; 10] = ["", "", "s", "ms", "By", "1", "%", "{thing}", "m/s", "kWh"];
const KEYS: [&str; 14] = [
    "a",
    "a.b",
    "a_b",
    "le",
    "quantile",
    "__name__",
    "job",
    "",
    "1d",
    "a:b",
    "otel_scope_name",
    "ключ",
    "q\"uote",
    "n\nl",
];

/// A set recorded on instruments. Every series has an `id`, and what was recorded for it is the expectation.
fn recorded(dice: &mut Dice) -> Result<(bytes::Bytes, Vec<Expected>), Box<dyn Error>> {
    let stream_limit = 64;
    // At a maximum scale of 20 the SDK's indices overflow where one series holds both ends of f64's range.
    let exponential = dice.chance(25);
    let size = 2 + dice.below(160) as u32;
    let mut held = Vec::new();
    let plan: Vec<_> = (0..1 + dice.below(4))
        .map(|i| (format!("{}{}", dice.pick(&NAMES), ["", ".x", "_y"][i % 3]), dice.below(6)))
        .collect();
    for (name, _) in &plan {
        let exemplar = (0.5 + dice.below(3) as f64, [1 + dice.below(255) as u8; 16], [7; 8], SystemTime::UNIX_EPOCH);
        held.push(SeriesExemplars { stream: name.clone(), attributes: Vec::new(), exemplars: vec![exemplar] });
    }
    let translation = dice.pick(&[
        Translation::UnderscoreEscapingWithSuffixes,
        Translation::UnderscoreEscapingWithoutSuffixes,
        Translation::NoUtf8EscapingWithSuffixes,
        Translation::NoTranslation,
    ]);
    let reader = PrometheusReader::builder()
        .translation(translation)
        .scope_labels(dice.chance(50))
        .created_samples(dice.chance(50))
        .resource_labels(vec![if dice.chance(30) { "*".to_owned() } else { "none".to_owned() }], Vec::new())
        .exemplars(Held(held))
        .build();
    let resource = Resource::builder_empty().with_attributes([KeyValue::new("service.name", dice.text(8))]).build();
    let view = move |instrument: &Instrument| {
        let stream = Stream::builder().with_cardinality_limit(stream_limit);
        let aggregation =
            Aggregation::Base2ExponentialHistogram { max_size: size, max_scale: 10, record_min_max: true };
        let exponential = exponential && instrument.kind() == InstrumentKind::Histogram;
        if exponential { stream.with_aggregation(aggregation) } else { stream }.build().ok()
    };
    let provider =
        SdkMeterProvider::builder().with_resource(resource).with_reader(reader.clone()).with_view(view).build();
    let mut expected = Vec::new();
    for (i, (name, kind)) in plan.into_iter().enumerate() {
        let scope = InstrumentationScope::builder(dice.pick(&["one", "two"])).with_version(dice.text(3)).build();
        let meter = provider.meter_with_scope(scope);
        let (unit, help) = (dice.pick(&UNITS), dice.text(12));
        for series in 0..1 + dice.below(3) {
            let (id, text) = (format!("{i}-{series}"), format!("-{}", dice.text(10)));
            let mut attributes = vec![KeyValue::new("id", id.clone()), KeyValue::new("text", text.clone())];
            for _ in 0..dice.below(3) {
                attributes.push(KeyValue::new(dice.pick(&KEYS), dice.text(6)));
            }
            if kind >= 4 {
                attributes.truncate(dice.below(3));
            }
            let (name, help) = (name.clone(), help.clone());
            let value = match kind {
                0 => {
                    let n = dice.next() >> dice.below(64);
                    meter.u64_counter(name).with_unit(unit).with_description(help).build().add(n, &attributes);
                    Number::from(n)
                }
                1 => {
                    let n = dice.float().abs();
                    meter.f64_counter(name).with_unit(unit).with_description(help).build().add(n, &attributes);
                    Number::from(n)
                }
                2 => {
                    let n = dice.next() as i64 >> dice.below(64);
                    meter.i64_up_down_counter(name).with_unit(unit).with_description(help).build().add(n, &attributes);
                    Number::from(n)
                }
                3 => {
                    let n = dice.float();
                    meter.f64_gauge(name).with_unit(unit).with_description(help).build().record(n, &attributes);
                    Number::from(n)
                }
                _ => {
                    let bounds = [vec![], vec![0.5, 1.0, 2.5, 1e6], vec![-1.0, 0.0, 1.0]][dice.below(3)].clone();
                    let histogram = meter.f64_histogram(name).with_unit(unit).with_boundaries(bounds).build();
                    for _ in 0..dice.below(20) {
                        // The sum of extremes would be infinite, which the checked provider prevents and this doesn't.
                        let n = dice.float().clamp(-1e300, 1e300);
                        histogram.record(if kind == 4 { n.abs() } else { n }, &attributes);
                    }
                    continue;
                }
            };
            expected.push(Expected::Recorded { id, value: value.to_string(), text });
        }
    }
    // What collided was left out, and what became one was added: neither is there as it was recorded.
    let snapshot = reader.gather()?;
    let problems = reader.problems().read();
    let altered = ["name_conflict", "type_conflict", "series_merged", "label_merged"];
    if problems.iter().any(|(reason, count)| altered.contains(reason) && *count > 0) {
        expected.clear();
    }
    let format = format(dice);
    if !format.utf8_names()
        && matches!(translation, Translation::NoUtf8EscapingWithSuffixes | Translation::NoTranslation)
    {
        // Names may collide only now, without a count that was there to be read.
        snapshot.encode(format);
        if reader.problems().read().iter().any(|(reason, count)| altered.contains(reason) && *count > 0) {
            expected.clear();
        }
    }
    Ok((snapshot.encode(format), expected))
}

/// A set of families with names and labels of any Unicode. The expectation is the snapshot's own data: what is tested is
/// the writing.
fn built(dice: &mut Dice) -> (bytes::Bytes, Vec<Expected>) {
    let labels = |dice: &mut Dice| -> Labels {
        (0..dice.below(4)).map(|_| (dice.text(5), dice.text(12))).collect::<Vec<_>>().into_iter().collect()
    };
    let exemplar = |dice: &mut Dice| {
        // The reference parser takes an escaped quote for the end of an exemplar's label value.
        let trace = dice.text(130).replace(['"', '\\'], "'");
        let labels: Labels = [("trace_id".to_owned(), trace)].into_iter().collect();
        let time = dice.chance(50).then(|| SystemTime::UNIX_EPOCH + Duration::from_nanos(dice.next() >> 8));
        Exemplar { labels, value: dice.float(), time }
    };
    let families = (0..1 + dice.below(5)).map(|_| {
        let kind = dice.pick(&[Kind::Counter, Kind::Gauge, Kind::Histogram, Kind::Summary, Kind::Info, Kind::Unknown]);
        let suffix = match kind {
            Kind::Counter if dice.chance(80) => "_total",
            Kind::Info if dice.chance(80) => "_info",
            _ => dice.pick(&["", "", "_seconds", "_created", "_count"]),
        };
        let series = (0..dice.below(4)).map(|_| {
            let value = match kind {
                Kind::Counter => Value::Counter {
                    value: if dice.chance(50) { Number::from(dice.next()) } else { Number::from(dice.float().abs()) },
                    exemplar: dice.chance(50).then(|| Box::new(exemplar(dice))),
                },
                Kind::Gauge | Kind::Unknown => Value::Number(match dice.below(6) {
                    0 => Number::from(f64::NAN),
                    1 => Number::from(f64::NEG_INFINITY),
                    2 => Number::from(dice.next() as i64),
                    _ => Number::from(dice.float()),
                }),
                Kind::Info => Value::Number(Number::from(1_u64)),
                Kind::Histogram => {
                    let buckets: Vec<_> = (0..dice.below(6)).map(|_| (dice.float(), dice.next() >> 40)).collect();
                    let mut histogram = Histogram::new(buckets, dice.float());
                    for _ in 0..dice.below(3) {
                        histogram.add_exemplar(exemplar(dice));
                    }
                    Value::Histogram(histogram)
                }
                Kind::Summary => {
                    let quantiles = (0..dice.below(3)).map(|i| (i as f64 / 2.0, dice.float())).collect();
                    Value::Summary { quantiles, sum: dice.float(), count: dice.next() >> 20 }
                }
            };
            let created = dice.chance(50).then(|| SystemTime::UNIX_EPOCH + Duration::from_nanos(dice.next() >> 8));
            Series { labels: labels(dice), value, created }
        });
        let series = series.collect();
        let name = format!("{}{suffix}", if dice.chance(50) { dice.pick(&NAMES).to_owned() } else { dice.text(8) });
        let unit = if dice.chance(30) { "seconds".to_owned() } else { String::new() };
        Family { name, help: dice.text(20), unit, kind, series }
    });
    let families: Vec<_> = families.collect();
    let snapshot = Snapshot::new(families).with_created_samples(dice.chance(50));
    let format = format(dice);
    let mut expected = Vec::new();
    for family in snapshot.families().iter().filter(|_| format.utf8_names()) {
        for series in &family.series {
            let labels: BTreeMap<_, _> = series.labels.iter().map(|(n, v)| (n.to_owned(), v.to_owned())).collect();
            if let Some(value) = series.number() {
                expected.push(Expected::Sample { name: family.name.clone(), labels, value: value.to_string() });
            } else if let Some(histogram) = series.histogram() {
                let mut labels = labels;
                labels.insert("le".to_owned(), "+Inf".to_owned());
                let name = format!("{}_bucket", family.name);
                expected.push(Expected::Sample { name, labels, value: histogram.count().to_string() });
            }
        }
    }
    (snapshot.encode(format), expected)
}

fn json_lines(expected: &[Expected]) -> String {
    let mut out = String::new();
    for expected in expected {
        match expected {
            Expected::Recorded { id, value, text } => {
                out += &format!("{{\"id\": {}, \"value\": \"{value}\", \"text\": {}}}\n", json(id), json(text));
            }
            Expected::Sample { name, labels, value } => {
                let labels: Vec<_> =
                    labels.iter().map(|(name, value)| format!("{}: {}", json(name), json(value))).collect();
                let labels = labels.join(", ");
                out += &format!("{{\"name\": {}, \"labels\": {{{labels}}}, \"value\": \"{value}\"}}\n", json(name));
            }
        }
    }
    out
}

fn json(text: &str) -> String {
    let escaped: String = text
        .encode_utf16()
        .map(|unit| match char::from_u32(u32::from(unit)) {
            Some(c) if c.is_ascii_alphanumeric() => c.to_string(),
            _ => format!("\\u{unit:04x}"),
        })
        .collect();
    format!("\"{escaped}\"")
}

//! Real scrapers: both generations of Prometheus, promtool, and the reference parser of OpenMetrics.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    process::{Command, Stdio},
    sync::Arc,
    thread,
    time::{Duration, SystemTime},
};

use lapwing_exposition::{ExemplarSource, Format, PrometheusReader, SeriesExemplars, Snapshot, Translation, Value};
use opentelemetry::KeyValue;
use stack::{Located, Part, Parts, Prometheus, Promtool, PromtoolError, Scrape, need};

use crate::sdk::{Sdk, text};

type Samples = BTreeMap<BTreeMap<String, String>, f64>;

/// Answers every request with `snapshot`, in the format asked for or in a fixed one.
fn serve(snapshot: Arc<Snapshot>, fixed: Option<Format>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    // Ends with the test's process: it waits for connections and nothing else.
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let _ = answer(stream, &snapshot, fixed);
        }
    });
    address
}

fn answer(mut stream: TcpStream, snapshot: &Snapshot, fixed: Option<Format>) -> std::io::Result<()> {
    let mut accept = None;
    for line in BufReader::new(stream.try_clone()?).lines() {
        let line = line?;
        if line.is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("accept")
        {
            accept = Some(value.trim().to_owned());
        }
    }
    let format = fixed.unwrap_or_else(|| Format::negotiate(accept.as_deref()));
    let body = snapshot.encode(format);
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: {}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        format.content_type(),
        body.len()
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(&body)
}

const TRACE: [u8; 16] = [0xab; 16];

struct One;

impl ExemplarSource for One {
    fn exemplars(&self) -> Vec<SeriesExemplars> {
        let exemplars = vec![(0.3, TRACE, [0xcd; 8], SystemTime::now())];
        vec![SeriesExemplars { stream: "wait".to_owned(), attributes: vec![KeyValue::new("a", "1")], exemplars }]
    }
}

/// All that may hurt a scraper, through the SDK.
fn hostile(translation: Translation) -> Arc<Snapshot> {
    let sdk = Sdk::new(PrometheusReader::builder().translation(translation).exemplars(One).created_samples(true));
    let meter = sdk.meter("m \"eter\"");
    let values = [
        "plain",
        "q\"uote",
        "back\\slash",
        "new\nline",
        "tab\tcr\rnul\0",
        "日本 €𝄞",
        "{a=\"b\"} 1 # {",
        "\u{85}\u{2028}",
    ];
    for (i, value) in values.iter().enumerate() {
        meter
            .u64_counter("c")
            .with_description("Help \"me\"\nplease\\")
            .build()
            .add(i as u64, &[KeyValue::new("v", *value)]);
    }
    let keys = ["le", "quantile", "__name__", "job", "instance", "", "1d", "a:b", "ключ", "q\"uote", "n\nl", "nul\0"];
    let attributes: Vec<_> = keys.iter().map(|key| KeyValue::new(*key, "x")).collect();
    meter.f64_gauge("g").build().record(0.1, &attributes);
    for name in
        ["a", "a.total", "b.created", "b.total", "target", "wait.count", "wait.x.bucket", "wait.x", "lapwing.gathers"]
    {
        meter.u64_counter(name).build().add(1 << 60, &[]);
        meter.i64_gauge(format!("{name}.g")).build().record(-5, &[]);
    }
    let wait = meter.f64_histogram("wait").with_unit("s");
    let wait = wait.with_boundaries(vec![1e-5, 0.5, 1.0, 10.0, 1e6, 1e21]).build();
    for value in [0.3, 0.3, 5e6] {
        wait.record(value, &[KeyValue::new("a", "1")]);
    }
    meter.f64_histogram("below").with_boundaries(vec![-1.0, 1.0]).build().record(-3.0, &[]);
    meter.f64_gauge("tiny").build().record(5e-324, &[]);
    meter.f64_gauge("huge").build().record(-f64::MAX, &[]);
    sdk.gather()
}

/// What a scraper has to know after reading `snapshot`.
fn expected(snapshot: &Snapshot, openmetrics: bool) -> Samples {
    let mut samples = Samples::new();
    for family in snapshot.families() {
        for series in &family.series {
            let mut add = |suffix: &str, extra: Option<(&str, &str)>, value: f64| {
                let labels = series.labels.iter().chain(extra).map(|(n, v)| (n.to_owned(), v.to_owned()));
                let mut labels: BTreeMap<_, _> = labels.collect();
                labels.insert("__name__".to_owned(), format!("{}{suffix}", family.name));
                samples.insert(labels, value);
            };
            match &series.value {
                Value::Counter { value, .. } | Value::Number(value) => add("", None, value.as_f64()),
                Value::Histogram(histogram) => {
                    for bucket in histogram.buckets() {
                        let le = match bucket.le {
                            1e-5 => "1e-05".to_owned(),
                            1e6 => "1e+06".to_owned(),
                            1e21 => "1e+21".to_owned(),
                            le if le.is_infinite() => "+Inf".to_owned(),
                            le => format!("{le:?}"),
                        };
                        add("_bucket", Some(("le", &le)), bucket.count as f64);
                    }
                    if !openmetrics || histogram.sum().as_f64() >= 0.0 {
                        add("_sum", None, histogram.sum().as_f64());
                        add("_count", None, histogram.count() as f64);
                    }
                }
                Value::Summary { .. } => unreachable!("the SDK has none"),
            }
        }
    }
    samples
}

/// Waits for the first scrape, then compares every series.
fn compare(located: &Located, snapshot: Arc<Snapshot>, fixed: Option<Format>) {
    let openmetrics = fixed.is_none_or(Format::is_openmetrics);
    let expected = expected(&snapshot, openmetrics);
    let scrape = Scrape::new("hostile", serve(snapshot, fixed));
    let interval = Duration::from_millis(200);
    let prometheus = Prometheus::builder(located).interval(interval).exemplars().scrape(scrape).start().unwrap();
    let up = prometheus.wait_for("up{job=\"hostile\"}", Duration::from_secs(20), |samples| samples.len() == 1).unwrap();
    assert_eq!(up[0].value, 1.0, "{:?}", prometheus.targets());
    let found: Samples = prometheus
        .query("{job=\"hostile\"}")
        .unwrap()
        .into_iter()
        .map(|mut sample| {
            sample.labels.remove("job");
            sample.labels.remove("instance");
            (sample.labels, sample.value)
        })
        .filter(|(labels, _)| {
            let name = labels["__name__"].as_str();
            name != "up" && !name.starts_with("scrape_") && !name.ends_with("_created")
        })
        .collect();
    for (labels, value) in &expected {
        let created = labels["__name__"].ends_with("_created");
        assert!(created || found.get(labels) == Some(value), "{labels:?}: {:?} for {value:?}", found.get(labels));
    }
    for labels in found.keys() {
        assert!(expected.contains_key(labels), "nobody recorded {labels:?}");
    }
    if openmetrics {
        let series = prometheus.query_exemplars("{job=\"hostile\"}").unwrap();
        let [series] = series.as_slice() else { panic!("{series:?}") };
        assert_eq!((series.labels["le"].as_str(), series.exemplars[0].value), ("0.5", 0.3));
        assert_eq!(series.exemplars[0].labels["trace_id"], "ab".repeat(16));
    }
    prometheus.stop().unwrap();
}

#[test]
fn old_prometheus_reads_every_series_of_a_hostile_service() {
    let Some(located) = need(Part::Prometheus2) else { return };
    let snapshot = hostile(Translation::default());
    compare(&located, Arc::clone(&snapshot), None);
    compare(&located, snapshot, Some(Format::Text0));
}

#[test]
fn new_prometheus_reads_every_series_of_a_hostile_service() {
    let Some(located) = need(Part::Prometheus3) else { return };
    let snapshot = hostile(Translation::default());
    compare(&located, Arc::clone(&snapshot), None);
    compare(&located, Arc::clone(&snapshot), Some(Format::Text0));
    compare(&located, snapshot, Some(Format::Text1 { utf8_names: false }));
}

#[test]
fn new_prometheus_reads_utf8_names() {
    let Some(located) = need(Part::Prometheus3) else { return };
    let snapshot = hostile(Translation::NoUtf8EscapingWithSuffixes);
    compare(&located, Arc::clone(&snapshot), None);
    compare(&located, snapshot, Some(Format::Text1 { utf8_names: true }));
}

#[test]
fn promtool_reads_hostile_text_and_finds_nothing_to_say_of_good_names() {
    for part in [Part::Prometheus2, Part::Prometheus3] {
        let Some(located) = need(part) else { continue };
        let promtool = Promtool::new(&located);
        let hostile = text(&hostile(Translation::default()), Format::Text0);
        if let Err(error @ (PromtoolError::Run(_) | PromtoolError::Invalid(_))) = promtool.check_metrics(&hostile) {
            panic!("{error}");
        }
        let sdk = Sdk::new(PrometheusReader::builder());
        let meter = sdk.meter("m");
        meter.u64_counter("jobs").with_description("Jobs").build().add(1, &[]);
        meter.f64_histogram("wait").with_unit("s").with_description("Wait").build().record(1.0, &[]);
        meter.f64_gauge("size").with_unit("By").with_description("Size").build().record(1.0, &[]);
        promtool.check_metrics(&text(&sdk.gather(), Format::Text0)).unwrap();
    }
}

/// Where the parts directory has the parser, if it has.
fn python() -> Command {
    let mut command = Command::new("python3");
    let folders = std::fs::read_dir(Parts::from_env().directory().join("python")).into_iter().flatten().flatten();
    if let Some(pinned) = folders.map(|entry| entry.path()).find(|path| path.join("prometheus_client").is_dir()) {
        command.env("PYTHONPATH", pinned);
    }
    command
}

/// `cargo xtask test` has it read many more sets.
#[test]
fn the_reference_parser_reads_generated_sets() {
    let generator = std::env::current_exe().unwrap().parent().unwrap().join("../examples/generate_sets");
    let parser = python().args(["-c", "import prometheus_client.openmetrics.parser"]).output();
    if !generator.exists() || !parser.is_ok_and(|found| found.status.success()) {
        let needs = "needs python3 with prometheus-client, and the example generate_sets of this crate";
        let required = std::env::var_os("LAPWING_REQUIRE_PARTS").is_some_and(|value| value == "1");
        assert!(!required, "{needs}; `cargo xtask fetch` fetches the former, `cargo test` builds the latter");
        eprintln!("skipped: {needs}");
        return;
    }
    let mut sets = Command::new(generator).args(["500", "42"]).stdout(Stdio::piped()).spawn().unwrap();
    let reader = python()
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/read_openmetrics.py"))
        .stdin(sets.stdout.take().unwrap())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&reader.stdout);
    assert!(reader.status.success() && said == "500 sets read\n", "{said}");
    assert!(sets.wait().unwrap().success());
}

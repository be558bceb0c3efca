//! What holds without a configuration, and without telemetry.

use lapwing::BuildInfo;

use crate::support::{child::Child, local, sample, text};

#[test]
#[ignore = "a process of its own"]
fn without_a_file() {
    let telemetry = lapwing::builder()
        .build_info(BuildInfo { service: "shop".into(), version: "1.2.3".into(), profile: String::new() })
        .init()
        .unwrap();
    tracing::debug_span!("quiet").in_scope(|| {});
    tracing::info_span!("failing").in_scope(|| tracing::error!("an error"));
    assert_eq!(telemetry.endpoint().path(), "/metrics");
    assert_eq!(telemetry.listener_address(), None);
    // The global meter is the same one.
    opentelemetry::global::meter("library").u64_counter("of.library").build().add(1, &[]);
    println!("{}", text(&telemetry));
    assert!(lapwing::init().unwrap_err().to_string().starts_with("a global tracing subscriber is already installed"));
}

#[test]
fn every_span_is_measured_by_default() {
    let (status, said) = Child::start("defaults::without_a_file", &[]).end();
    assert!(status.success(), "{said}");
    let count =
        |labels: &str| sample(&said, &format!("span_duration_seconds_count{{otel_scope_name=\"lapwing\",{labels}}}"));
    assert_eq!(count(r#"outcome="ok",span_name="quiet""#), Some("1"), "{said}");
    assert_eq!(count(r#"outcome="error",span_name="failing""#), Some("1"), "{said}");
    assert!(said.contains(r#"le="0.0025""#), "not the default's buckets: {said}");
    let info = r#"build_info{otel_scope_name="lapwing",service="shop",version="1.2.3"}"#;
    assert_eq!(sample(&said, info), Some("1"), "{said}");
    assert_eq!(sample(&said, r#"of_library_total{otel_scope_name="library"}"#), Some("1"), "{said}");
    let target = said.lines().find(|line| line.starts_with("target_info{")).unwrap();
    let name = std::env::current_exe().unwrap().file_stem().unwrap().to_string_lossy().into_owned();
    assert!(target.contains(&format!("service_name=\"{name}\"")), "{target}");
    // The log tells the event at INFO and above, and colours nothing that is no terminal.
    assert!(said.contains("an error") && !said.contains('\u{1b}'), "{said}");
}

#[test]
fn variables_name_the_service_and_the_file() {
    let named = Child::start("defaults::without_a_file", &[("OTEL_SERVICE_NAME", "named")]).end().1;
    assert!(named.contains(r#"service_name="named""#), "{named}");
    let attributes = ("OTEL_RESOURCE_ATTRIBUTES", "service.name=listed,zone=a%20b");
    let listed = Child::start("defaults::without_a_file", &[attributes]).end().1;
    assert!(listed.contains(r#"service_name="listed""#) && listed.contains(r#"zone="a b""#), "{listed}");
    let both = Child::start("defaults::without_a_file", &[attributes, ("OTEL_SERVICE_NAME", "named")]).end().1;
    assert!(both.contains(r#"service_name="named""#) && both.contains(r#"zone="a b""#), "{both}");
    let disabled = Child::start("defaults::without_a_file", &[("OTEL_SDK_DISABLED", "true")]).end().1;
    assert!(disabled.contains("lapwing_gathers_total") && !disabled.contains("span_duration"), "{disabled}");

    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "file_format: \"1.1\"\nmeter_provider: {reders: []}\n").unwrap();
    let path = file.path().display().to_string();
    let (status, said) = Child::start("defaults::without_a_file", &[("OTEL_CONFIG_FILE", &path)]).end();
    assert!(!status.success());
    assert!(said.contains(&path) && said.contains("reders"), "{said}");
}

#[cfg(target_os = "linux")]
#[test]
fn process_is_described() {
    let telemetry = local(
        "file_format: \"1.1\"
resource: {attributes: [{name: service.name, value: shop}, {name: service.version, value: \"7\"}]}
meter_provider: {readers: [{pull: {exporter: {prometheus/development: {scope_info_enabled: false}}}}]}
instrumentation/development: {rust: {lapwing: {endpoint: {serve: mounted}, log: {format: off}}}}
",
    );
    let text = text(&telemetry);
    let number =
        |name: &str| -> f64 { sample(&text, name).unwrap_or_else(|| panic!("no {name} in {text}")).parse().unwrap() };
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs_f64();
    assert!((0.0..1e6).contains(&number("process_cpu_seconds_total")));
    assert!(number("process_resident_memory_bytes") > 1e6);
    assert!(number("process_virtual_memory_bytes") > number("process_resident_memory_bytes"));
    assert!(number("process_open_fds") >= 3.0);
    assert!(number("process_max_fds") >= number("process_open_fds"));
    assert!(number("process_threads") >= 1.0);
    assert!((now - 86_400.0..=now + 1.0).contains(&number("process_start_time_seconds")));
    assert_eq!(sample(&text, r#"build_info{service="shop",version="7"}"#), Some("1"), "{text}");
}

#[test]
fn disabled_telemetry_still_answers_with_its_sentinel() {
    let telemetry = local(
        "file_format: \"1.1\"
disabled: true
tracer_provider: {processors: [{simple: {exporter: {otlp_http: {endpoint: \"http://127.0.0.1:9\"}}}}]}
meter_provider: {readers: [{pull: {exporter: {prometheus/development: {}}}}]}
instrumentation/development:
  rust:
    lapwing:
      endpoint: {serve: mounted}
      log: {format: off}
      default_rule: {duration: {instrument: span.duration, labels: [span_name]}}
      gauges: [{source: store.size, instrument: store.size, unit: By, description: Size., labels: []}]
",
    );
    {
        let _on = telemetry.enter();
        tracing::info_span!("work").in_scope(|| {});
    }
    telemetry.counter("orders").build().add(1, &[]);
    telemetry.observe("store.size", |o| o.set(1.0, &[])).unwrap();
    let text = text(&telemetry);
    assert!(text.lines().any(|line| line.starts_with("lapwing_gathers_total")), "{text}");
    for absent in ["span_duration", "orders", "store_size", "process_"] {
        assert!(!text.contains(absent), "{absent} in {text}");
    }
    telemetry.shutdown().unwrap();
}

#[test]
fn own_listener_serves_and_stops_with_the_guard() {
    let telemetry = local(
        "file_format: \"1.1\"
meter_provider: {readers: [{pull: {exporter: {prometheus/development: {host: 127.0.0.1, port: 0}}}}]}
instrumentation/development: {rust: {lapwing: {log: {format: off}}}}
",
    );
    let address = telemetry.listener_address().unwrap();
    let get = || -> std::io::Result<String> {
        use std::io::{Read, Write};
        let mut stream = std::net::TcpStream::connect(address)?;
        stream.write_all(b"GET /metrics HTTP/1.1\r\nhost: test\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    };
    let answer = get().unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("\nlapwing_gathers_total"), "{answer}");
    telemetry.shutdown().unwrap();
    assert!(get().is_err());
}

#[test]
fn file_without_a_prometheus_exporter_is_served_as_a_sentinel_alone() {
    let telemetry = local(
        "file_format: \"1.1\"
meter_provider: {readers: [{periodic: {interval: 600000, exporter: {otlp_http: {endpoint: \"http://127.0.0.1:9\"}}}}]}
instrumentation/development: {rust: {lapwing: {log: {format: off}}}}
",
    );
    telemetry.counter("orders").build().add(1, &[]);
    let text = text(&telemetry);
    assert!(text.lines().any(|line| line.starts_with("lapwing_gathers_total")), "{text}");
    assert!(!text.contains("orders"), "{text}");
    assert_eq!(telemetry.listener_address(), None);
}

/// `METRICS_TOKEN` is set.
#[test]
#[ignore = "a process of its own"]
fn guarded() {
    use std::io::{Read, Write};
    let telemetry = local(
        "file_format: \"1.1\"
meter_provider: {readers: [{pull: {exporter: {prometheus/development: {host: 127.0.0.1, port: 0}}}}]}
instrumentation/development: {rust: {lapwing: {log: {format: off}}}}
",
    );
    for (header, expected) in
        [("", "401"), ("authorization: Bearer wrong\r\n", "401"), ("authorization: Bearer s3cret\r\n", "200")]
    {
        let mut stream = std::net::TcpStream::connect(telemetry.listener_address().unwrap()).unwrap();
        write!(stream, "GET /metrics HTTP/1.1\r\nhost: test\r\n{header}\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with(&format!("HTTP/1.1 {expected}")), "{header}: {answer}");
    }
}

#[test]
fn token_of_the_environment_guards_the_endpoint() {
    let (status, said) = Child::start("defaults::guarded", &[("METRICS_TOKEN", "s3cret")]).end();
    assert!(status.success(), "{said}");
    let (status, said) = Child::start("defaults::guarded", &[("METRICS_TOKEN", "")]).end();
    assert!(!status.success());
    assert!(said.contains("METRICS_TOKEN: the token is empty"), "{said}");
}

#[derive(Clone, Default)]
struct Seen(std::sync::Arc<std::sync::Mutex<Vec<String>>>);

impl<S: tracing::Subscriber> tracing_subscriber::Layer<S> for Seen {
    fn on_event(&self, event: &tracing::Event<'_>, _: tracing_subscriber::layer::Context<'_, S>) {
        self.0.lock().unwrap().push(event.metadata().level().to_string());
    }
}

#[test]
fn layer_of_the_program_sees_every_event() {
    let seen = Seen::default();
    let telemetry = lapwing::builder()
        .config_text(
            "test.yaml",
            "file_format: \"1.1\"\ninstrumentation/development: {rust: {lapwing: {log: {format: off}}}}\n",
        )
        .global(false)
        .layer(seen.clone())
        .init()
        .unwrap();
    let _on = telemetry.enter();
    tracing::trace!("fine");
    tracing::error!("coarse");
    assert_eq!(*seen.0.lock().unwrap(), ["TRACE", "ERROR"]);
}

/// Warns of what it can't serve, and of `RUST_LOG`.
#[test]
#[ignore = "a process of its own"]
fn warning() {
    let telemetry = lapwing::builder()
        .config_text(
            "test.yaml",
            "file_format: \"1.9\"\nlogger_provider: {processors: []}\ninstrumentation/development: {rust: {lapwing: {endpoint: {serve: mounted}}}}\n",
        )
        .init()
        .unwrap();
    tracing::debug!("not told");
    telemetry.shutdown().unwrap();
}

#[test]
fn warnings_of_the_configuration_are_logged_once_each() {
    let (status, said) = Child::start("defaults::warning", &[("RUST_LOG", "a=b=c")]).end();
    assert!(status.success(), "{said}");
    let warnings: Vec<&str> = said.lines().filter(|line| line.contains("WARN lapwing: ")).collect();
    let times = |text: &str| warnings.iter().filter(|line| line.contains(text)).count();
    assert_eq!((times("test.yaml:1:"), times("test.yaml:2:"), times("RUST_LOG")), (1, 1, 1), "{said}");
    assert!(!said.contains("not told"), "{said}");
}

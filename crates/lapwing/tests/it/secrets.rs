//! What is secret stays so.

use crate::support::{child::Child, collector::Collector, indented};

const HEADER: &str = "canary-header-4711";
const LISTED: &str = "canary-listed-4712";
const USER: &str = "canary-user-4713";
const TOKEN: &str = "canary-token-4714";
const OF_FILE: &str = "canary-file-4715";

/// Fails in every way it can, talkatively.
#[test]
#[ignore = "a process of its own"]
fn program() {
    let builder = lapwing::builder().config_text("test.yaml", std::env::var("YAML").unwrap());
    println!("{builder:?}");
    match builder.init() {
        Ok(telemetry) => {
            tracing::error_span!("failing").in_scope(|| tracing::error!("an error"));
            println!("{telemetry:?} {:?} {:?}", telemetry.flush(), telemetry.dispatch());
            println!("{}", crate::support::text(&telemetry));
            println!("{:?}", telemetry.shutdown());
        }
        Err(error) => println!("refused: {error} {error:?}"),
    }
}

fn configuration(exporters: &str, token_file: &str) -> String {
    format!(
        "file_format: \"1.1\"
tracer_provider:
  processors:
{}
meter_provider:
  readers:
    - pull: {{exporter: {{prometheus/development: {{}}}}}}
instrumentation/development:
  rust:
    lapwing:
      endpoint: {{serve: mounted{token_file}}}
      default_rule: {{duration: {{instrument: span.duration, labels: [span_name]}}}}
",
        indented(4, exporters)
    )
}

fn said_by(yaml: &str) -> String {
    let variables = [("YAML", yaml), ("RUST_LOG", "trace"), ("METRICS_TOKEN", TOKEN)];
    let (status, said) = Child::start("secrets::program", &variables).end();
    assert!(status.success(), "{said}");
    said
}

#[test]
fn canaries_are_found_nowhere() {
    let secret = format!("headers: [{{name: authorization, value: {HEADER}}}], headers_list: \"x-key={LISTED}\"");
    let refusing = Collector::start();
    refusing.answer_with(Some("401 Unauthorized"));
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), OF_FILE).unwrap();
    let token_file = format!(", token_file: \"{}\"", file.path().display());
    // Port 9 of loopback answers nobody.
    let failing = [
        (
            format!(
                "- batch: {{exporter: {{otlp_http: {{endpoint: \"http://{USER}:{USER}@127.0.0.1:9/{USER}\", {secret}}}}}}}"
            ),
            "",
        ),
        (
            format!(
                "- simple: {{exporter: {{otlp_http: {{endpoint: \"http://{}/v1/traces\", {secret}}}}}}}",
                refusing.address()
            ),
            "",
        ),
        (
            format!(
                "- batch: {{exporter: {{otlp_grpc: {{endpoint: \"http://{USER}:{USER}@127.0.0.1:9\", {secret}}}}}}}"
            ),
            &*token_file,
        ),
        (
            format!(
                "- batch: {{exporter: {{otlp_http: {{endpoint: \"https://{USER}:{USER}@127.0.0.1:9/{USER}\", {secret}}}}}}}"
            ),
            "",
        ),
        (format!("- batch: {{exporter: {{otlp_http: {{endpoint: \"no url\", {secret}}}}}}}"), ""),
        (
            format!(
                "- batch: {{exporter: {{otlp_http: {{endpoint: \"http://127.0.0.1:9\", headers: [{{name: \"bad name\", value: {HEADER}}}]}}}}}}"
            ),
            "",
        ),
        (
            format!(
                "- batch: {{exporter: {{otlp_http: {{endpoint: \"http://127.0.0.1:9\", headers: [{{name: authorization, value: \"{HEADER}\\u0001\"}}]}}}}}}"
            ),
            "",
        ),
        (
            format!(
                "- batch: {{exporter: {{otlp_http: {{endpoint: \"http://127.0.0.1:9\", timeout: wrong, {secret}}}}}}}"
            ),
            "",
        ),
    ];
    let mut refused = 0;
    for (exporter, token_file) in failing {
        let said = said_by(&configuration(&exporter, token_file));
        for canary in [HEADER, LISTED, USER, TOKEN, OF_FILE] {
            assert!(!said.contains(canary), "{canary} leaks with {exporter}:\n{said}");
        }
        refused += usize::from(said.contains("refused: "));
        assert!(said.contains("refused: ") || said.contains("export of spans to"), "neither refused nor said:\n{said}");
    }
    assert!((4..=5).contains(&refused), "{refused} were refused");
    // The secret did arrive where it belongs.
    assert_eq!(refusing.requests()[0].header("authorization"), Some(HEADER));
    assert_eq!(refusing.requests()[0].header("x-key"), Some(LISTED));
}

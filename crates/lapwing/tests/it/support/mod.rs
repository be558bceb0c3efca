//! What the tests share.

pub(crate) mod child;
pub(crate) mod collector;
pub(crate) mod grpc;

use lapwing::{Format, Telemetry};

/// Longest that anything is waited for; only a failing test takes as long.
pub(crate) const PATIENCE: std::time::Duration = std::time::Duration::from_secs(30);

/// Telemetry of this test alone.
pub(crate) fn local(yaml: &str) -> Telemetry {
    lapwing::builder().config_text("test.yaml", yaml).global(false).init().unwrap_or_else(|error| panic!("{error}"))
}

/// A configuration with the Prometheus exporter, mounted, without a log; `more` goes below `lapwing:`, `meter` below
/// `meter_provider:`.
pub(crate) fn configuration(meter: &str, more: &str) -> String {
    format!(
        "file_format: \"1.1\"
resource: {{attributes: [{{name: service.name, value: test}}]}}
meter_provider:
  readers: [{{pull: {{exporter: {{prometheus/development: {{scope_info_enabled: false}}}}}}}}]
{}
instrumentation/development:
  rust:
    lapwing:
      endpoint: {{serve: mounted}}
      log: {{format: off}}
      process_metrics: false
{}
",
        indented(2, meter),
        indented(6, more)
    )
}

pub(crate) fn indented(by: usize, text: &str) -> String {
    text.lines().map(|line| format!("{}{line}\n", " ".repeat(by))).collect()
}

/// What a scraper without `Accept` reads.
pub(crate) fn text(telemetry: &Telemetry) -> String {
    let snapshot = telemetry.snapshot().unwrap();
    String::from_utf8(snapshot.encode(Format::Text0).to_vec()).unwrap()
}

/// The value of the one sample with this name and labels, as it is written.
pub(crate) fn sample<'t>(text: &'t str, series: &str) -> Option<&'t str> {
    text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '))
}

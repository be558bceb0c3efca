use std::time::Duration;

use stack::{ApiError, Part, Prometheus, PrometheusError, Protocol, Scrape, need};

use crate::service::{OPENMETRICS, Service, TEXT};

const LIMIT: Duration = Duration::from_secs(20);
const FAST: Duration = Duration::from_millis(200);

const BODY: &str = "# HELP work_seconds Work.\n# TYPE work_seconds histogram\n\
    work_seconds_bucket{le=\"0.1\"} 3\nwork_seconds_bucket{le=\"+Inf\"} 4\nwork_seconds_sum 1.5\nwork_seconds_count 4\n";

const WITH_EXEMPLAR: &str = "# HELP work_seconds Work.\n# TYPE work_seconds histogram\n# UNIT work_seconds seconds\n\
    work_seconds_bucket{le=\"0.1\"} 3 # {trace_id=\"4bf92f3577b34da6a3ce929d0e0e4736\",span_id=\"00f067aa0ba902b7\"} 0.05\n\
    work_seconds_bucket{le=\"+Inf\"} 4\nwork_seconds_sum 1.5\nwork_seconds_count 4\n# EOF\n";

fn scrapes_text(part: Part) {
    let Some(located) = need(part) else { return };
    let service = Service::start(TEXT, BODY);
    let prometheus =
        Prometheus::builder(&located).interval(FAST).scrape(Scrape::new("work", &service.address)).start().unwrap();
    assert_eq!(prometheus.version(), prometheus.client().version().unwrap());
    let up = prometheus.wait_for("up{job=\"work\"}", LIMIT, |samples| samples.len() == 1).unwrap();
    assert_eq!((up[0].value, up[0].label("instance")), (1.0, service.address.as_str()));
    assert_eq!(prometheus.value("work_seconds_count").unwrap(), Some(4.0));
    assert_eq!(prometheus.value("scalar(work_seconds_sum)").unwrap(), Some(1.5));
    assert!(prometheus.value("vector(0) / 0").unwrap().unwrap().is_nan());
    assert_eq!(prometheus.value("nothing_there").unwrap(), None);
    let targets = prometheus.targets().unwrap();
    assert_eq!(targets.len(), 1);
    assert!(targets[0].up(), "{targets:?}");
    assert!(targets[0].scrape_url.ends_with("/metrics"));
    prometheus.stop().unwrap();
}

#[test]
fn old_prometheus_scrapes_text() {
    scrapes_text(Part::Prometheus2);
}

#[test]
fn new_prometheus_scrapes_text() {
    scrapes_text(Part::Prometheus3);
}

fn keeps_exemplars(part: Part) {
    let Some(located) = need(part) else { return };
    let service = Service::start(OPENMETRICS, WITH_EXEMPLAR);
    let scrape = Scrape::new("work", &service.address).protocol(Protocol::OpenMetrics);
    let prometheus = Prometheus::builder(&located).interval(FAST).exemplars().scrape(scrape).start().unwrap();
    prometheus.wait_for("work_seconds_count", LIMIT, |samples| samples.len() == 1).unwrap();
    let series = prometheus.query_exemplars("work_seconds_bucket").unwrap();
    assert_eq!(series.len(), 1, "{series:?}");
    assert_eq!(series[0].labels["le"], "0.1");
    assert_eq!(series[0].exemplars[0].labels["trace_id"], "4bf92f3577b34da6a3ce929d0e0e4736");
    assert_eq!(series[0].exemplars[0].value, 0.05);
    assert!(service.asked().accept.starts_with("application/openmetrics-text;version=1.0.0"));
}

#[test]
fn old_prometheus_keeps_exemplars() {
    keeps_exemplars(Part::Prometheus2);
}

#[test]
fn new_prometheus_keeps_exemplars() {
    keeps_exemplars(Part::Prometheus3);
}

#[test]
fn new_prometheus_asks_for_the_one_format_it_is_told() {
    let Some(located) = need(Part::Prometheus3) else { return };
    let service = Service::start(TEXT, BODY);
    let token = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(token.path(), "s3cret").unwrap();
    let scrape = Scrape::new("work", &service.address).protocol(Protocol::Text).token_file(token.path());
    let prometheus = Prometheus::builder(&located).interval(FAST).scrape(scrape).start().unwrap();
    prometheus.wait_for("up", LIMIT, |samples| samples.iter().any(|sample| sample.value == 1.0)).unwrap();
    let asked = service.asked();
    assert!(asked.accept.starts_with("text/plain;version=0.0.4"), "{asked:?}");
    assert_eq!(asked.authorization, "Bearer s3cret");
}

#[test]
fn old_prometheus_says_that_it_cannot_be_told_a_format() {
    let Some(located) = need(Part::Prometheus2) else { return };
    let scrape = Scrape::new("work", "127.0.0.1:1").protocol(Protocol::Text);
    let error = Prometheus::builder(&located).scrape(scrape).start().unwrap_err();
    assert!(matches!(&error, PrometheusError::Protocol { .. }), "{error}");
    assert!(error.to_string().contains("let the service answer that format"));
}

#[test]
fn target_that_is_down_says_why() {
    let Some(located) = need(Part::Prometheus3) else { return };
    let scrape = Scrape::new("gone", "127.0.0.1:1");
    let prometheus = Prometheus::builder(&located).interval(FAST).scrape(scrape).start().unwrap();
    prometheus.wait_for("up", LIMIT, |samples| samples.iter().any(|sample| sample.value == 0.0)).unwrap();
    let targets = prometheus.targets().unwrap();
    assert!(!targets[0].up());
    assert!(targets[0].last_error.contains("connection refused"), "{targets:?}");
}

#[test]
fn wrong_query_is_refused_at_once() {
    let Some(located) = need(Part::Prometheus3) else { return };
    let prometheus = Prometheus::builder(&located).start().unwrap();
    let error = prometheus.wait_for("sum(", LIMIT, |_| true).unwrap_err();
    assert!(matches!(&error, ApiError::Refused { kind, .. } if kind == "bad_data"), "{error}");
    let error = prometheus.query("up[1m]").unwrap_err();
    assert!(error.to_string().contains("a matrix"), "{error}");
}

#[test]
fn missed_expectation_shows_the_last_answer() {
    let Some(located) = need(Part::Prometheus3) else { return };
    let prometheus = Prometheus::builder(&located).start().unwrap();
    let error = prometheus.wait_for("vector(7)", Duration::ZERO, |_| false).unwrap_err();
    assert!(error.to_string().contains("value: 7.0"), "{error}");
}

#[test]
fn broken_rule_file_stops_the_start_with_prometheus_own_words() {
    let Some(located) = need(Part::Prometheus3) else { return };
    let rules = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(rules.path(), "groups: [{name: g, rules: [{record: a, expr: \"sum(\"}]}]").unwrap();
    let error = Prometheus::builder(&located).rule_file(rules.path()).start().unwrap_err();
    assert!(error.to_string().contains("could not parse expression"), "{error}");
}

#[test]
fn range_query_gives_the_points_in_time() {
    let Some(located) = need(Part::Prometheus3) else { return };
    let prometheus = Prometheus::builder(&located).start().unwrap();
    let to = std::time::SystemTime::now();
    let from = to - Duration::from_secs(10);
    let series = prometheus.query_range("vector(3)", from, to, Duration::from_secs(5)).unwrap();
    assert_eq!(series[0].points.iter().map(|point| point.1).collect::<Vec<_>>(), [3.0, 3.0, 3.0]);
}

//! What a scraper gets.

use std::io::Read;

use crate::{
    client::{Answer, ask, get},
    source::{Source, listen},
};

const PROMETHEUS_3: &str = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2";
const PROMETHEUS_2: &str = "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";

/// Without what differs from scrape to scrape.
fn lasting(answer: &Answer) -> Vec<&(String, String)> {
    let mut headers: Vec<_> =
        answer.headers.iter().filter(|(name, _)| name != "date" && name != "content-length").collect();
    headers.sort();
    headers
}

#[test]
fn scrapers_get_the_format_they_prefer() {
    let listener = listen(Source::small().endpoint());
    for (accept, content_type, end) in [
        (None, "text/plain; version=0.0.4; charset=utf-8", ""),
        (Some("*/*"), "text/plain; version=0.0.4; charset=utf-8", ""),
        (Some("text/html"), "text/plain; version=0.0.4; charset=utf-8", ""),
        (
            Some(PROMETHEUS_3),
            "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=allow-utf-8",
            "# EOF\n",
        ),
        (Some(PROMETHEUS_2), "application/openmetrics-text; version=1.0.0; charset=utf-8", "# EOF\n"),
    ] {
        let headers: Vec<_> = accept.map(|accept| ("Accept", accept)).into_iter().collect();
        let answer = get(listener.address(), &headers);
        assert_eq!(answer.status, 200);
        assert!(answer.header("content-type").unwrap().starts_with(content_type), "{accept:?}: {answer:?}");
        assert!(answer.text().ends_with(end));
        assert_eq!(answer.sample("jobs_total"), 5.0);
        assert_eq!(answer.sample("queue_length"), -3.0);
        assert_eq!(answer.header("content-length").unwrap(), answer.body.len().to_string());
    }
}

#[test]
fn an_accept_header_in_several_lines_is_one_list() {
    let listener = listen(Source::small().endpoint());
    let answer = get(
        listener.address(),
        &[("Accept", "text/plain;version=0.0.4;q=0.1"), ("Accept", "application/openmetrics-text;version=1.0.0")],
    );
    assert!(answer.header("content-type").unwrap().starts_with("application/openmetrics-text"), "{answer:?}");
}

#[test]
fn compressed_bodies_are_whole() {
    let listener = listen(Source::small().endpoint());
    for (accept, coding) in [("gzip", "gzip"), ("zstd", "zstd"), ("gzip;q=0.5, zstd;q=0.2", "gzip")] {
        let mut answer = get(listener.address(), &[("Accept-Encoding", accept), ("Accept", PROMETHEUS_3)]);
        assert_eq!(answer.header("content-encoding"), Some(coding));
        assert_eq!(answer.header("content-length").unwrap(), answer.body.len().to_string());
        let mut text = Vec::new();
        match coding {
            "gzip" => flate2::read::GzDecoder::new(&answer.body[..]).read_to_end(&mut text).unwrap(),
            _ => zstd::stream::read::Decoder::new(&answer.body[..]).unwrap().read_to_end(&mut text).unwrap(),
        };
        answer.body = text;
        assert_eq!(answer.sample("jobs_total"), 5.0);
        assert!(answer.text().ends_with("# EOF\n"));
    }
}

#[test]
fn brotli_is_never_sent() {
    let listener = listen(Source::small().endpoint());
    for (accept, coding) in [
        ("br", None),
        ("br;q=1, gzip;q=0.1", Some("gzip")),
        ("gzip, deflate, br, zstd", Some("zstd")),
        ("identity;q=0, br", None),
    ] {
        let answer = get(listener.address(), &[("Accept-Encoding", accept)]);
        assert_eq!((answer.status, answer.header("content-encoding")), (200, coding), "{accept}");
    }
}

#[test]
fn head_tells_what_get_would() {
    let listener = listen(Source::small().endpoint());
    for headers in [&[][..], &[("Accept-Encoding", "gzip")], &[("Accept", PROMETHEUS_3)]] {
        let got = ask(listener.address(), "GET", "/metrics", headers);
        let told = ask(listener.address(), "HEAD", "/metrics", headers);
        assert_eq!(told.status, 200);
        assert_eq!(lasting(&got), lasting(&told));
        assert!(told.header("content-length").unwrap().parse::<usize>().unwrap() > 100);
        assert!(told.body.is_empty());
    }
    assert_eq!(ask(listener.address(), "HEAD", "/metrics/health", &[]).header("content-length"), Some("3"));
}

#[test]
fn nothing_caches_and_nothing_guesses() {
    let listener = listen(Source::small().endpoint());
    for target in ["/metrics", "/metrics/health", "/nowhere"] {
        let answer = ask(listener.address(), "GET", target, &[]);
        assert!(answer.header("cache-control").unwrap().contains("no-store"));
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert!(answer.header("vary").unwrap().contains("accept-encoding"));
        let start: u64 = answer.header("process-start-time-unix").unwrap().parse().unwrap();
        assert!(start > 1_700_000_000);
    }
}

#[test]
fn other_methods_are_told_which_are_allowed() {
    let listener = listen(Source::small().endpoint());
    for method in ["POST", "PUT", "DELETE", "OPTIONS", "BREW"] {
        for target in ["/metrics", "/metrics/health"] {
            let answer = ask(listener.address(), method, target, &[]);
            assert_eq!((answer.status, answer.header("allow")), (405, Some("GET, HEAD")), "{method} {target}");
        }
    }
}

#[test]
fn names_filter_what_is_sent() {
    let listener = listen(Source::small().endpoint());
    let answer =
        ask(listener.address(), "GET", "/metrics?name[]=jobs_total&name%5B%5D=lapwing_endpoint_in_flight", &[]);
    assert_eq!(answer.sample("jobs_total"), 5.0);
    assert_eq!(answer.sample("lapwing_endpoint_in_flight"), 1.0);
    assert!(!answer.text().contains("queue_length") && !answer.text().contains("lapwing_endpoint_requests"));
}

#[test]
fn the_endpoint_measures_itself() {
    let listener = listen(Source::small().endpoint());
    let sent = get(listener.address(), &[]).body.len();
    ask(listener.address(), "POST", "/metrics", &[]);
    let answer = get(listener.address(), &[]);
    assert_eq!(answer.sample("lapwing_endpoint_requests_total{code=\"200\"}"), 1.0);
    assert_eq!(answer.sample("lapwing_endpoint_requests_total{code=\"405\"}"), 1.0);
    assert_eq!(answer.sample("lapwing_endpoint_requests_total{code=\"401\"}"), 0.0);
    assert_eq!(answer.sample("lapwing_endpoint_rejected_total{cause=\"method\"}"), 1.0);
    assert_eq!(answer.sample("lapwing_endpoint_in_flight"), 1.0);
    assert_eq!(answer.sample("lapwing_endpoint_gather_duration_seconds_count"), 2.0);
    // what the 405 sent counts as well
    let refused = "only GET and HEAD are allowed here\n".len();
    assert_eq!(answer.sample("lapwing_endpoint_response_bytes_total{encoding=\"identity\"}"), (sent + refused) as f64);
    assert!(!answer.text().contains("token_file_ok"), "there is no token file");
}

#[cfg(feature = "registry")]
#[test]
fn a_prometheus_registry_is_served() {
    let registry = prometheus::Registry::new();
    let counter = prometheus::IntCounter::new("jobs_total", "Jobs done.").unwrap();
    registry.register(Box::new(counter.clone())).unwrap();
    counter.inc_by(7);
    let listener = listen(lapwing_actix::MetricsEndpoint::registry(registry));
    for accept in ["text/plain", PROMETHEUS_3] {
        let answer = get(listener.address(), &[("Accept", accept)]);
        assert_eq!(answer.sample("jobs_total"), 7.0);
        assert_eq!(answer.sample("lapwing_endpoint_in_flight"), 1.0);
    }
}

#[test]
fn the_sdk_is_served() {
    use lapwing_exposition::PrometheusReader;
    use opentelemetry::metrics::MeterProvider;
    use opentelemetry_sdk::metrics::SdkMeterProvider;

    let reader = PrometheusReader::builder().build();
    let provider = SdkMeterProvider::builder().with_reader(reader.clone()).build();
    provider.meter("test").u64_counter("jobs.done").build().add(3, &[]);
    let listener = listen(lapwing_actix::MetricsEndpoint::builder(reader));
    let answer = get(listener.address(), &[("Accept", PROMETHEUS_3)]);
    assert!(
        answer.text().lines().any(|line| line.starts_with("jobs_done_total") && line.ends_with(" 3")),
        "{}",
        answer.text()
    );
    assert_eq!(answer.sample("lapwing_endpoint_in_flight"), 1.0);
    provider.shutdown().unwrap();
    assert_eq!(get(listener.address(), &[]).status, 500);
}

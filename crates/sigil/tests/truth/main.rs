//! Known durations in, right numbers out: what a real Prometheus says of operations whose number, latency and outcome are known.
//!
//! One service, scraped at once by every Prometheus there is, over every format it speaks.

mod collector;
mod known;
mod relay;
mod service;

use std::time::Duration;

use known::Known;
use service::Service;
use stack::{ExemplarSeries, Located, Part, Prometheus, Protocol, Scrape, need};

const LIMIT: Duration = Duration::from_secs(30);
const INTERVAL: Duration = Duration::from_millis(250);

/// A Prometheus and how it scrapes.
struct Watcher {
    what: &'static str,
    prometheus: Prometheus,
    /// OpenMetrics carries exemplars, text doesn't.
    exemplars: bool,
}

fn watch(what: &'static str, located: &Located, target: &str, protocol: Option<Protocol>, exemplars: bool) -> Watcher {
    let mut scrape = Scrape::new("sigil", target);
    if let Some(protocol) = protocol {
        scrape = scrape.protocol(protocol);
    }
    let prometheus = Prometheus::builder(located).interval(INTERVAL).exemplars().scrape(scrape).start().unwrap();
    Watcher { what, prometheus, exemplars }
}

#[test]
fn prometheus_computes_what_happened() {
    let (Some(old), Some(new)) = (need(Part::Prometheus2), need(Part::Prometheus3)) else { return };
    let collector = collector::Collector::start();
    let service = Service::start(&collector.endpoint());
    let text_only = relay::Relay::start(service.address(), "text/plain;version=0.0.4");
    let watchers = [
        watch("2.42 over OpenMetrics", &old, service.address(), Some(Protocol::OpenMetrics), true),
        watch("2.42 over text", &old, text_only.address(), None, false),
        watch("3.x over OpenMetrics", &new, service.address(), Some(Protocol::OpenMetrics), true),
        watch("3.x over text 0.0.4", &new, service.address(), Some(Protocol::Text), false),
        watch("3.x over text 1.0.0", &new, service.address(), Some(Protocol::Text1), false),
    ];
    // The series are there at 0 before the first operation, so that `rate` sees all of it.
    for watcher in &watchers {
        for zero in ["sigil_encode_duration_seconds_count{outcome=\"ok\"}", "sigil_error_total{operation=\"encode\"}"] {
            watcher
                .prometheus
                .wait_for(zero, LIMIT, |samples| samples.len() == 1 && samples[0].value == 0.0)
                .unwrap_or_else(|e| panic!("{}: {e}", watcher.what));
        }
    }

    let known = Known::make(&service);

    for watcher in &watchers {
        known.check(watcher.what, &watcher.prometheus);
    }
    for watcher in watchers.iter().filter(|watcher| watcher.exemplars) {
        exemplars_name_exported_spans(watcher, &collector);
    }
    for watcher in watchers {
        watcher.prometheus.stop().unwrap();
    }
}

fn exemplars_name_exported_spans(watcher: &Watcher, collector: &collector::Collector) {
    let series: Vec<ExemplarSeries> = watcher
        .prometheus
        .query_exemplars("sigil_encode_duration_seconds_bucket")
        .unwrap_or_else(|e| panic!("{}: {e}", watcher.what));
    let exemplars: Vec<_> = series.iter().flat_map(|s| s.exemplars.iter().map(move |e| (&s.labels, e))).collect();
    assert!(exemplars.len() >= known::ENCODES.len(), "{}: {exemplars:?}", watcher.what);
    for (labels, exemplar) in exemplars {
        let (trace, span) = (&exemplar.labels["trace_id"], &exemplar.labels["span_id"]);
        let name = collector.wait_for(trace, span, LIMIT);
        assert_eq!(name, "sigil.encode", "{}: {exemplar:?}", watcher.what);
        let le: f64 = labels["le"].parse().unwrap();
        assert!(exemplar.value <= le, "{}: {exemplar:?} in le {le}", watcher.what);
    }
}

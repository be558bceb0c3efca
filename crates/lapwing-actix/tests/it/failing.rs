//! When there is nothing to serve.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use lapwing_actix::Token;
use lapwing_exposition::{GatherError, Kind, Snapshot};

use crate::{
    client::{ask, get},
    source::{Source, family, listen},
};

#[test]
fn empty_gather_is_a_500_and_no_empty_200() {
    for empty in [|| Snapshot::new([]), || Snapshot::new([family("nothing", Kind::Gauge, Vec::new())])] {
        let listener = listen(Source::new(move || Ok(empty())).endpoint());
        let answer = get(listener.address(), &[]);
        assert_eq!(answer.status, 500);
        assert_eq!(answer.text(), "the metrics could not be gathered; see the service's log\n");
        assert_eq!(ask(listener.address(), "GET", "/metrics/health", &[]).status, 503);
    }
}

#[test]
fn failed_gather_leaks_no_reason() {
    let listener = listen(Source::new(|| Err(GatherError::Collect("/etc/secret at 10.0.0.7".to_owned()))).endpoint());
    let answer = get(listener.address(), &[("Accept", "application/openmetrics-text;version=1.0.0")]);
    assert_eq!(answer.status, 500);
    assert_eq!(answer.text(), "the metrics could not be gathered; see the service's log\n");
}

#[test]
fn panicking_gather_is_a_500_and_the_next_scrape_works() {
    static PANIC: AtomicBool = AtomicBool::new(true);
    let good = Source::small();
    let listener = listen(
        Source::new(move || {
            assert!(!PANIC.swap(false, Ordering::SeqCst), "a callback that panics, as this test wants");
            lapwing_exposition::Gather::gather(&*good).map(|snapshot| (*snapshot).clone())
        })
        .endpoint(),
    );
    assert_eq!(get(listener.address(), &[]).status, 500);
    assert_eq!(ask(listener.address(), "GET", "/metrics/health", &[]).status, 503);
    let answer = get(listener.address(), &[]);
    assert_eq!(answer.sample("jobs_total"), 5.0);
    assert_eq!(answer.sample("lapwing_endpoint_rejected_total{cause=\"gather\"}"), 1.0);
    assert_eq!(ask(listener.address(), "GET", "/metrics/health", &[]).status, 200);
}

#[test]
fn health_is_known_before_the_first_scrape() {
    let listener = listen(Source::small().endpoint().health_path("/healthz"));
    let answer = ask(listener.address(), "GET", "/healthz", &[]);
    assert_eq!((answer.status, answer.text()), (200, "ok\n"));
    assert_eq!(ask(listener.address(), "GET", "/metrics/health", &[]).status, 404);
    let listener = listen(Source::new(|| Err(GatherError::NotRegistered)).endpoint());
    assert_eq!(ask(listener.address(), "GET", "/metrics/health", &[]).status, 503);
}

#[test]
fn every_answer_has_a_content_type_and_a_length() {
    let bearer = ("Authorization", "Bearer right");
    let source = Source::small();
    let guarded =
        listen(source.endpoint().token(Token::fixed("right").unwrap()).failed_token_limit(0.001, 1).max_in_flight(1));
    let strangers = listen(Source::small().endpoint().allow(["192.0.2.0/24".parse().unwrap()]));
    let broken = listen(Source::new(|| Err(GatherError::NotRegistered)).endpoint());
    let many: String = (0..1001).map(|n| format!("name[]={n}&")).collect();
    let mut answers = vec![
        ask(guarded.address(), "GET", "/metrics", &[bearer]),
        ask(guarded.address(), "HEAD", "/metrics", &[bearer]),
        ask(guarded.address(), "GET", "/metrics/health", &[]),
        ask(guarded.address(), "GET", &format!("/metrics?{many}"), &[bearer]),
        ask(guarded.address(), "GET", "/metrics", &[]),
        ask(guarded.address(), "PUT", "/metrics", &[bearer]),
        ask(guarded.address(), "GET", "/nowhere", &[]),
        ask(strangers.address(), "GET", "/metrics", &[]),
        ask(broken.address(), "GET", "/metrics", &[]),
        ask(broken.address(), "GET", "/metrics/health", &[]),
    ];
    source.close();
    let impatient = ("X-Prometheus-Scrape-Timeout-Seconds", "0.1");
    answers.push(ask(guarded.address(), "GET", "/metrics", &[bearer, impatient]));
    source.open();
    ask(guarded.address(), "GET", "/metrics", &[("Authorization", "Bearer wrong")]);
    answers.push(ask(guarded.address(), "GET", "/metrics", &[bearer]));
    let codes: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    assert_eq!(codes, [200, 200, 200, 400, 401, 405, 404, 403, 500, 503, 503, 429]);
    for answer in &answers {
        assert!(answer.header("content-type").unwrap().starts_with("text/plain; "), "{answer:?}");
        let length: usize = answer.header("content-length").unwrap().parse().unwrap();
        assert!(length > 0 && (answer.body.is_empty() || answer.body.len() == length), "{answer:?}");
        if answer.status == 429 || (answer.status == 503 && answer.text().contains("again")) {
            assert!(answer.header("retry-after").unwrap().parse::<u64>().unwrap() >= 1);
        }
    }
    assert_eq!(answers.iter().filter(|answer| answer.body.is_empty()).count(), 1, "HEAD only");
}

#[test]
fn hanging_gather_is_a_503_in_time_and_is_not_joined_by_a_second() {
    let source = Source::small();
    let listener = listen(source.endpoint().timeout(Duration::from_secs(2)));
    source.close();
    for _ in 0..5 {
        let answer = get(listener.address(), &[("X-Prometheus-Scrape-Timeout-Seconds", "0.1")]);
        assert_eq!((answer.status, answer.header("retry-after")), (503, Some("1")));
    }
    assert_eq!(ask(listener.address(), "GET", "/metrics/health", &[]).status, 503);
    // a gather that has run out of time is known to be bad without waiting for it again
    let start = Instant::now();
    assert_eq!(ask(listener.address(), "GET", "/metrics/health", &[]).status, 503);
    assert!(start.elapsed() < Duration::from_secs(1));
    assert_eq!(source.gathers(), 1);
    source.open();
    let answer = get(listener.address(), &[]);
    assert_eq!(answer.sample("lapwing_endpoint_rejected_total{cause=\"timeout\"}"), 5.0);
    assert_eq!(source.at_once.load(Ordering::SeqCst), 1);
}

#[test]
fn scraper_is_answered_before_its_own_timeout() {
    let source = Source::small();
    let listener = listen(source.endpoint().timeout(Duration::from_secs(60)));
    source.close();
    let start = Instant::now();
    let answer = get(listener.address(), &[("X-Prometheus-Scrape-Timeout-Seconds", "0.5")]);
    assert_eq!(answer.status, 503);
    assert!(start.elapsed() >= Duration::from_millis(400) && start.elapsed() < Duration::from_secs(20));
    source.open();
}

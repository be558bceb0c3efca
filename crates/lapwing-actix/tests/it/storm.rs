//! Everybody at once.

use std::{
    fs,
    sync::{Arc, Barrier, atomic::Ordering, mpsc},
    thread,
    time::Duration,
};

use crate::{
    client::{connect, get, receive, send},
    source::{Source, listen},
};

/// A thousand, or as many as this process may have files for (a connection takes up to three of them here).
fn scrapers() -> usize {
    let limits = fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let files = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files")?.split_ascii_whitespace().next()?.parse().ok());
    let scrapers = files.map_or(1000, |files: usize| (files.saturating_sub(200) / 3).min(1000));
    if scrapers < 1000 {
        eprintln!("only {scrapers} scrapers: the limit of open files allows no more");
    }
    scrapers
}

#[test]
fn thousand_scrapes_at_once_share_two_gathers() {
    let source = Source::small();
    let listener = listen(source.endpoint().timeout(Duration::from_secs(60)));
    let address = listener.address();
    source.close();
    let scrapers = scrapers();
    let start = Arc::new(Barrier::new(scrapers));
    let (done, answers) = mpsc::channel();
    for _ in 0..scrapers {
        let (start, done) = (Arc::clone(&start), done.clone());
        let scraper = move || {
            start.wait();
            done.send(get(address, &[])).unwrap();
        };
        thread::Builder::new().stack_size(256 * 1024).spawn(scraper).unwrap();
    }
    // the places are held by those who wait for the gather; all others are told so at once
    for _ in 0..scrapers - 8 {
        let answer = answers.recv_timeout(Duration::from_secs(60)).unwrap();
        assert_eq!((answer.status, answer.header("retry-after")), (503, Some("1")));
    }
    source.open();
    for _ in 0..8 {
        let answer = answers.recv_timeout(Duration::from_secs(60)).unwrap();
        assert_eq!((answer.status, answer.sample("jobs_total")), (200, 5.0));
    }
    // those who came before the first gather began, and those who came while it ran
    assert!(source.gathers() <= 2, "{} gathers", source.gathers());
    assert_eq!(source.at_once.load(Ordering::SeqCst), 1);
    let answer = get(address, &[]);
    assert_eq!(answer.sample("lapwing_endpoint_requests_total{code=\"503\"}"), (scrapers - 8) as f64);
    assert_eq!(answer.sample("lapwing_endpoint_in_flight"), 1.0);
}

#[test]
fn scrapes_that_come_while_a_gather_runs_get_the_next_one() {
    let source = Source::small();
    let listener = listen(source.endpoint());
    source.close();
    let mut first = connect(listener.address());
    send(&mut first, "GET", "/metrics", &[]);
    source.wait_for_gather();
    let mut second = connect(listener.address());
    send(&mut second, "GET", "/metrics", &[]);
    // refused after the guards, hence after the scrape before it on the one worker has been admitted
    let mut third = connect(listener.address());
    send(&mut third, "POST", "/metrics", &[]);
    assert_eq!(receive(third).status, 405);
    source.open();
    assert_eq!(receive(first).sample("lapwing_endpoint_gather_duration_seconds_count"), 1.0);
    assert_eq!(receive(second).sample("lapwing_endpoint_gather_duration_seconds_count"), 2.0);
}

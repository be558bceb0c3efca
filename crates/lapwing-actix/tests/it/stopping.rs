//! Going down in order.

use std::{
    net::TcpStream,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use lapwing_actix::{ListenError, Listener};

use crate::{
    client::{connect, get, receive, send},
    source::{Source, listen},
};

#[test]
fn stop_under_load_fails_no_scrape_in_flight() {
    let source = Source::big(4);
    let listener = listen(source.endpoint());
    let address = listener.address();
    source.close();
    let scrapers: Vec<_> = (0..8)
        .map(|_| {
            let mut stream = connect(address);
            send(&mut stream, "GET", "/metrics", &[]);
            stream
        })
        .collect();
    source.wait_for_gather();
    // accepted after them: they are all in flight
    let mut last = connect(address);
    send(&mut last, "POST", "/metrics", &[]);
    assert_eq!(receive(last).status, 405);
    let stopping = thread::spawn(move || listener.stop());
    // no longer accepting: it is stopping
    let patience = Instant::now() + Duration::from_secs(30);
    while TcpStream::connect(address).is_ok() {
        assert!(Instant::now() < patience, "it still listens");
        thread::yield_now();
    }
    assert!(!stopping.is_finished(), "it waits for the scrapes in flight");
    source.open();
    for scraper in scrapers {
        let answer = receive(scraper);
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("content-length").unwrap(), answer.body.len().to_string());
    }
    stopping.join().unwrap();
}

#[test]
fn dropped_listener_frees_its_port_and_everything_it_held() {
    let source = Source::small();
    let listener = listen(source.endpoint());
    let address = listener.address();
    assert_eq!(get(address, &[]).status, 200);
    drop(listener);
    let again = Listener::bind(source.endpoint().build().unwrap(), address).expect("the port is free");
    assert_eq!(get(address, &[]).status, 200);
    again.stop();
    // the gathering threads let go of the source when they see that their endpoint is gone
    let patience = Instant::now() + Duration::from_secs(30);
    while Arc::strong_count(&source) > 1 {
        assert!(Instant::now() < patience, "{} shares are held", Arc::strong_count(&source));
        thread::yield_now();
    }
}

#[test]
fn taken_port_is_named() {
    let taken = listen(Source::small().endpoint());
    let error = Listener::bind(Source::small().endpoint().build().unwrap(), taken.address()).unwrap_err();
    assert!(matches!(&error, ListenError::Bind { address, .. } if *address == taken.address()), "{error}");
    assert!(error.to_string().contains(&taken.address().to_string()));
}

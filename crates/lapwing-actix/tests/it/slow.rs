//! Clients that take their time.

use std::{
    fs,
    io::{BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use actix_web::web;

use crate::{
    client::{connect, get, head, send},
    source::{Source, listen, serve},
};

/// Taken by tests with big bodies, of which one looks at the memory of the whole process.
static BIG: Mutex<()> = Mutex::new(());

fn alone() -> MutexGuard<'static, ()> {
    BIG.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Resident memory of this process, in megabytes.
fn resident() -> Option<usize> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.trim().strip_suffix(" kB")?.trim().parse::<usize>().ok()? / 1024)
}

/// What of the body still comes, after the head; an error counts as its end.
fn drain(stream: TcpStream) -> (usize, usize) {
    let mut reader = BufReader::new(stream);
    let answer = head(&mut reader);
    assert_eq!(answer.status, 200);
    let promised = answer.header("content-length").unwrap().parse().unwrap();
    let (mut got, mut chunk) = (0, vec![0; 1 << 20]);
    while let Ok(n @ 1..) = reader.read(&mut chunk) {
        got += n;
    }
    (got, promised)
}

/// Waits until a scrape is let in again; the answer.
fn wait_for_place(address: SocketAddr) -> crate::client::Answer {
    let patience = Instant::now() + Duration::from_secs(30);
    loop {
        let answer = get(address, &[("Accept-Encoding", "identity")]);
        if answer.status == 200 {
            return answer;
        }
        assert_eq!(answer.status, 503);
        assert!(Instant::now() < patience, "the place never came back");
        thread::yield_now();
    }
}

#[test]
fn fifty_slow_readers_share_one_body_and_are_cut() {
    let _alone = alone();
    const READERS: usize = 50;
    let source = Source::big(24);
    let endpoint = source.endpoint().max_in_flight(READERS + 1).send_timeout(Duration::from_secs(3)).build().unwrap();
    let arrived = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&arrived);
    let served = serve(true, move |config| {
        let (endpoint, count) = (endpoint.clone(), Arc::clone(&count));
        let counted = web::scope("").guard(actix_web::guard::fn_guard(move |_| {
            count.fetch_add(1, Ordering::SeqCst);
            true
        }));
        config.service(counted.service(endpoint));
    });
    source.close();
    let readers: Vec<_> = (0..=READERS)
        .map(|n| {
            let mut stream = connect(served.address);
            send(&mut stream, "GET", "/metrics", &[]);
            if n == 0 {
                source.wait_for_gather();
            }
            stream
        })
        .collect();
    while arrived.load(Ordering::SeqCst) <= READERS {
        thread::yield_now();
    }
    let before = resident();
    source.open();
    // all have their first byte: the bodies are on their way and stuck
    for reader in &readers {
        assert_eq!(reader.peek(&mut [0]).unwrap(), 1);
    }
    assert!(source.gathers() <= 3, "{} gathers", source.gathers());
    if let (Some(before), Some(after)) = (before, resident()) {
        // one body each would be 1200
        assert!(after.saturating_sub(before) < 400, "{before} MB before, {after} MB with fifty slow readers");
    }
    let answer = wait_for_cuts(served.address, READERS + 1);
    assert_eq!(answer, 1.0, "in flight: the scrape that asks");
    for reader in readers {
        let (got, promised) = drain(reader);
        assert!(got < promised, "{got} of {promised}");
    }
}

/// Returns the number in flight once that many have been cut.
fn wait_for_cuts(address: SocketAddr, cuts: usize) -> f64 {
    let patience = Instant::now() + Duration::from_secs(60);
    loop {
        let answer = crate::client::ask(
            address,
            "GET",
            "/metrics?name[]=lapwing_endpoint_cut_total&name[]=lapwing_endpoint_in_flight",
            &[],
        );
        if answer.status == 200 && answer.sample("lapwing_endpoint_cut_total") == cuts as f64 {
            return answer.sample("lapwing_endpoint_in_flight");
        }
        assert!(Instant::now() < patience, "not all were cut: {answer:?}");
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn slow_reader_gives_its_place_back() {
    let _alone = alone();
    let source = Source::big(24);
    let listener = listen(source.endpoint().max_in_flight(1).send_timeout(Duration::from_millis(2500)));
    let mut slow = connect(listener.address());
    send(&mut slow, "GET", "/metrics", &[]);
    assert_eq!(slow.peek(&mut [0]).unwrap(), 1);
    assert_eq!(get(listener.address(), &[]).status, 503);
    let answer = wait_for_place(listener.address());
    assert_eq!(answer.sample("lapwing_endpoint_cut_total"), 1.0);
    // the connection is gone although nobody read on: the server has nothing left to wait for
    let start = Instant::now();
    listener.stop();
    assert!(start.elapsed() < Duration::from_secs(5), "stopped after {:?}", start.elapsed());
    let (got, promised) = drain(slow);
    assert!(got < promised, "{got} of {promised}");
}

#[test]
fn slow_reader_without_the_hook_gives_its_place_back() {
    let _alone = alone();
    let source = Source::big(24);
    let endpoint = source.endpoint().max_in_flight(1).send_timeout(Duration::from_millis(2500)).build().unwrap();
    let served = serve(false, move |config| {
        config.service(endpoint.clone());
    });
    let mut slow = connect(served.address);
    send(&mut slow, "GET", "/metrics", &[]);
    assert_eq!(slow.peek(&mut [0]).unwrap(), 1);
    let answer = wait_for_place(served.address);
    assert_eq!(answer.sample("lapwing_endpoint_cut_total"), 1.0);
    // it is told when it reads on
    let (got, promised) = drain(slow);
    assert!(got < promised, "{got} of {promised}");
}

#[test]
fn reader_that_goes_away_gives_its_place_back() {
    let _alone = alone();
    let source = Source::big(24);
    let listener = listen(source.endpoint().max_in_flight(1).send_timeout(Duration::from_secs(600)));
    for _ in 0..5 {
        let mut gone = connect(listener.address());
        send(&mut gone, "GET", "/metrics", &[]);
        assert_eq!(gone.peek(&mut [0]).unwrap(), 1);
        drop(gone);
        let answer = wait_for_place(listener.address());
        assert_eq!(answer.sample("lapwing_endpoint_cut_total"), 0.0);
    }
}

#[test]
fn scraper_that_gives_up_gives_its_place_back() {
    let source = Source::small();
    let listener = listen(source.endpoint().max_in_flight(1).timeout(Duration::from_millis(300)));
    source.close();
    let mut gone = connect(listener.address());
    send(&mut gone, "GET", "/metrics", &[]);
    source.wait_for_gather();
    drop(gone);
    source.open();
    wait_for_place(listener.address());
}

#[test]
fn slow_request_body_is_cut() {
    let source = Source::small();
    let listener = listen(source.endpoint());
    let endpoint = source.endpoint().build().unwrap();
    let served = serve(false, move |config| {
        config.service(endpoint.clone());
    });
    for address in [listener.address(), served.address] {
        for (method, body) in [
            ("GET", "Content-Length: 1000000\r\n\r\nabc"),
            ("POST", "Content-Length: 1000000\r\n\r\nabc"),
            ("GET", "Transfer-Encoding: chunked\r\n\r\n5\r\nabc"),
            ("POST", "Transfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n"),
        ] {
            let mut stream = connect(address);
            write!(stream, "{method} /metrics HTTP/1.1\r\nHost: test\r\n{body}").unwrap();
            let mut reader = BufReader::new(stream);
            let answer = head(&mut reader);
            assert_eq!(answer.status, if method == "GET" { 200 } else { 405 });
            // neither the end of the body comes nor that of the connection from this side
            reader.read_to_end(&mut Vec::new()).unwrap_or_else(|error| panic!("{method} {body:?} is not cut: {error}"));
        }
    }
    assert_eq!(get(listener.address(), &[]).status, 200);
}

#[test]
fn slow_request_head_is_cut() {
    let listener = listen(Source::small().endpoint());
    let mut stream = connect(listener.address());
    stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: te").unwrap();
    let mut reader = BufReader::new(stream);
    assert_eq!(head(&mut reader).status, 408);
    reader.read_to_end(&mut Vec::new()).unwrap();
}

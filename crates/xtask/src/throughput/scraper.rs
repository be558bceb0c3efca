//! Scraping once a second, as Prometheus would.

use std::{
    ops::AddAssign,
    sync::mpsc::{RecvTimeoutError, Sender, channel},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use reqwest::blocking::Client;

use super::{ThroughputError, side::Side};

const INTERVAL: Duration = Duration::from_secs(1);

/// What Prometheus 3 asks for.
const ACCEPT: &str = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;\
    q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2";

/// What came back.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Scrapes {
    pub(crate) number: u64,
    /// Compressed, all together.
    pub(crate) bytes: u64,
}

impl AddAssign for Scrapes {
    fn add_assign(&mut self, other: Self) {
        self.number += other.number;
        self.bytes += other.bytes;
    }
}

/// A thread that scrapes until it is stopped.
pub(super) struct Scraper {
    thread: JoinHandle<Result<Scrapes, ThroughputError>>,
    /// Dropped to stop it.
    running: Sender<()>,
}

impl Scraper {
    pub(super) fn start(address: &str, side: Side) -> Self {
        let url = format!("http://{address}/metrics");
        let (running, stopped) = channel();
        let thread = thread::spawn(move || {
            let failed = |source| ThroughputError::Http { side, source };
            let client = Client::builder().no_proxy().timeout(Duration::from_secs(10)).build().map_err(failed)?;
            let mut scrapes = Scrapes::default();
            loop {
                let due = Instant::now() + INTERVAL;
                scrapes += scrape(&client, &url, side)?;
                match stopped.recv_timeout(due.saturating_duration_since(Instant::now())) {
                    Err(RecvTimeoutError::Timeout) => {}
                    Ok(()) | Err(RecvTimeoutError::Disconnected) => return Ok(scrapes),
                }
            }
        });
        Scraper { thread, running }
    }

    /// Ends it after the scrape that is under way.
    pub(super) fn stop(self) -> Result<Scrapes, ThroughputError> {
        drop(self.running);
        self.thread.join().expect("the scraper reports and doesn't panic")
    }
}

fn scrape(client: &Client, url: &str, side: Side) -> Result<Scrapes, ThroughputError> {
    let failed = |source| ThroughputError::Http { side, source };
    let request = client.get(url).header("Accept", ACCEPT).header("Accept-Encoding", "gzip");
    let response = request.send().and_then(|response| response.error_for_status()).map_err(failed)?;
    let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (kind, encoding) = (header("content-type").to_owned(), header("content-encoding").to_owned());
    if !kind.starts_with("application/openmetrics-text") || encoding != "gzip" {
        let answer = format!("`{kind}` encoded as `{encoding}`");
        return Err(ThroughputError::Answer { side, what: "a scrape", answer });
    }
    let bytes = response.bytes().map_err(failed)?.len() as u64;
    Ok(Scrapes { number: 1, bytes })
}

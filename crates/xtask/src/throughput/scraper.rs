//! Scraping once a second, as Prometheus would.

use std::{ops::AddAssign, time::Duration};

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

/// Scrapes one service each second that it is driven.
pub(super) struct Scraper {
    client: Client,
    url: String,
    side: Side,
    due: Duration,
    scrapes: Scrapes,
}

impl Scraper {
    pub(super) fn new(address: &str, side: Side) -> Result<Self, ThroughputError> {
        let client = Client::builder().no_proxy().timeout(Duration::from_secs(10)).build();
        let client = client.map_err(|source| ThroughputError::Http { side, source })?;
        let url = format!("http://{address}/metrics");
        Ok(Scraper { client, url, side, due: Duration::ZERO, scrapes: Scrapes::default() })
    }

    /// Scrapes if it is time, after the service was driven for `driven`.
    pub(super) fn look(&mut self, driven: Duration) -> Result<(), ThroughputError> {
        if driven >= self.due {
            self.due += INTERVAL;
            self.scrapes += scrape(&self.client, &self.url, self.side)?;
        }
        Ok(())
    }

    pub(super) fn scrapes(&self) -> Scrapes {
        self.scrapes
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

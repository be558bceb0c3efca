//! The Prometheus scrape endpoint for actix-web: negotiated, compressed, guarded and limited.
//!
//! - A [`MetricsEndpoint`] serves whatever implements [`Gather`](lapwing_exposition::Gather). It is mounted in an
//!   application or a scope with [`App::service`](actix_web::App::service), at any path; clones are one endpoint.
//! - A [`Listener`] serves it on a port of its own, from threads of its own, also in programs without a runtime.
//! - A [`Token`] guards it, from `METRICS_TOKEN`, from a file that may be rotated, or fixed.
//! - [`cut_slow_readers`] lets a mounted endpoint shut down connections that don't read.
//!
//! ```
//! use std::{io::{Read, Write}, net::TcpStream};
//! use lapwing_actix::{Listener, MetricsEndpoint};
//! use lapwing_exposition::PrometheusReader;
//! use opentelemetry::metrics::MeterProvider;
//! use opentelemetry_sdk::metrics::SdkMeterProvider;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let reader = PrometheusReader::builder().build();
//! let provider = SdkMeterProvider::builder().with_reader(reader.clone()).build();
//! provider.meter("jobs").u64_counter("jobs.done").build().add(3, &[]);
//!
//! let listener = Listener::bind(MetricsEndpoint::builder(reader).build()?, "127.0.0.1:0")?;
//! let mut scraper = TcpStream::connect(listener.address())?;
//! scraper.write_all(b"GET /metrics HTTP/1.0\r\n\r\n")?;
//! let mut answer = String::new();
//! scraper.read_to_string(&mut answer)?;
//! assert!(answer.starts_with("HTTP/1.0 200 OK\r\n"));
//! assert!(answer.contains("\n# TYPE jobs_done_total counter\n"));
//! assert!(answer.lines().any(|line| line.starts_with("jobs_done_total") && line.ends_with(" 3")));
//! # Ok(())
//! # }
//! ```
//!
//! # What is asked, in this order, and what is answered
//!
//! | | status | headers beside the common ones |
//! | --- | --- | --- |
//! | 1. the client's rate is used up | 429 | `Retry-After` |
//! | 2. a trusted proxy forwards an address that can't be read, or two that differ | 403 | |
//! | 3. the client is not in the allowlist | 403 | |
//! | 4. no bearer token, or several | 401 | `WWW-Authenticate: Bearer` |
//! | 5. the client has sent too many wrong tokens: this one isn't compared | 429 | `Retry-After` |
//! | 6. the token is wrong | 401 | `WWW-Authenticate: Bearer` |
//! | 7. neither GET nor HEAD | 405 | `Allow` |
//! | 8. the query can't be read, or filters for more than 1000 names | 400 | |
//! | 9. all places for scrapes in flight are taken | 503 | `Retry-After` |
//! | 10. the metrics don't come in time | 503 | `Retry-After` |
//! | 11. they can't be gathered, there are none, or gathering panics | 500 | |
//! | 12. else | 200 | `Content-Encoding` if compressed |
//!
//! All answers have `Content-Type`, `Content-Length`, `Cache-Control: …no-store…`, `Vary`,
//! `X-Content-Type-Options: nosniff` and `Process-Start-Time-Unix`. Texts of errors are fixed and tell nothing about
//! the process. `HEAD` is answered like `GET` without the body; the metrics are gathered for its length.
//!
//! The health path answers 200 `ok` or 503 to everybody: by the last gather if that is less than 30 seconds ago, else
//! by a new one.
//!
//! - **Format** by `Accept` with its q-values, see [`Format::negotiate`](lapwing_exposition::Format::negotiate);
//!   **coding** by `Accept-Encoding` with its q-values: zstd, gzip or identity, between equals in this order, and never
//!   brotli, which costs more than the scrape. Where nothing asked for can be served, identity is, against
//!   `identity;q=0` as well: better than a scrape that fails.
//! - **Filter** `?name[]=a&name[]=b`: families `a` and `b` only; an empty 200 if there are no such.
//! - **Sharing**: one gather at a time. Scrapes that come while one runs wait for the next and share it, the encoded
//!   and compressed bodies too: nobody gets data from before the request. A gather that takes longer than the scrapes
//!   have patience for goes on and is not joined by a second.
//! - **Deadlines**: the metrics must be there within [`timeout`](EndpointBuilder::timeout), or shortly before the end
//!   of `X-Prometheus-Scrape-Timeout-Seconds`, the answer must be read within
//!   [`send_timeout`](EndpointBuilder::send_timeout). A scrape holds its place in flight until its last byte is
//!   handed over, it is cut, or the client goes away. Request bodies are ignored, and slow ones cut.
//! - **The client** is the peer or, behind a trusted proxy, the right-most hop that isn't trusted itself.
//!   IPv4-mapped IPv6 addresses count as IPv4.
//! - **Token files** are looked at once a second while scraped, and whenever a token doesn't match. The replaced token
//!   is valid for another two minutes ([`Token::grace`]). A file that goes bad leaves the last token in force.
//!
//! # Self metrics
//!
//! Served behind the metrics of the source: `lapwing_endpoint_requests_total{code}`,
//! `lapwing_endpoint_rejected_total{cause}` (`allowlist`, `failed_tokens`, `forwarded`, `gather`, `in_flight`,
//! `method`, `query`, `rate_limit`, `timeout`, `token`), `lapwing_endpoint_cut_total` (slow readers),
//! `lapwing_endpoint_response_bytes_total{encoding}`, `lapwing_endpoint_in_flight`,
//! `lapwing_endpoint_gather_duration_seconds`, and with a token file `lapwing_endpoint_token_file_ok`. The health path
//! is not counted. Log lines have the target `lapwing` and come when a state changes, not with each scrape.
//!
//! # Cost
//!
//! - One thread that sleeps between scrapes; it gathers, encodes and compresses, so that no async worker is held up and
//!   a storm of scrapes takes one core at most. A listener has three more (accept, worker, wait).
//! - Memory: a body is the text that the reader keeps, in pieces shared by all who read them; while it is being sent,
//!   what changes is written to new pieces. For each reader one chunk of at most 32 KB and actix-web's write buffer. At
//!   most as many gathers' bodies are alive as scrapes are in flight (8).
//! - gzip and zstd at level 1, once for all who share a gather, piece by piece; their working memory (300 KB, 1 MB) is
//!   kept once it was needed. On actix-web's threads only guards and copying.
//! - Up to 4096 clients are remembered for each of the two rate limits, about 200 KB; more share one bucket.
//!
//! # Features
//!
//! - `registry`: `MetricsEndpoint::registry` serves a `prometheus::Registry`, as the stock exporter fills one.

mod admission;
mod answer;
mod builder;
mod client;
mod coding;
mod compressor;
mod connection;
mod delivery;
mod endpoint;
mod gatherer;
mod listener;
mod metrics;
mod process;
mod rate;
mod token;
mod token_file;
mod verifier;

pub use builder::{BuildError, EndpointBuilder, IntoNet};
pub use connection::cut_slow_readers;
pub use endpoint::MetricsEndpoint;
pub use listener::{ListenError, Listener};
pub use token::{Token, TokenError};

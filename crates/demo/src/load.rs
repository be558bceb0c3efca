//! Load as clients would make it: several at once on connections kept open, thinking between requests, in bursts, and sometimes wrong.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use fastrand::Rng;
use reqwest::{Method, blocking::Client};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::content;

/// Sigils each client remembers, to verify, fetch and revoke.
const REMEMBERED: usize = 200;
/// Longest a client waits for an answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// Of each period, the last part is a burst.
const PERIOD: Duration = Duration::from_secs(20);
const BURST: Duration = Duration::from_secs(3);
const BURST_FACTOR: f64 = 3.0;

/// How much is asked.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Pace {
    /// Operations a second that all clients together aim at.
    pub(crate) rate: f64,
    /// Concurrent clients.
    pub(crate) clients: usize,
    /// Whether there are times of more.
    pub(crate) bursts: bool,
}

/// What the clients saw since they were last asked.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    /// Seconds each answered request took.
    pub(crate) latencies: Vec<f64>,
    /// Answers that say the service failed (5xx).
    pub(crate) failed: usize,
    /// Requests that were meant to be refused and were (4xx).
    pub(crate) refused: usize,
    /// Requests without an answer.
    pub(crate) lost: usize,
}

impl Seen {
    /// 95th percentile of the latencies, 0 where there are none.
    pub(crate) fn p95(&mut self) -> f64 {
        self.latencies.sort_by(f64::total_cmp);
        // The smallest latency that at least 95 of 100 requests stayed within.
        let rank = (self.latencies.len() * 95).div_ceil(100);
        self.latencies.get(rank.saturating_sub(1)).copied().unwrap_or(0.0)
    }
}

/// Running clients; they end when it is dropped.
pub(crate) struct Load {
    stop: Arc<AtomicBool>,
    seen: Arc<Mutex<Seen>>,
    clients: Vec<JoinHandle<()>>,
}

impl Load {
    /// Starts clients at `http://address`.
    pub(crate) fn start(address: &str, pace: Pace) -> Result<Self, reqwest::Error> {
        let Pace { rate, clients, bursts } = pace;
        let http = Client::builder().no_proxy().timeout(PATIENCE).pool_max_idle_per_host(clients).build()?;
        let stop = Arc::new(AtomicBool::new(false));
        let seen = Arc::new(Mutex::new(Seen::default()));
        let (begin, count) = (Instant::now(), clients as f64);
        let clients = (0..clients).map(|_| {
            let mut client = SigilClient {
                http: http.clone(),
                base: format!("http://{address}/api/sigils"),
                rng: Rng::new(),
                sealed: VecDeque::new(),
                seen: seen.clone(),
            };
            let stop = stop.clone();
            thread::spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    // Before the first request too: not all come at once.
                    let think = client.think(rate / count, bursts.then(|| begin.elapsed()));
                    thread::park_timeout(think);
                    if !stop.load(Ordering::Relaxed) {
                        client.operate();
                    }
                }
            })
        });
        let clients = clients.collect();
        Ok(Load { stop, seen, clients })
    }

    /// What was seen since the last call.
    pub(crate) fn take(&self) -> Seen {
        std::mem::take(&mut *self.seen.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Ends the clients after the requests they are at.
    pub(crate) fn stop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        for client in &self.clients {
            client.thread().unpark();
        }
        for client in self.clients.drain(..) {
            // A client that panicked has said so on standard error; what it saw until then counts.
            let _ = client.join();
        }
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.stop();
    }
}

struct Sealed {
    id: String,
    content: String,
}

struct SigilClient {
    http: Client,
    base: String,
    rng: Rng,
    sealed: VecDeque<Sealed>,
    seen: Arc<Mutex<Seen>>,
}

impl SigilClient {
    /// Of a hundred operations 40 encode, 36 verify, 12 fetch, 8 revoke, 2 encode a batch, 2 are wrong.
    fn operate(&mut self) {
        match self.rng.u32(0..100) {
            _ if self.sealed.is_empty() => self.encode(),
            0..40 => self.encode(),
            40..76 => self.verify(),
            76..88 => self.fetch(),
            88..96 => self.revoke(),
            96..98 => self.encode_batch(),
            _ => self.err(),
        }
    }

    /// Exponentially distributed pauses: arrivals as of many independent people.
    fn think(&mut self, rate: f64, bursts_since: Option<Duration>) -> Duration {
        let within = bursts_since.map(|since| since.as_secs_f64() % PERIOD.as_secs_f64());
        let bursting = within.is_some_and(|within| within >= (PERIOD - BURST).as_secs_f64());
        let rate = if bursting { rate * BURST_FACTOR } else { rate };
        Duration::from_secs_f64((-(1.0 - self.rng.f64()).ln() / rate).min(PATIENCE.as_secs_f64()))
    }

    fn encode(&mut self) {
        #[derive(Deserialize)]
        struct Answer {
            id: String,
        }
        let content = content::text(&mut self.rng);
        let mut body = json!({"content": content});
        // Some expire at once, so that collections find something.
        if self.rng.u32(0..5) == 0 {
            body["ttl_seconds"] = json!(1);
        }
        let answer = self.send(Method::POST, "", Some(body));
        if let Some(Answer { id }) = answer.and_then(|answer| serde_json::from_value(answer).ok()) {
            if self.sealed.len() >= REMEMBERED {
                self.sealed.pop_front();
            }
            self.sealed.push_back(Sealed { id, content });
        }
    }

    fn encode_batch(&mut self) {
        let items: Vec<Value> = (0..8).map(|_| json!({"content": content::text(&mut self.rng)})).collect();
        self.send(Method::POST, "", Some(json!({"items": items})));
    }

    /// A third the same content, a third a near copy, a third something else.
    fn verify(&mut self) {
        let at = self.rng.usize(0..self.sealed.len());
        let original = &self.sealed[at];
        let content = match self.rng.u32(0..3) {
            0 => original.content.clone(),
            1 => content::near_copy(&mut self.rng, &original.content),
            _ => content::text(&mut self.rng),
        };
        let body = json!({"id": original.id, "content": content});
        self.send(Method::POST, "/verify", Some(body));
    }

    fn fetch(&mut self) {
        let at = self.rng.usize(0..self.sealed.len());
        let path = format!("/{}", self.sealed[at].id);
        self.send(Method::GET, &path, None);
    }

    fn revoke(&mut self) {
        if let Some(sealed) = self.sealed.pop_front() {
            self.send(Method::DELETE, &format!("/{}", sealed.id), None);
        }
    }

    /// Requests that must be refused.
    fn err(&mut self) {
        let unknown = format!("{:032x}", self.rng.u128(..));
        match self.rng.u32(0..4) {
            0 => self.send(Method::POST, "", Some(json!({"contents": "misspelt"}))),
            1 => self.send(Method::POST, "/verify", Some(json!({"id": unknown, "content": "of nobody"}))),
            2 => self.send(Method::GET, &format!("/{unknown}"), None),
            _ => self.send(Method::PUT, "", Some(json!({}))),
        };
    }

    /// The answer's body, where it is a success.
    fn send(&mut self, method: Method, path: &str, body: Option<Value>) -> Option<Value> {
        let mut request = self.http.request(method, format!("{}{path}", self.base));
        if let Some(body) = body {
            request = request.json(&body);
        }
        let begin = Instant::now();
        let answer = request.send().and_then(|response| {
            let status = response.status();
            Ok((status, response.bytes()?))
        });
        let took = begin.elapsed().as_secs_f64();
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let (status, bytes) = match answer {
            Ok(answer) => answer,
            Err(_) => {
                seen.lost += 1;
                return None;
            }
        };
        seen.latencies.push(took);
        seen.failed += usize::from(status.is_server_error());
        seen.refused += usize::from(status.is_client_error());
        status.is_success().then(|| serde_json::from_slice(&bytes).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p95_is_the_latency_that_95_of_100_stayed_within() {
        let mut seen = Seen { latencies: (1..=100).rev().map(f64::from).collect(), ..Seen::default() };
        assert_eq!(seen.p95(), 95.0);
        assert_eq!(Seen { latencies: vec![3.0], ..Seen::default() }.p95(), 3.0);
        assert_eq!(Seen::default().p95(), 0.0);
    }
}

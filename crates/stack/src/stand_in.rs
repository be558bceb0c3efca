//! What all stand-ins have in common: they record, can be waited for, and can be told to fail.

use std::{
    collections::VecDeque,
    fmt, io,
    net::SocketAddr,
    ops::Deref,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant, SystemTime},
};

use serde_json::Value;
use tokio::sync::watch;

use crate::http_server::{Answer, Handler, HttpServer, Reply, Request};

/// Requests that are kept; older ones are forgotten.
const KEPT: usize = 10_000;

/// Why a stand-in gave nothing.
#[derive(Debug, thiserror::Error)]
pub enum StandInError {
    /// It can't listen.
    #[error("{name} can't listen on {address}; choose another address: {source}")]
    Listen {
        /// Which stand-in.
        name: &'static str,
        /// Where.
        address: String,
        /// Why.
        source: io::Error,
    },
    /// What was waited for didn't come.
    #[error("{name} didn't receive what was waited for within {deadline:?}; it received {received} requests{last}")]
    Deadline {
        /// Which stand-in.
        name: &'static str,
        /// For how long.
        deadline: Duration,
        /// How many requests it has.
        received: usize,
        /// The last of them.
        last: String,
    },
}

/// How a stand-in fails.
#[derive(Clone, Debug, PartialEq)]
pub enum Fault {
    /// Answers with this status and text, such as `503` or Slack's `403` `action_prohibited`.
    Answer(u16, String),
    /// Answers `429` with `Retry-After` in seconds.
    Throttle(u64),
    /// Doesn't answer; the connection stays open until the fault is healed or replaced.
    Hang,
    /// Closes connections without an answer.
    Close,
}

/// One request, whatever became of it.
#[derive(Clone, Debug)]
pub struct Received<M> {
    /// When, for measuring.
    pub at: Instant,
    /// When, for showing.
    pub time: SystemTime,
    /// Body as JSON with secrets struck out; null where it is no JSON.
    pub body: Value,
    /// Status answered; none where the connection was left hanging or closed.
    pub status: Option<u16>,
    /// Text answered.
    pub answer: String,
    /// The message, where it was accepted.
    pub message: Option<M>,
}

/// An accepted message and when it came.
#[derive(Clone, Debug)]
pub struct Arrived<M> {
    /// When, for measuring.
    pub at: Instant,
    /// When, for showing.
    pub time: SystemTime,
    /// The message.
    pub message: M,
}

impl<M> Deref for Arrived<M> {
    type Target = M;

    fn deref(&self) -> &M {
        &self.message
    }
}

impl<M: Clone> Received<M> {
    fn arrived(&self) -> Option<Arrived<M>> {
        let message = self.message.clone()?;
        Some(Arrived { at: self.at, time: self.time, message })
    }
}

/// What a service does with a request.
pub trait Desk: Send + Sync + 'static {
    /// What it is sent.
    type Message: Clone + fmt::Debug + Send + 'static;
    /// In messages of errors.
    const NAME: &'static str;

    /// Body without secrets.
    fn record(&self, body: Value) -> Value {
        body
    }

    /// Accepts or refuses.
    fn judge(&self, request: &Request, body: Value, now: Instant) -> Result<(Answer, Self::Message), Answer>;
}

/// An HTTP server in the process that stands in for a service outside: as strict about what it is sent, and it remembers.
///
/// Its server stops when the last handle is dropped.
pub struct StandIn<D: Desk> {
    pub(crate) shared: Arc<Shared<D>>,
    pub(crate) server: Arc<HttpServer>,
}

impl<D: Desk> Clone for StandIn<D> {
    fn clone(&self) -> Self {
        StandIn { shared: self.shared.clone(), server: self.server.clone() }
    }
}

impl<D: Desk> fmt::Debug for StandIn<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}, with {} requests", D::NAME, self.address(), self.shared.state().received.len())
    }
}

impl<D: Desk> StandIn<D> {
    pub(crate) fn listening(desk: D, listen: &str) -> Result<Self, StandInError> {
        let shared = Arc::new(Shared::new(desk));
        let server = HttpServer::start(listen, shared.clone());
        let server =
            server.map_err(|source| StandInError::Listen { name: D::NAME, address: listen.to_owned(), source })?;
        Ok(StandIn { shared, server: Arc::new(server) })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// Requests of any kind, oldest first; the last 10 000.
    pub fn requests(&self) -> Vec<Received<D::Message>> {
        self.shared.state().received.iter().cloned().collect()
    }

    /// Messages it accepted, oldest first; of the last 10 000 requests.
    pub fn messages(&self) -> Vec<Arrived<D::Message>> {
        self.shared.state().received.iter().filter_map(Received::arrived).collect()
    }

    /// Waits for an accepted message; one that came before the call counts.
    ///
    /// # Errors
    /// After `deadline`, with the last request.
    pub fn await_message(
        &self,
        wanted: impl Fn(&D::Message) -> bool,
        deadline: Duration,
    ) -> Result<Arrived<D::Message>, StandInError> {
        self.shared.wait(deadline, |received| received.arrived().filter(|arrived| wanted(&arrived.message)))
    }

    /// Waits for a request, refused ones included; one that came before the call counts.
    ///
    /// # Errors
    /// After `deadline`, with the last request.
    pub fn await_request(
        &self,
        wanted: impl Fn(&Received<D::Message>) -> bool,
        deadline: Duration,
    ) -> Result<Received<D::Message>, StandInError> {
        self.shared.wait(deadline, |received| wanted(received).then(|| received.clone()))
    }

    /// Fails from now on, until it is healed.
    pub fn fail(&self, fault: Fault) {
        self.shared.set_fault(Some(Failing { fault, left: None }));
    }

    /// Fails this many times, then goes on as before.
    pub fn fail_times(&self, fault: Fault, times: u32) {
        self.shared.set_fault((times > 0).then_some(Failing { fault, left: Some(times) }));
    }

    /// Doesn't fail any more; what hangs is closed.
    pub fn heal(&self) {
        self.shared.set_fault(None);
    }
}

#[derive(Debug)]
struct Failing {
    fault: Fault,
    /// How many times more; none for ever.
    left: Option<u32>,
}

struct State<M> {
    received: VecDeque<Received<M>>,
    failing: Option<Failing>,
}

pub(crate) struct Shared<D: Desk> {
    pub(crate) desk: D,
    state: Mutex<State<D::Message>>,
    arrived: Condvar,
    /// Changes when hanging connections are to be closed.
    hanging: watch::Sender<u64>,
}

impl<D: Desk> Shared<D> {
    pub(crate) fn new(desk: D) -> Self {
        let state = State { received: VecDeque::new(), failing: None };
        Shared { desk, state: Mutex::new(state), arrived: Condvar::new(), hanging: watch::Sender::new(0) }
    }

    /// A panic in a caller's condition leaves nothing half done.
    fn state(&self) -> MutexGuard<'_, State<D::Message>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn with_received<T>(
        &self,
        look: impl FnOnce(std::collections::vec_deque::Iter<'_, Received<D::Message>>) -> T,
    ) -> T {
        look(self.state().received.iter())
    }

    fn set_fault(&self, failing: Option<Failing>) {
        self.state().failing = failing;
        self.hanging.send_modify(|generation| *generation += 1);
    }

    fn wait<T>(
        &self,
        deadline: Duration,
        found: impl Fn(&Received<D::Message>) -> Option<T>,
    ) -> Result<T, StandInError> {
        let begin = Instant::now();
        let mut state = self.state();
        loop {
            if let Some(value) = state.received.iter().find_map(&found) {
                return Ok(value);
            }
            let Some(left) = deadline.checked_sub(begin.elapsed()).filter(|left| !left.is_zero()) else {
                let last = state.received.back().map_or_else(String::new, |last| {
                    let status = last.status.map_or_else(|| "nothing".to_owned(), |status| status.to_string());
                    format!(", the last of them answered with {status} {}: {}", last.answer, last.body)
                });
                return Err(StandInError::Deadline { name: D::NAME, deadline, received: state.received.len(), last });
            };
            state = self.arrived.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn reply(&self, fault: Fault) -> (Reply, Option<Answer>) {
        let answer = match fault {
            Fault::Hang => return (Reply::Hang(self.hanging.subscribe()), None),
            Fault::Close => return (Reply::Close, None),
            Fault::Answer(status, text) => Answer::text(status, text),
            Fault::Throttle(seconds) => Answer::text(429, "rate_limited").retry_after(seconds),
        };
        (Reply::Answer(answer.clone()), Some(answer))
    }
}

impl<M> State<M> {
    fn next_fault(&mut self) -> Option<Fault> {
        let failing = self.failing.as_mut()?;
        let fault = failing.fault.clone();
        if let Some(left) = &mut failing.left {
            *left -= 1;
            if *left == 0 {
                self.failing = None;
            }
        }
        Some(fault)
    }
}

impl<D: Desk> Handler for Shared<D> {
    fn handle(&self, request: Request) -> Reply {
        let (at, time) = (Instant::now(), SystemTime::now());
        let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let mut state = self.state();
        let (reply, answer, message) = match state.next_fault() {
            Some(fault) => {
                let (reply, answer) = self.reply(fault);
                (reply, answer, None)
            }
            None => {
                let (answer, message) = match self.desk.judge(&request, body.clone(), at) {
                    Ok((answer, message)) => (answer, Some(message)),
                    Err(answer) => (answer, None),
                };
                (Reply::Answer(answer.clone()), Some(answer), message)
            }
        };
        let (status, answer) = answer.map_or((None, String::new()), |answer| (Some(answer.status), answer.body));
        if state.received.len() == KEPT {
            state.received.pop_front();
        }
        state.received.push_back(Received { at, time, body: self.desk.record(body), status, answer, message });
        drop(state);
        self.arrived.notify_all();
        reply
    }
}

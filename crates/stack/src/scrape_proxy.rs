//! A proxy between Prometheus and what it scrapes, for trouble on the way.

use std::{
    fmt,
    io::{self, BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use crate::StandInError;

/// Nobody waits longer for a scrape.
const PATIENCE: Duration = Duration::from_secs(30);

/// A proxy of `GET` requests whose target can change while its own address stays, and that can be told to be slow.
///
/// | state | a request |
/// | --- | --- |
/// | the target answers | gets its answer, after the delay |
/// | the target isn't there, or closes | is closed without an answer |
/// | it is to answer itself | gets an empty 200 |
///
/// Each request has a connection of its own.
pub struct ScrapeProxy {
    address: SocketAddr,
    state: Arc<State>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct State {
    way: Mutex<Way>,
    stop: AtomicBool,
}

#[derive(Clone, Default)]
struct Way {
    target: String,
    delay: Duration,
    empty: bool,
}

impl State {
    fn way(&self) -> MutexGuard<'_, Way> {
        // Nothing is half done after a panic: each change is one assignment.
        self.way.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ScrapeProxy {
    /// On a free port of 127.0.0.1, before `target`, `host:port`.
    pub fn start(target: impl Into<String>) -> Result<Self, StandInError> {
        let failed = |source| StandInError::Listen { name: "the proxy", address: "127.0.0.1:0".to_owned(), source };
        let listener = TcpListener::bind("127.0.0.1:0").map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let state = Arc::new(State::default());
        state.way().target = target.into();
        let shared = state.clone();
        let accept = move || {
            for stream in listener.incoming() {
                if shared.stop.load(Ordering::Relaxed) {
                    return;
                }
                let shared = shared.clone();
                if let Ok(stream) = stream {
                    // What goes wrong with a connection shows as a closed one.
                    thread::spawn(move || drop(forward(stream, &shared)));
                }
            }
        };
        let thread = thread::Builder::new().name("scrape-proxy".to_owned()).spawn(accept).map_err(failed)?;
        Ok(ScrapeProxy { address, state, thread: Some(thread) })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Leads elsewhere from the next request on.
    pub fn set_target(&self, target: impl Into<String>) {
        self.state.way().target = target.into();
    }

    /// Answers each request with an empty 200 itself, as something else at the service's address would, or doesn't any more.
    pub fn set_empty(&self, empty: bool) {
        self.state.way().empty = empty;
    }

    /// Holds each request up for this long.
    pub fn set_delay(&self, delay: Duration) {
        self.state.way().delay = delay;
    }
}

impl fmt::Debug for ScrapeProxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ScrapeProxy({})", self.address)
    }
}

impl Drop for ScrapeProxy {
    fn drop(&mut self) {
        self.state.stop.store(true, Ordering::Relaxed);
        // Wakes it from waiting for the next connection.
        if TcpStream::connect(self.address).is_ok()
            && let Some(thread) = self.thread.take()
        {
            let _ = thread.join();
        }
    }
}

fn forward(mut stream: TcpStream, state: &State) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    let head = head(&stream)?;
    let Way { target, delay, empty } = state.way().clone();
    if !delay.is_zero() {
        thread::sleep(delay);
    }
    if empty {
        let answer = "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        return stream.write_all(answer.as_bytes());
    }
    let mut behind = TcpStream::connect(target)?;
    behind.set_read_timeout(Some(PATIENCE))?;
    behind.write_all(head.as_bytes())?;
    io::copy(&mut behind, &mut stream)?;
    Ok(())
}

/// The request, asking for the connection to be closed after the answer, by which its end is known.
fn head(stream: &TcpStream) -> io::Result<String> {
    let mut head = String::new();
    let mut reader = BufReader::new(stream).take(64 << 10);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if line.trim_end().is_empty() {
            return Ok(head + "Connection: close\r\n\r\n");
        }
        let connection = line.split_once(':').is_some_and(|(name, _)| name.eq_ignore_ascii_case("connection"));
        if !connection {
            head.push_str(&line);
        }
    }
}

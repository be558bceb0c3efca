//! The endpoint on a port of its own.

use std::{
    fmt, io,
    net::{SocketAddr, TcpListener, ToSocketAddrs},
    sync::mpsc,
    thread::{self, JoinHandle},
    time::Duration,
};

use actix_web::{
    App, HttpServer,
    dev::{Server, ServerHandle},
    http::KeepAlive,
    rt::System,
    web,
};

use crate::{MetricsEndpoint, connection::cut_slow_readers};

/// Connections at once; further ones wait to be accepted. Each costs two descriptors and some 50 KB at most.
const CONNECTIONS: usize = 256;

/// Longer than this nobody waits for a program to end, whatever its endpoint's deadlines are.
const LONGEST_STOP: Duration = Duration::from_secs(600);

/// Serves a [`MetricsEndpoint`] on addresses of its own, from threads of its own: it needs no runtime and shares none.
///
/// Each connection serves one scrape and is closed. A client has five seconds to send its request, then the
/// endpoint's deadlines hold: it is cut if it doesn't read its answer in time. The listener leaves signals alone.
/// Dropping it stops it like [`Listener::stop`].
pub struct Listener {
    addresses: Vec<SocketAddr>,
    server: ServerHandle,
    thread: Option<JoinHandle<io::Result<()>>>,
}

/// Why a listener can't be started.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ListenError {
    /// No such address.
    #[error("the address to serve metrics on can't be resolved: {0}")]
    Resolve(#[source] io::Error),
    /// It can't be bound.
    #[error("metrics can't be served on {address}; is something else listening there? {source}")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// The server could not be started.
    #[error("the server for metrics can't be started: {0}")]
    Start(#[source] io::Error),
}

impl Listener {
    /// Binds all addresses that `addresses` resolves to (of those with port 0 only the first) and serves `endpoint`
    /// there. It is served when this returns.
    ///
    /// Security: bind `127.0.0.1` unless others must reach it; without token and allowlist everybody who can reach
    /// it reads all metrics (a warning is logged).
    ///
    /// # Errors
    /// If nothing can be bound, or no thread can be started.
    pub fn bind(endpoint: MetricsEndpoint, addresses: impl ToSocketAddrs) -> Result<Listener, ListenError> {
        let listeners = listen(addresses)?;
        let addresses: Vec<_> =
            listeners.iter().map(TcpListener::local_addr).collect::<Result<_, _>>().map_err(ListenError::Start)?;
        if endpoint.is_open()
            && let Some(address) = addresses.iter().find(|address| !address.ip().to_canonical().is_loopback())
        {
            tracing::warn!(target: "lapwing", %address, "metrics are open to everybody who can reach this address; set a token or an allowlist");
        }
        let (started, start) = mpsc::channel();
        let thread = thread::Builder::new()
            .name("lapwing-listener".to_owned())
            .spawn(move || {
                System::new().block_on(async move {
                    let server = serve(endpoint, listeners)?;
                    // whoever started us waits for this
                    let _ = started.send(server.handle());
                    server.await
                })
            })
            .map_err(ListenError::Start)?;
        match start.recv() {
            Ok(server) => Ok(Listener { addresses, server, thread: Some(thread) }),
            Err(_) => Err(ListenError::Start(match thread.join() {
                Ok(Err(error)) => error,
                _ => io::Error::other("its thread ended"),
            })),
        }
    }

    /// The first address it is bound to; with port 0 asked for, the port that was found.
    pub fn address(&self) -> SocketAddr {
        self.addresses[0]
    }

    /// All addresses it is bound to (`localhost` has two).
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Accepts nothing more, answers the scrapes in flight, and returns when that is done: at the latest when the
    /// endpoint's deadlines are over. Blocks; not to be called on an async worker that others wait for.
    pub fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        let Some(thread) = self.thread.take() else { return };
        // sends the command at once; its completion is the end of the thread
        drop(self.server.stop(true));
        match thread.join() {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(target: "lapwing", %error, "the server for metrics failed"),
            Err(_) => tracing::error!(target: "lapwing", "the server for metrics panicked"),
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.end();
    }
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listener").field("addresses", &self.addresses).finish_non_exhaustive()
    }
}

/// At least one; an address that fails is passed over if another works (`localhost` without IPv6).
fn listen(addresses: impl ToSocketAddrs) -> Result<Vec<TcpListener>, ListenError> {
    let mut listeners = Vec::new();
    let mut failed = None;
    for address in addresses.to_socket_addrs().map_err(ListenError::Resolve)? {
        if address.port() == 0 && !listeners.is_empty() {
            break;
        }
        match TcpListener::bind(address) {
            Ok(listener) => listeners.push(listener),
            Err(source) => failed = Some(ListenError::Bind { address, source }),
        }
    }
    match (listeners.is_empty(), failed) {
        (false, _) => Ok(listeners),
        (true, Some(error)) => Err(error),
        (true, None) => Err(ListenError::Resolve(io::Error::other("it resolves to no address"))),
    }
}

fn serve(endpoint: MetricsEndpoint, listeners: Vec<TcpListener>) -> io::Result<Server> {
    // rounded up, and a second for the server's own clock
    let patience = endpoint.longest().min(LONGEST_STOP).as_secs() + 2;
    let server = HttpServer::new(move || {
        let absent = endpoint.clone();
        App::new()
            .service(endpoint.clone())
            .default_service(web::to(move |request, payload| absent.clone().absent(request, payload)))
    })
    .workers(1)
    .max_connections(CONNECTIONS)
    // actix-web has a deadline for the head of a connection's first request only, so there is no second one
    .keep_alive(KeepAlive::Disabled)
    .client_request_timeout(Duration::from_secs(5))
    .client_disconnect_timeout(Duration::from_secs(1))
    // each chunk is with the kernel before the next one is asked for: a body that ends has left the process
    .h1_write_buffer_size(1)
    .on_connect(cut_slow_readers)
    .shutdown_timeout(patience)
    .disable_signals();
    Ok(listeners.into_iter().try_fold(server, HttpServer::listen)?.run())
}

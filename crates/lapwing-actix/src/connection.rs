//! A second handle on a client's connection, to cut it.

use std::{any::Any, net::Shutdown, sync::Arc};

use actix_web::dev::Extensions;

/// Lets the endpoint cut connections of slow readers; give it to [`HttpServer::on_connect`].
///
/// actix-web asks a response for more only once its write buffer has room, and has no deadline on writing. So at the
/// deadline a mounted endpoint can free what a slow reader holds, but the connection itself (with some 64 KB of write
/// buffer) stays as long as the reader likes. With this function the endpoint can also shut the socket down. It costs
/// one file descriptor a connection. [`Listener`](crate::Listener) has it built in. Works on plain TCP on Unix;
/// elsewhere it does nothing.
///
/// ```no_run
/// # use actix_web::{App, HttpServer};
/// # fn server(endpoint: lapwing_actix::MetricsEndpoint) -> std::io::Result<actix_web::dev::Server> {
/// let server = HttpServer::new(move || App::new().service(endpoint.clone()))
///     .on_connect(lapwing_actix::cut_slow_readers)
///     .bind("127.0.0.1:8080")?
///     .run();
/// # Ok(server) }
/// ```
///
/// [`HttpServer::on_connect`]: actix_web::HttpServer::on_connect
pub fn cut_slow_readers(io: &dyn Any, extensions: &mut Extensions) {
    #[cfg(unix)]
    if let Some(stream) = io.downcast_ref::<actix_web::rt::net::TcpStream>() {
        use std::os::fd::AsFd;

        // out of descriptors: the connection is served all the same, only not cut
        if let Ok(descriptor) = stream.as_fd().try_clone_to_owned() {
            extensions.insert(Connection(Arc::new(descriptor.into())));
        }
    }
    #[cfg(not(unix))]
    let _ = (io, extensions);
}

/// See [`cut_slow_readers`].
#[derive(Clone, Debug)]
pub(crate) struct Connection(Arc<std::net::TcpStream>);

impl Connection {
    /// Ends both directions; whoever waits on the connection wakes with an error.
    pub(crate) fn cut(&self) {
        // it may be gone already
        let _ = self.0.shutdown(Shutdown::Both);
    }
}

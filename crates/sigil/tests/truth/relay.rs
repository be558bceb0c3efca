//! A relay that asks the service for one format whatever the scraper asks for: Prometheus 2.42 can't be told to scrape text.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    thread,
};

/// Listens until the test ends.
pub(crate) struct Relay {
    address: String,
}

impl Relay {
    /// Relays `GET /metrics` to `target` with this `Accept`.
    pub(crate) fn start(target: &str, accept: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address: SocketAddr = listener.local_addr().unwrap();
        let target = target.to_owned();
        thread::spawn(move || {
            for scraper in listener.incoming().flatten() {
                // A scrape that fails shows in the test as a target that is down.
                let _ = relay(scraper, &target, accept);
            }
        });
        Relay { address: address.to_string() }
    }

    /// `host:port`
    pub(crate) fn address(&self) -> &str {
        &self.address
    }
}

fn relay(scraper: TcpStream, target: &str, accept: &str) -> std::io::Result<()> {
    let mut reader = BufReader::new(scraper);
    let mut line = String::new();
    while reader.read_line(&mut line)? > 2 {
        line.clear();
    }
    let mut service = TcpStream::connect(target)?;
    write!(service, "GET /metrics HTTP/1.1\r\nhost: {target}\r\naccept: {accept}\r\nconnection: close\r\n\r\n")?;
    let mut answer = Vec::new();
    service.read_to_end(&mut answer)?;
    reader.get_mut().write_all(&answer)
}

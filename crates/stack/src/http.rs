//! HTTP to servers on this machine.

use std::time::Duration;

use reqwest::blocking::Client;

/// A client that never goes through a proxy and opens a connection for each request: a pooled one would fail
/// after the server at its other end was restarted.
pub(crate) fn client(timeout: Duration) -> Client {
    let builder = Client::builder().no_proxy().timeout(timeout).pool_max_idle_per_host(0);
    builder.build().expect("a client without TLS and proxy has nothing to fail on")
}

//! The endpoint in applications.

use std::thread;

use actix_web::{App, HttpServer, web};
use lapwing_actix::{BuildError, MetricsEndpoint};

use crate::{
    client::{ask, get},
    source::{Source, serve},
};

#[test]
fn one_endpoint_in_scopes_apps_and_workers_is_one() {
    let endpoint = Source::small().endpoint().path("/numbers").build().unwrap();
    let one = endpoint.clone();
    let one = serve(false, move |config| {
        config.service(web::scope("/admin").service(one.clone()));
    });
    let other = endpoint.clone();
    let other = serve(true, move |config| {
        config.service(other.clone()).route("/numbers/else", web::get().to(|| async { "else" }));
    });
    let addresses = [(one.address, "/admin/numbers"), (other.address, "/numbers")];
    for _ in 0..8 {
        for (address, path) in addresses {
            assert_eq!(ask(address, "GET", path, &[]).sample("jobs_total"), 5.0);
        }
    }
    assert_eq!(ask(one.address, "GET", "/numbers", &[]).status, 404);
    assert_eq!(ask(one.address, "GET", "/admin/numbers/health", &[]).text(), "ok\n");
    assert_eq!(ask(other.address, "GET", "/numbers/else", &[]).text(), "else");
    let answer = ask(other.address, "GET", "/numbers", &[]);
    assert_eq!(answer.sample("lapwing_endpoint_requests_total{code=\"200\"}"), 16.0);
}

#[test]
fn a_plain_tokio_runtime_will_do() {
    let endpoint = Source::small().endpoint().build().unwrap();
    let (started, start) = std::sync::mpsc::channel();
    let server = thread::spawn(move || {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async move {
            let server = HttpServer::new(move || App::new().service(endpoint.clone()))
                .workers(1)
                .disable_signals()
                .bind("127.0.0.1:0")
                .unwrap();
            let address = server.addrs()[0];
            let server = server.run();
            started.send((address, server.handle())).unwrap();
            server.await.unwrap();
        });
    });
    let (address, handle) = start.recv().unwrap();
    assert_eq!(get(address, &[]).sample("jobs_total"), 5.0);
    drop(handle.stop(true));
    server.join().unwrap();
}

#[test]
fn settings_that_make_no_sense_are_refused() {
    let builder = || Source::small().endpoint();
    assert!(matches!(builder().path("metrics").build(), Err(BuildError::Path(_))));
    assert!(matches!(builder().path("/{a}").build(), Err(BuildError::Path(_))));
    assert!(matches!(builder().health_path("/metrics").build(), Err(BuildError::SamePath(_))));
    assert!(matches!(builder().rate_limit(0.0, 1).build(), Err(BuildError::RateLimit { .. })));
    assert!(matches!(builder().rate_limit(f64::NAN, 1).build(), Err(BuildError::RateLimit { .. })));
    assert!(matches!(builder().rate_limit(1.0, 0).build(), Err(BuildError::RateLimit { .. })));
    assert!(matches!(builder().failed_token_limit(1.0, 0).build(), Err(BuildError::RateLimit { .. })));
    assert!(matches!(builder().max_in_flight(0).build(), Err(BuildError::InFlight(0))));
    assert!(matches!(builder().timeout(std::time::Duration::ZERO).build(), Err(BuildError::Timeout)));
    let endpoint: MetricsEndpoint = builder().path("/").build().unwrap();
    assert_eq!((endpoint.path(), endpoint.health_path()), ("/", "/health"));
}

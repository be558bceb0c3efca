//! Where the service meets telemetry: its start and end, the values it shows, the endpoint and the request spans.

use std::{path::Path, sync::Arc};

use actix_web::web;
use lapwing::{InitError, MetricsEndpoint, Observation, Sigterm, Telemetry};

use crate::{breaker::Breaker, health::Health, load_runs::LoadRuns, service::Service};

const EMBEDDED: &[(&str, &str)] = &[("backend", "embedded")];
const POSTGRES: &[(&str, &str)] = &[("backend", "postgres")];

/// Starts telemetry from `file`, or else from the text that is built in.
pub(crate) fn start(file: Option<&Path>, built_in: &str) -> Result<Telemetry, InitError> {
    let builder = match file {
        Some(file) => lapwing::builder().config_file(file),
        None => lapwing::builder().config_text("otel-config/sigil/telemetry.yaml (built in)", built_in),
    };
    // The service has its own order of stopping; telemetry goes last, when requests in flight have been measured.
    builder.build_info(lapwing::build_info!()).sigterm(Sigterm::Ignore).init()
}

/// Pushes out what waits and ends telemetry.
pub(crate) fn stop(telemetry: Telemetry) {
    if let Err(error) = telemetry.shutdown() {
        tracing::warn!(%error, "telemetry was not pushed out wholly");
    }
}

/// Registers what is observed at a scrape. All of it is in memory: no callback waits for a disk or a database.
pub(crate) fn register(telemetry: &Telemetry, service: Arc<Service>, health: Arc<Health>, runs: Arc<LoadRuns>) {
    let observe = |source: &str, callback: Box<dyn Fn(&Observation<'_>) + Send + Sync>| {
        // A file of the user's own need not show everything.
        if let Err(error) = telemetry.observe(source, callback) {
            tracing::info!(%error, "not shown");
        }
    };
    let flag = |on: bool| f64::from(u8::from(on));

    let of = service.clone();
    observe(
        "circuit.state",
        Box::new(move |o| {
            let state = |breaker: &Breaker| f64::from(breaker.state() as u8);
            o.set(state(&of.store.breaker), EMBEDDED);
            if of.store.mirror.is_some() {
                o.set(state(&of.store.mirror_breaker), POSTGRES);
            }
        }),
    );
    let (of, sizes) = (service.clone(), health.clone());
    observe(
        "store.size",
        Box::new(move |o| {
            o.set(sizes.store_size() as f64, EMBEDDED);
            if let Some(size) = of.store.mirror.as_ref().map(|m| m.size()).filter(|size| *size > 0) {
                o.set(size as f64, POSTGRES);
            }
        }),
    );
    let of = service.clone();
    observe(
        "disk.free",
        Box::new(move |o| {
            let free = of.store.faults.disk_free().unwrap_or_else(|| health.disk_free());
            o.set(free as f64, EMBEDDED);
        }),
    );
    let of = service.clone();
    observe(
        "database.up",
        Box::new(move |o| {
            o.set(flag(of.storage_healthy()), EMBEDDED);
            if let Some(mirror) = &of.store.mirror {
                o.set(flag(mirror.is_up()), POSTGRES);
            }
        }),
    );
    let of = service.clone();
    observe(
        "pool.in_use",
        Box::new(move |o| {
            o.set(of.store.ledger.queue().0 as f64, EMBEDDED);
            if let Some(mirror) = &of.store.mirror {
                o.set(mirror.connections().0 as f64, POSTGRES);
            }
        }),
    );
    let of = service.clone();
    observe(
        "pool.idle",
        Box::new(move |o| {
            o.set(of.store.ledger.queue().1 as f64, EMBEDDED);
            if let Some(mirror) = &of.store.mirror {
                o.set(mirror.connections().1 as f64, POSTGRES);
            }
        }),
    );
    observe(
        "outbox.pending",
        Box::new(move |o| {
            if let Some(pending) = service.store.ledger.pending() {
                o.set(pending as f64, POSTGRES);
            }
        }),
    );
    let of = runs.clone();
    observe(
        "load_test.result",
        Box::new(move |o| of.list().iter().for_each(|run| o.set(flag(run.ok), &[("scenario", &run.scenario)]))),
    );
    let of = runs.clone();
    observe(
        "load_test.throughput",
        Box::new(move |o| of.list().iter().for_each(|run| o.set(run.throughput, &[("scenario", &run.scenario)]))),
    );
    observe(
        "load_test.p95",
        Box::new(move |o| runs.list().iter().for_each(|run| o.set(run.p95_seconds, &[("scenario", &run.scenario)]))),
    );
}

/// Mounts the scrape endpoint, unless the configuration serves it on a port of its own.
pub(crate) fn mount(endpoint: Option<MetricsEndpoint>) -> impl FnOnce(&mut web::ServiceConfig) {
    move |config| {
        if let Some(endpoint) = endpoint {
            config.service(endpoint);
        }
    }
}

/// The endpoint to be mounted, if it has no listener.
pub(crate) fn endpoint(telemetry: &Telemetry) -> Option<MetricsEndpoint> {
    telemetry.listener_address().is_none().then(|| telemetry.endpoint())
}

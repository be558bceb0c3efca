//! From settings to a running service, and its orderly end.

use std::{
    io::{self, Write as _},
    net::SocketAddr,
    os::unix::fs::DirBuilderExt as _,
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use actix_web::{
    App, Error, HttpServer, ResponseError as _,
    body::{BoxBody, MessageBody},
    dev::{Server, ServiceRequest, ServiceResponse},
    error::InternalError,
    http::ConnectionType,
    middleware::{Next, from_fn},
    rt, web,
};
use tokio::signal::unix::{SignalKind, signal};

use crate::{
    Settings, admin,
    admission::Admission,
    api::{self, ApiError, Limits},
    faults::Faults,
    gauges,
    health::Health,
    key::{self, KeyError},
    load_runs::LoadRuns,
    service::{Rules, Service},
    store::{self, Ledger, Mirror, Opening, Store},
    unread::{Keeping, Unread},
};

/// A request that takes longer, slow body included, is given up.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(60);
/// For the request line and headers.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);

/// The service could not start, or stopped by itself.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The data directory can't be made.
    #[error("can't make the data directory {}: {source}", path.display())]
    Data {
        /// The directory.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The signing key can't be had.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The embedded store can't be opened.
    #[error("can't open the store in {}: {why}; is another sigil running on it?", path.display())]
    Store {
        /// Its directory.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// An address can't be listened on.
    #[error("can't listen on {address}: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// Telemetry can't be started.
    #[error("can't start telemetry: {0}")]
    Telemetry(#[from] lapwing::InitError),
    /// Signals, threads or sockets failed.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// The telemetry.yaml that is used when none is named.
const TELEMETRY: &str = include_str!("../../../otel-config/sigil/telemetry.yaml");

/// Runs the service until SIGTERM or SIGINT, then lets requests in flight finish, or not if a second signal comes. Installs the process's telemetry, so
/// call it once.
///
/// When ready, prints one line an address on standard output: `sigil listening on http://…`, and `admin listening on
/// http://…` if there is one.
///
/// # Errors
///
/// The service could not start, or a listener failed.
pub fn run(settings: Settings) -> Result<(), RunError> {
    let telemetry = gauges::start(settings.telemetry.as_deref(), TELEMETRY)?;
    let outcome = rt::System::new().block_on(serve(settings, &telemetry));
    gauges::stop(telemetry);
    outcome
}

async fn serve(settings: Settings, telemetry: &lapwing::Telemetry) -> Result<(), RunError> {
    let service = web::Data::new(open(&settings)?);
    let runs = web::Data::new(LoadRuns::default());
    let health = Arc::new(Health::new(&settings.data));
    health.sample();
    gauges::register(telemetry, service.clone().into_inner(), health.clone(), runs.clone().into_inner());

    let admission = web::Data::new(Admission::new(settings.max_in_flight));
    let api = api_server(&settings, service.clone(), admission.clone(), telemetry)?;
    let admin = settings.admin.map(|address| admin_server(address, service.clone(), admission, runs)).transpose()?;
    let mut ready = String::new();
    for address in &api.1 {
        ready.push_str(&format!("sigil listening on http://{address}\n"));
    }
    for address in admin.iter().flat_map(|admin| &admin.1) {
        ready.push_str(&format!("admin listening on http://{address}\n"));
    }
    let background = [
        rt::spawn(store::drain(service.store.clone())),
        rt::spawn({
            let service = service.clone();
            async move { service.collect_regularly(settings.gc_interval).await }
        }),
        rt::spawn(crate::health::sample_regularly(health)),
        rt::spawn(crate::health::probe_regularly(service.store.clone())),
    ];
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let (api, admin) = (api.0, admin.map(|admin| admin.0));
    let (stop_api, stop_admin) = (api.handle(), admin.as_ref().map(Server::handle));
    let mut api = rt::spawn(api);
    let admin = admin.map(rt::spawn);

    // All is listening and the signals are caught: what reads this line may connect or stop at once.
    let mut out = io::stdout().lock();
    out.write_all(ready.as_bytes()).and_then(|()| out.flush())?;
    drop(out);

    let outcome = tokio::select! {
        _ = terminate.recv() => Ok(()),
        _ = interrupt.recv() => Ok(()),
        ended = &mut api => ended.unwrap_or_else(|e| Err(io::Error::other(e))),
    };
    tracing::info!("stopping");
    service.stop();
    let again = async {
        tokio::select! { _ = terminate.recv() => {}, _ = interrupt.recv() => {} }
    };
    tokio::select! {
        () = stop_api.stop(true) => {}
        () = again => tracing::warn!("told twice to stop: requests in flight are not waited for"),
    }
    if let Some(stop) = stop_admin {
        stop.stop(false).await;
    }
    if let Some(admin) = admin {
        admin.abort();
    }
    for task in background {
        task.abort();
    }
    Ok(outcome?)
}

/// The service on its stores.
fn open(settings: &Settings) -> Result<Service, RunError> {
    let data = |source| RunError::Data { path: settings.data.clone(), source };
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&settings.data).map_err(data)?;
    let key = key::load_or_create(&settings.data)?;
    let path = settings.data.join(store::DIRECTORY);
    let opening = Opening {
        mirror: settings.database.is_some(),
        forget_mirror: settings.forget_mirror,
        outbox_limit: settings.outbox_limit,
        public_key: key.verifying_key().to_bytes(),
    };
    let ledger =
        Ledger::open(&path, opening).map_err(|e| RunError::Store { path: path.clone(), why: e.to_string() })?;
    if let (Some(pending), None) = (ledger.pending(), &settings.database) {
        tracing::warn!(
            pending,
            "changes are kept for PostgreSQL although DATABASE_URL is not set: set it again, or pass --forget-mirror"
        );
    }
    let mirror = settings.database.clone().map(Mirror::new);
    let store = Arc::new(Store::new(ledger, mirror, Arc::new(Faults::default())));
    let rules = Rules { retention: settings.retention, threshold: settings.resonance_threshold };
    Ok(Service::new(store, key, rules))
}

type Listening = (Server, Vec<SocketAddr>);

fn api_server(
    settings: &Settings,
    service: web::Data<Service>,
    admission: web::Data<Admission>,
    telemetry: &lapwing::Telemetry,
) -> Result<Listening, RunError> {
    let limits = web::Data::new(Limits::of(settings));
    let max_body = settings.max_body;
    let endpoint = gauges::endpoint(telemetry);
    let server = HttpServer::new(move || {
        App::new()
            .app_data(service.clone())
            .app_data(admission.clone())
            .app_data(limits.clone())
            .wrap(from_fn(guard))
            .wrap(lapwing::http::Trace::new())
            .configure(gauges::mount(endpoint.clone()))
            .configure(api::routes(max_body))
    });
    let failed = |source| RunError::Listen { address: settings.listen, source };
    let server = server
        .on_connect(lapwing::cut_slow_readers)
        .workers(settings.workers)
        .disable_signals()
        .shutdown_timeout(settings.shutdown_timeout.as_secs())
        .client_request_timeout(HEADER_TIMEOUT)
        .bind(settings.listen)
        .map_err(failed)?;
    let addresses = server.addrs();
    Ok((server.run(), addresses))
}

fn admin_server(
    address: SocketAddr,
    service: web::Data<Service>,
    admission: web::Data<Admission>,
    runs: web::Data<LoadRuns>,
) -> Result<Listening, RunError> {
    let server = HttpServer::new(move || {
        App::new()
            .app_data(service.clone())
            .app_data(admission.clone())
            .app_data(runs.clone())
            .wrap(from_fn(admin::refuse_pages))
            .configure(admin::routes)
    });
    let server = server
        .workers(1)
        .disable_signals()
        .client_request_timeout(HEADER_TIMEOUT)
        .bind(address)
        .map_err(|source| RunError::Listen { address, source })?;
    let addresses = server.addrs();
    Ok((server.run(), addresses))
}

/// Bounds the requests to the interface and the time each takes; health and metrics are never refused.
///
/// While the service stops, connections are not kept: a client that is told does not send its next request into a
/// closing socket.
async fn guard(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let service = request.app_data::<web::Data<Service>>().cloned();
    let admission = request.app_data::<web::Data<Admission>>().filter(|_| request.path().starts_with("/api/")).cloned();
    let unread = Unread::of(&mut request);
    let _place = match admission.as_ref().map(|admission| admission.request()).transpose() {
        Ok(place) => place,
        Err(error) => return Err(refused(error.into(), unread)),
    };
    let Ok(response) = tokio::time::timeout(REQUEST_TIMEOUT, next.call(request)).await else {
        return Err(refused(ApiError::Timeout(REQUEST_TIMEOUT.as_secs()), unread));
    };
    let mut response = response?;
    if service.is_some_and(|service| service.stopping()) {
        response.response_mut().head_mut().set_connection_type(ConnectionType::Close);
    }
    Ok(response.map_body(|_, body| Keeping::new(body, unread)))
}

/// The answer to a request whose body may not have been read.
fn refused(error: ApiError, unread: Option<Unread>) -> Error {
    let response = error.error_response().map_body(|_, body| BoxBody::new(Keeping::new(body, unread)));
    InternalError::from_response(error, response).into()
}

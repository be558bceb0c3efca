//! The admin listener, on loopback only: faults, collections on demand, results of load runs, counts.
//!
//! | request | does |
//! | --- | --- |
//! | GET, PUT, DELETE `/admin/faults` | shows the faults, sets one, ends all |
//! | DELETE `/admin/faults/{operation}` | ends one |
//! | POST `/admin/gc` | collects now, answers `{"removed": n}` |
//! | GET, POST `/admin/load-runs` | shows the last runs, records one |
//! | GET `/admin/store` | records, operations in flight, notes waiting for PostgreSQL, states of the breakers |
//!
//! A request with an `Origin` is refused: a page in a browser on this machine reaches loopback too.

use actix_web::{
    Error, HttpResponse,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::{Method, header},
    middleware::Next,
    web,
};
use serde::{Deserialize as _, de::IntoDeserializer as _};

use crate::{
    admission::Admission,
    api::{self, ApiError},
    breaker::State,
    faults::{Fault, Operation},
    load_runs::{LoadRun, LoadRuns},
    service::{Failure, Service},
};

/// Adds the routes.
pub(crate) fn routes(config: &mut web::ServiceConfig) {
    config
        .app_data(api::json_config(64 << 10))
        .service(
            web::resource("/admin/faults")
                .route(web::get().to(faults))
                .route(web::put().to(set_fault))
                .route(web::delete().to(clear_faults))
                .default_service(api::only(&[Method::GET, Method::PUT, Method::DELETE])),
        )
        .service(
            web::resource("/admin/faults/{operation}")
                .route(web::delete().to(clear_fault))
                .default_service(api::only(&[Method::DELETE])),
        )
        .service(web::resource("/admin/gc").route(web::post().to(collect)).default_service(api::only(&[Method::POST])))
        .service(
            web::resource("/admin/load-runs")
                .route(web::get().to(load_runs))
                .route(web::post().to(record_load_run))
                .default_service(api::only(&[Method::GET, Method::POST])),
        )
        .service(web::resource("/admin/store").route(web::get().to(store)).default_service(api::only(&[Method::GET])))
        .default_service(web::to(api::not_found));
}

/// Middleware that refuses what a web page sends.
pub(crate) async fn refuse_pages(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    if request.headers().contains_key(header::ORIGIN) {
        return Err(ApiError::FromPage.into());
    }
    next.call(request).await
}

async fn faults(service: web::Data<Service>) -> HttpResponse {
    HttpResponse::Ok().json(serde_json::json!({"faults": service.store.faults.list()}))
}

async fn set_fault(service: web::Data<Service>, fault: web::Json<Fault>) -> Result<HttpResponse, ApiError> {
    service.store.faults.set(fault.into_inner()).map_err(|e| ApiError::Malformed(e.to_string()))?;
    tracing::info!(faults = ?service.store.faults.list(), "faults set");
    Ok(faults(service).await)
}

async fn clear_faults(service: web::Data<Service>) -> HttpResponse {
    service.store.faults.clear(None);
    tracing::info!("faults cleared");
    HttpResponse::NoContent().finish()
}

async fn clear_fault(service: web::Data<Service>, operation: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let operation = Operation::deserialize(operation.as_str().into_deserializer())
        .map_err(|e: serde::de::value::Error| ApiError::Malformed(e.to_string()))?;
    service.store.faults.clear(Some(operation));
    tracing::info!(?operation, "fault cleared");
    Ok(HttpResponse::NoContent().finish())
}

async fn collect(service: web::Data<Service>) -> Result<HttpResponse, ApiError> {
    let removed = service.collect().await?;
    Ok(HttpResponse::Ok().json(serde_json::json!({"removed": removed})))
}

async fn load_runs(runs: web::Data<LoadRuns>) -> HttpResponse {
    HttpResponse::Ok().json(serde_json::json!({"load_runs": runs.list()}))
}

async fn record_load_run(runs: web::Data<LoadRuns>, run: web::Json<LoadRun>) -> Result<HttpResponse, ApiError> {
    runs.record(run.into_inner()).map_err(|e| ApiError::Malformed(e.to_string()))?;
    Ok(HttpResponse::NoContent().finish())
}

async fn store(service: web::Data<Service>, admission: web::Data<Admission>) -> Result<HttpResponse, ApiError> {
    let counting = service.clone();
    let records = tokio::task::spawn_blocking(move || counting.store.ledger.count())
        .await
        .map_err(Failure::from)?
        .map_err(Failure::from)?;
    let state = |state| match state {
        State::Closed => "closed",
        State::HalfOpen => "half-open",
        State::Open => "open",
    };
    let store = &service.store;
    Ok(HttpResponse::Ok().json(serde_json::json!({
        "records": records,
        "in_flight": admission.in_flight(),
        "outbox_pending": store.ledger.pending(),
        "restoring": store.ledger.restoring(),
        "circuits": {
            "embedded": state(store.breaker.state()),
            "postgres": store.mirror.as_ref().map(|_| state(store.mirror_breaker.state())),
        },
    })))
}

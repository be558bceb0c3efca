//! The HTTP interface: sigils, and whether the service lives.

mod error;
mod json;
mod sigils;

use actix_web::{
    HttpRequest, HttpResponse,
    http::{Method, header},
    web,
};

pub(crate) use self::{error::ApiError, json::config as json_config};
use crate::{Settings, service::Service};

/// What requests are measured against.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    content: usize,
    batch: usize,
    max_ttl: std::time::Duration,
}

impl Limits {
    pub(crate) fn of(settings: &Settings) -> Self {
        Limits { content: settings.max_content, batch: settings.max_batch, max_ttl: settings.max_ttl }
    }
}

/// Adds the routes; `body` is the longest request body.
pub(crate) fn routes(body: usize) -> impl FnOnce(&mut web::ServiceConfig) {
    move |config| {
        config
            .app_data(json::config(body))
            .service(
                web::resource("/api/sigils")
                    .route(web::post().to(sigils::encode))
                    .default_service(only(&[Method::POST])),
            )
            .service(
                web::resource("/api/sigils/verify")
                    .route(web::post().to(sigils::verify))
                    .default_service(only(&[Method::POST])),
            )
            .service(
                web::resource("/api/sigils/{id}")
                    .route(web::get().to(sigils::show))
                    .route(web::delete().to(sigils::revoke))
                    .default_service(only(&[Method::GET, Method::DELETE])),
            )
            .service(web::resource("/health").route(web::get().to(health)).default_service(only(&[Method::GET])))
            .default_service(web::to(not_found));
    }
}

/// Answers 405 and says what is allowed.
pub(crate) fn only(methods: &[Method]) -> actix_web::Route {
    let allow = methods.iter().map(Method::as_str).collect::<Vec<_>>().join(", ");
    web::to(move || {
        let allow = allow.clone();
        async move {
            let mut response = actix_web::ResponseError::error_response(&ApiError::MethodNotAllowed);
            if let Ok(allow) = header::HeaderValue::from_str(&allow) {
                response.headers_mut().insert(header::ALLOW, allow);
            }
            response
        }
    })
}

/// Answers 404.
pub(crate) async fn not_found(request: HttpRequest) -> Result<HttpResponse, ApiError> {
    Err(ApiError::NotFound(request.path().chars().take(200).collect()))
}

/// 200 while it takes work, 503 when it stops or can't store. PostgreSQL being away does not count: the service goes on
/// without.
async fn health(service: web::Data<Service>) -> HttpResponse {
    let (stopping, storage) = (service.stopping(), service.storage_healthy());
    let status = if stopping {
        "stopping"
    } else if storage {
        "ok"
    } else {
        "failing"
    };
    let mut answer = if status == "ok" { HttpResponse::Ok() } else { HttpResponse::ServiceUnavailable() };
    let mirror = service.store.mirror.as_ref().map(|mirror| if mirror.is_up() { "ok" } else { "unreachable" });
    answer.json(serde_json::json!({
        "status": status,
        "storage": if storage { "ok" } else { "failing" },
        "postgres": mirror,
        "restoring": service.store.ledger.restoring(),
    }))
}

//! Errors as the client sees them: always `{"error": {"code": …, "message": …}}`.

use actix_web::{
    HttpResponse, ResponseError,
    body::BoxBody,
    http::{StatusCode, header},
};

use crate::{admission::Overloaded, service::Failure, store::StoreError};

/// An answer that is no success.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ApiError {
    #[error("{0}")]
    Malformed(String),
    #[error("{0}")]
    TooLarge(String),
    #[error("send the body as application/json")]
    MediaType,
    #[error("there is nothing at {0}")]
    NotFound(String),
    #[error("the method is not allowed here, see the Allow header")]
    MethodNotAllowed,
    #[error(transparent)]
    Overloaded(#[from] Overloaded),
    #[error("the request took longer than {0} s and was given up")]
    Timeout(u64),
    #[error("refused: requests of web pages are not answered here")]
    FromPage,
    #[error(transparent)]
    Failed(#[from] Failure),
}

impl ApiError {
    /// Stable name of the error.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            ApiError::Malformed(_) => "malformed_request",
            ApiError::TooLarge(_) => "too_large",
            ApiError::MediaType => "unsupported_media_type",
            ApiError::NotFound(_) => "not_found",
            ApiError::MethodNotAllowed => "method_not_allowed",
            ApiError::Overloaded(_) => "overloaded",
            ApiError::Timeout(_) => "timeout",
            ApiError::FromPage => "forbidden",
            ApiError::Failed(Failure::Unknown(_)) => "unknown_sigil",
            ApiError::Failed(Failure::Restoring) => "restoring",
            ApiError::Failed(Failure::Store(StoreError::OutboxFull(_))) => "outbox_full",
            ApiError::Failed(Failure::Store(StoreError::Busy)) => "overloaded",
            ApiError::Failed(Failure::Store(_)) => "storage_unavailable",
            ApiError::Failed(Failure::Injected(_) | Failure::Randomness(_) | Failure::Lost(_)) => "internal",
        }
    }

    /// What the client is told. Of the service's own failures not more than it can act on; the log has the rest.
    fn message(&self) -> String {
        match self.code() {
            "storage_unavailable" => "the sigil could not be stored or read: try again later".to_owned(),
            "internal" => "the service failed: try again later".to_owned(),
            "outbox_full" => "too many changes wait for the database: try again later".to_owned(),
            _ => self.to_string(),
        }
    }

    /// As JSON.
    pub(crate) fn body(&self) -> serde_json::Value {
        serde_json::json!({"error": {"code": self.code(), "message": self.message()}})
    }
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        match self.code() {
            "malformed_request" => StatusCode::BAD_REQUEST,
            "too_large" => StatusCode::PAYLOAD_TOO_LARGE,
            "unsupported_media_type" => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "not_found" | "unknown_sigil" => StatusCode::NOT_FOUND,
            "method_not_allowed" => StatusCode::METHOD_NOT_ALLOWED,
            "forbidden" => StatusCode::FORBIDDEN,
            "overloaded" | "timeout" | "restoring" | "outbox_full" | "storage_unavailable" => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn error_response(&self) -> HttpResponse<BoxBody> {
        let status = self.status_code();
        let mut response = HttpResponse::build(status);
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response.insert_header((header::RETRY_AFTER, "1"));
        }
        response.json(self.body())
    }
}

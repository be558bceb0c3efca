//! JSON in: with its limits and its own errors.

use actix_web::{
    error::{JsonPayloadError, PayloadError},
    web,
};

use super::ApiError;

/// Bodies up to `limit` bytes, errors as the rest of the interface has them.
pub(crate) fn config(limit: usize) -> web::JsonConfig {
    web::JsonConfig::default().limit(limit).error_handler(move |error, _| {
        let too_large = || ApiError::TooLarge(format!("the body is longer than {limit} bytes"));
        match error {
            JsonPayloadError::OverflowKnownLength { .. } | JsonPayloadError::Overflow { .. } => too_large(),
            JsonPayloadError::Payload(PayloadError::Overflow) => too_large(),
            JsonPayloadError::ContentType => ApiError::MediaType,
            JsonPayloadError::Deserialize(error) => {
                ApiError::Malformed(format!("the body is not what is expected: {error}"))
            }
            other => ApiError::Malformed(format!("the body can't be read: {other}")),
        }
        .into()
    })
}

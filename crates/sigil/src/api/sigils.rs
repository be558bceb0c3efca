//! Handlers of `/api/sigils`.

use std::time::Duration;

use actix_web::{HttpResponse, http::StatusCode, web};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use futures_util::{StreamExt as _, stream};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{ApiError, Limits};
use crate::{
    admission::Admission,
    record::{Id, Millis, Record},
    service::{Service, Verdict, now},
};

/// Items of one batch that are worked on at once.
const BATCH_CONCURRENCY: usize = 16;

/// What is to be sealed. Each field is checked by [`Encode::check`], so that its error can name the item.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Encode {
    content: Option<String>,
    content_base64: Option<String>,
    ttl_seconds: Option<u64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Verify {
    id: Option<String>,
    content: Option<String>,
    content_base64: Option<String>,
}

/// One, or `items`; told apart by hand, since serde's untagged enums lose the error.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EncodeRequest {
    content: Option<String>,
    content_base64: Option<String>,
    ttl_seconds: Option<u64>,
    items: Option<Vec<Encode>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct VerifyRequest {
    id: Option<String>,
    content: Option<String>,
    content_base64: Option<String>,
    items: Option<Vec<Verify>>,
}

#[derive(Serialize)]
struct Sealed {
    id: String,
    fingerprint: String,
    signature: String,
    public_key: String,
    digest: String,
    created_at: String,
    expires_at: Option<String>,
}

impl Sealed {
    fn of(record: &Record) -> Self {
        Sealed {
            id: record.id.to_string(),
            fingerprint: BASE64_STANDARD.encode(record.fingerprint.as_bytes()),
            signature: BASE64_STANDARD.encode(record.signature),
            public_key: BASE64_STANDARD.encode(record.public_key),
            digest: BASE64_STANDARD.encode(record.digest),
            created_at: rfc3339(record.created_at),
            expires_at: record.expires_at.map(rfc3339),
        }
    }
}

#[derive(Serialize)]
struct Shown {
    #[serde(flatten)]
    sealed: Sealed,
    status: &'static str,
    revoked_at: Option<String>,
}

#[derive(Serialize)]
struct Verified {
    valid_signature: bool,
    status: &'static str,
    identical: bool,
    resonance: f64,
    resonates: bool,
}

impl From<Verdict> for Verified {
    fn from(verdict: Verdict) -> Self {
        Verified {
            valid_signature: verdict.valid_signature,
            status: verdict.status.as_str(),
            identical: verdict.identical,
            resonance: verdict.resonance,
            resonates: verdict.resonates,
        }
    }
}

/// A piece of work that has been checked.
type Item<T> = (T, Vec<u8>);

/// `POST /api/sigils`
pub(super) async fn encode(
    service: web::Data<Service>,
    admission: web::Data<Admission>,
    limits: web::Data<Limits>,
    request: web::Json<EncodeRequest>,
) -> Result<HttpResponse, ApiError> {
    let EncodeRequest { content, content_base64, ttl_seconds, items } = request.into_inner();
    let single = Encode { content, content_base64, ttl_seconds };
    let given = single.content.is_some() || single.content_base64.is_some() || single.ttl_seconds.is_some();
    let check = |item: Encode| -> Result<Item<Option<Duration>>, ApiError> {
        let ttl = item.ttl_seconds.map(Duration::from_secs);
        if ttl.is_some_and(|ttl| ttl.is_zero() || ttl > limits.max_ttl) {
            let max = limits.max_ttl.as_secs();
            return Err(ApiError::Malformed(format!("ttl_seconds is not between 1 and {max}")));
        }
        Ok((ttl, content_of(item.content, item.content_base64, &limits)?))
    };
    let work = async |(ttl, content)| Ok(Sealed::of(&service.encode(content, ttl).await?));
    answer(Asked { single, given, items }, StatusCode::CREATED, &limits, &admission, check, work).await
}

/// `POST /api/sigils/verify`
pub(super) async fn verify(
    service: web::Data<Service>,
    admission: web::Data<Admission>,
    limits: web::Data<Limits>,
    request: web::Json<VerifyRequest>,
) -> Result<HttpResponse, ApiError> {
    let VerifyRequest { id, content, content_base64, items } = request.into_inner();
    let single = Verify { id, content, content_base64 };
    let given = single.id.is_some() || single.content.is_some() || single.content_base64.is_some();
    let check = |item: Verify| -> Result<Item<Id>, ApiError> {
        let id = item.id.ok_or_else(|| ApiError::Malformed("id is missing".to_owned()))?;
        Ok((parse_id(&id)?, content_of(item.content, item.content_base64, &limits)?))
    };
    let work = async |(id, content)| Ok(Verified::from(service.verify(id, content).await?));
    answer(Asked { single, given, items }, StatusCode::OK, &limits, &admission, check, work).await
}

/// `GET /api/sigils/{id}`
pub(super) async fn show(
    service: web::Data<Service>,
    admission: web::Data<Admission>,
    id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let id = parse_id(&id)?;
    let _place = admission.enter(1)?;
    let record = service.record(id).await?;
    Ok(HttpResponse::Ok().json(Shown {
        sealed: Sealed::of(&record),
        status: record.status(now()).as_str(),
        revoked_at: record.revoked_at.map(rfc3339),
    }))
}

/// `DELETE /api/sigils/{id}`
pub(super) async fn revoke(
    service: web::Data<Service>,
    admission: web::Data<Admission>,
    id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let id = parse_id(&id)?;
    let _place = admission.enter(1)?;
    service.revoke(id).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// What a request asks for: one item, or several.
struct Asked<T> {
    single: T,
    /// Whether `single` has any of its fields.
    given: bool,
    items: Option<Vec<T>>,
}

/// Checks what is asked for, takes a place for each item and works on them; `done` if all went well.
async fn answer<T, U, S: Serialize>(
    Asked { single, given, items }: Asked<T>,
    done: StatusCode,
    limits: &Limits,
    admission: &Admission,
    check: impl Fn(T) -> Result<Item<U>, ApiError>,
    work: impl AsyncFn(Item<U>) -> Result<S, ApiError>,
) -> Result<HttpResponse, ApiError> {
    match items {
        None => {
            let item = check(single)?;
            let _place = admission.enter(1)?;
            Ok(HttpResponse::build(done).json(work(item).await?))
        }
        Some(items) => {
            let items = checked(items, given, limits, check)?;
            let _place = admission.enter(items.len())?;
            batch(items, done, work).await
        }
    }
}

/// All items checked before the first is worked on: a malformed batch changes nothing.
fn checked<T, U>(
    items: Vec<T>,
    given: bool,
    limits: &Limits,
    check: impl Fn(T) -> Result<Item<U>, ApiError>,
) -> Result<Vec<Item<U>>, ApiError> {
    if given {
        return Err(ApiError::Malformed("give either items or the fields of one item".to_owned()));
    }
    if items.is_empty() {
        return Err(ApiError::Malformed("items is empty".to_owned()));
    }
    if items.len() > limits.batch {
        return Err(ApiError::TooLarge(format!("{} items, at most {} are taken at once", items.len(), limits.batch)));
    }
    let check = |(n, item)| {
        check(item).map_err(|error| match error {
            ApiError::Malformed(why) => ApiError::Malformed(format!("items[{n}]: {why}")),
            ApiError::TooLarge(why) => ApiError::TooLarge(format!("items[{n}]: {why}")),
            other => other,
        })
    };
    items.into_iter().enumerate().map(check).collect()
}

/// Works on all items, answers each in its place: `done` if all went well, else 207.
async fn batch<T, S: Serialize>(
    items: Vec<Item<T>>,
    done: StatusCode,
    work: impl AsyncFn(Item<T>) -> Result<S, ApiError>,
) -> Result<HttpResponse, ApiError> {
    let work = &work;
    let answers: Vec<Result<S, ApiError>> = stream::iter(items.into_iter().map(|item| async move { work(item).await }))
        .buffered(BATCH_CONCURRENCY)
        .collect()
        .await;
    let status = if answers.iter().all(Result::is_ok) { done } else { StatusCode::MULTI_STATUS };
    let items: Vec<Value> = answers
        .into_iter()
        .map(|answer| match answer {
            // Plain structs of strings and numbers always become JSON.
            Ok(answer) => serde_json::to_value(answer).unwrap_or(Value::Null),
            Err(error) => error.body(),
        })
        .collect();
    Ok(HttpResponse::build(status).json(serde_json::json!({"items": items})))
}

fn content_of(content: Option<String>, base64: Option<String>, limits: &Limits) -> Result<Vec<u8>, ApiError> {
    let content = match (content, base64) {
        (Some(content), None) => content.into_bytes(),
        (None, Some(base64)) => BASE64_STANDARD
            .decode(base64)
            .map_err(|_| ApiError::Malformed("content_base64 is not base64 (standard alphabet, padded)".to_owned()))?,
        _ => return Err(ApiError::Malformed("give either content or content_base64".to_owned())),
    };
    if content.len() > limits.content {
        return Err(ApiError::TooLarge(format!("the content is longer than {} bytes", limits.content)));
    }
    Ok(content)
}

fn parse_id(text: &str) -> Result<Id, ApiError> {
    Id::parse(text).ok_or_else(|| ApiError::Malformed("the id is not 32 hexadecimal digits".to_owned()))
}

/// A time beyond the year 9999 is given as its end, which is as late as the format goes.
fn rfc3339(at: Millis) -> String {
    const LAST: i128 = 253_402_300_799_999;
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(at).min(LAST) * 1_000_000)
        .ok()
        .and_then(|time| time.format(&Rfc3339).ok())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_rfc3339() {
        assert_eq!(rfc3339(1_700_000_000_123), "2023-11-14T22:13:20.123Z");
        assert_eq!(rfc3339(Millis::MAX - 1), "9999-12-31T23:59:59.999Z");
    }
}

//! What can be gathered.

use std::sync::Arc;

use crate::Snapshot;

/// Anything that can be gathered into a snapshot: a [`PrometheusReader`](crate::PrometheusReader), a
/// `prometheus::Registry`.
pub trait Gather: Send + Sync + 'static {
    /// All metrics now, never from before the call. Blocking; concurrent calls may share one result.
    ///
    /// # Errors
    /// When nothing could be gathered: never pass that off as an empty success, or Prometheus takes the target for well.
    fn gather(&self) -> Result<Arc<Snapshot>, GatherError>;
}

/// Why nothing could be gathered.
#[derive(Clone, Debug, thiserror::Error)]
pub enum GatherError {
    /// The meter provider is shut down or gone, or the reader was never given to one.
    #[error(
        "the meter provider is shut down or the reader was never registered with one; give a clone of the reader to the meter provider's builder and keep the provider alive"
    )]
    NotRegistered,
    /// The SDK failed.
    #[error(
        "the SDK could not collect: {0}; if an observable callback panicked before, the SDK stays unusable: restart, and use the checked meter provider, which survives such callbacks"
    )]
    Collect(String),
    /// An observable callback or a collector panicked.
    #[error(
        "a callback panicked while metrics were collected: {0}; mend it, and use the checked meter provider, which survives such callbacks"
    )]
    Panicked(String),
    /// Gathering was asked for from within an observable callback.
    #[error("metrics were gathered from within a callback that runs while metrics are gathered; gather elsewhere")]
    Recursive,
    /// There was no metric at all.
    #[error("no metric was gathered, not even one; register some or look in the log for what failed")]
    Empty,
}

/// What a panic said.
pub(crate) fn panic_text(payload: &(dyn std::any::Any + Send)) -> String {
    match (payload.downcast_ref::<&str>(), payload.downcast_ref::<String>()) {
        (Some(text), _) => (*text).to_owned(),
        (_, Some(text)) => text.clone(),
        _ => "no message".to_owned(),
    }
}

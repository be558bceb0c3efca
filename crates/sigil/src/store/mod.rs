//! Where sigils are kept.
//!
//! **Acknowledged means durable in the embedded store.** Every write is a change to the embedded LSM store in the data
//! directory, committed with fsync before the caller hears of it. PostgreSQL, if configured, is written behind: the
//! same atomic commit that stores or removes a record also notes its id in an outbox, and a worker brings PostgreSQL to
//! the record's present state, oldest note first, by upserts and deletions that may be repeated. A note leaves the
//! outbox when PostgreSQL has committed it.
//!
//! | event | what holds |
//! | --- | --- |
//! | answer 201 or 204 | the change survives kill -9 and power loss of this machine; PostgreSQL follows |
//! | kill -9 | no acknowledged change is lost, none is applied twice; a change under way is there wholly or not at all |
//! | restart | the outbox is drained from where PostgreSQL left off; repeating the last batch changes nothing |
//! | PostgreSQL down | service goes on; the breaker opens; the outbox grows by 24 bytes of data a change (`sigil_outbox_pending`) |
//! | outbox full (`--outbox-limit`) | new sigils are refused with 503 `outbox_full`; revocation and collection go on, since withdrawing must not wait |
//! | PostgreSQL configured for the first time | all present records are noted in the outbox, then PostgreSQL's are restored (next row) |
//! | empty data directory, filled PostgreSQL | sigils are restored in the background, those present here win; until it is done an unknown id is answered with 503 `restoring`, not 404, and nothing is collected |
//! | `DATABASE_URL` taken away later | the outbox goes on growing, so that PostgreSQL can catch up; `--forget-mirror` ends that |
//! | embedded store fails | writes fail with 503; after 5 failures in a row its breaker opens for 5 s |
//!
//! The signing key is not in PostgreSQL. After a restore into an empty data directory a new key signs; PostgreSQL holds
//! the public keys that signed so far, and they stay trusted.

mod drain;
mod ledger;
mod mirror;
mod tables;
#[cfg(test)]
mod tests;
mod writer;

use std::{sync::Arc, time::Duration};

use tracing::Instrument as _;

pub(crate) use self::{
    drain::drain,
    ledger::Ledger,
    mirror::{DatabaseUrl, DatabaseUrlError, Mirror},
    tables::Opening,
    writer::{Change, Reply, Revocation},
};
use crate::{
    breaker::{Breaker, Policy, Refused},
    faults::{Faults, Injected, Operation},
    record::Corrupt,
};

/// Of the embedded store, in the data directory.
pub(crate) const DIRECTORY: &str = "store";
/// A write that takes longer has failed, whatever becomes of it.
const WRITE_TIMEOUT: Duration = Duration::from_secs(10);
/// For both stores.
const BREAKER: Policy = Policy { failures: 5, open_for: Duration::from_secs(5) };

/// The store did not do what it was asked.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum StoreError {
    #[error("embedded store: {0}; if this repeats, check the disk and restart")]
    Engine(Arc<fjall::Error>),
    #[error(transparent)]
    Corrupt(Arc<Corrupt>),
    #[error("embedded store: {0}")]
    Refused(Arc<Refused>),
    #[error("embedded store: {} writes are waiting already, try again later", Ledger::QUEUE)]
    Busy,
    #[error("embedded store: no answer within {} s", WRITE_TIMEOUT.as_secs())]
    Timeout,
    #[error("embedded store: its writer has stopped, restart the service")]
    Gone,
    #[error("{0} changes wait for PostgreSQL: bring it back, or raise --outbox-limit")]
    OutboxFull(u64),
    #[error(transparent)]
    Injected(#[from] Injected),
}

impl StoreError {
    /// Whether it tells that the backend fails, rather than of the amount of work or of a single record.
    fn blames_backend(&self) -> bool {
        !matches!(self, StoreError::Busy | StoreError::OutboxFull(_) | StoreError::Refused(_) | StoreError::Corrupt(_))
    }
}

impl From<fjall::Error> for StoreError {
    fn from(error: fjall::Error) -> Self {
        StoreError::Engine(Arc::new(error))
    }
}

impl From<Corrupt> for StoreError {
    fn from(error: Corrupt) -> Self {
        StoreError::Corrupt(Arc::new(error))
    }
}

/// The stores as the service uses them: watched, guarded by breakers, open to injected faults.
#[derive(Debug)]
pub(crate) struct Store {
    pub(crate) ledger: Ledger,
    pub(crate) breaker: Breaker,
    /// PostgreSQL, if configured.
    pub(crate) mirror: Option<Mirror>,
    pub(crate) mirror_breaker: Breaker,
    pub(crate) faults: Arc<Faults>,
}

impl Store {
    pub(crate) fn new(ledger: Ledger, mirror: Option<Mirror>, faults: Arc<Faults>) -> Self {
        Store {
            ledger,
            mirror,
            faults,
            breaker: Breaker::new("embedded", BREAKER),
            mirror_breaker: Breaker::new("postgres", BREAKER),
        }
    }

    /// Makes one change and waits until it is durable. A write refused by the breaker opens no span: nothing was
    /// written.
    ///
    /// Dropping the future leaves the change as it is, made or not, and gives the breaker its permit back.
    ///
    /// # Errors
    ///
    /// The change may or may not have been made; it was not acknowledged.
    pub(crate) async fn write<T>(&self, change: impl FnOnce(Reply<T>) -> Change) -> Result<T, StoreError> {
        let permit = self.breaker.permit().map_err(|refused| StoreError::Refused(Arc::new(refused)))?;
        let span = tracing::info_span!("sigil.storage.write", backend = "embedded");
        let result = async {
            let written = async {
                self.faults.strike(Operation::StorageEmbedded).await?;
                tokio::time::timeout(WRITE_TIMEOUT, self.ledger.submit(change))
                    .await
                    .unwrap_or(Err(StoreError::Timeout))
            }
            .await;
            if let Err(error) = &written {
                tracing::error!(%error, "write failed");
            }
            written
        }
        .instrument(span)
        .await;
        match &result {
            Ok(_) => permit.succeeded(),
            Err(error) if error.blames_backend() => permit.failed(),
            // Nothing was written, which says neither.
            Err(_) => drop(permit),
        }
        result
    }
}
